"""The network's tail by itself, from activations to logits, cut out of a pair's forward graph.

A pair does not carry it, since only ablation needs it: docs/decisions/0021-tail-for-ablation.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from explain.errors import ModelError
from explain.explainer import Explainer


@dataclass(frozen=True, slots=True)
class Tail:
    """From activations to logits."""

    session: onnxruntime.InferenceSession
    cut: str
    """The tensor that the session takes for the activations."""
    others: tuple[str, ...]
    """Further tensors that it takes, named as in `Explanation.tensors`."""

    def logits(
        self, tensors: Mapping[str, NDArray[np.float32]], activations: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Logits `[N, K]` of activations `[N, C, h, w]`, with one picture's further tensors for all."""
        feed = {name: np.repeat(tensors[name], len(activations), axis=0) for name in self.others}
        return cast(NDArray[np.float32], self.session.run(["logits"], {**feed, self.cut: activations})[0])


def open_tail(explainer: Explainer) -> Tail:
    """Cut the tail out of the explainer's forward graph.

    Raises:
        ModelError: the file cannot be read any more; or the activations are not the tensor itself that the
            tail takes, but brought from another layout, as those of token grids are.
    """
    import onnx
    from onnx import TensorProto, helper

    from explain.perturbation.subgraph import producers, subgraph

    try:
        model = onnx.load(explainer.model_path)
    except Exception as error:  # protobuf's errors have no common public type
        raise ModelError(f"'{explainer.model_path}' cannot be read as an ONNX model: {error}") from error
    made_by = producers(model)
    cut = "activations"
    while made_by[cut].op_type == "Identity":
        cut = made_by[cut].input[0]
    if not any(cut in node.input for node in model.graph.node):
        raise ModelError(
            f"'{explainer.model_path.name}' brings its activations from another layout, by "
            f"{made_by[cut].op_type}: Ablation-CAM cannot put them back. Choose Score-CAM, occlusion or RISE"
        )
    declared = {value.name: value for value in model.graph.output}
    others = [declared[name] for name in declared if name not in ("logits", "activations")]
    shape = [
        dimension.dim_value or dimension.dim_param or None
        for dimension in declared["activations"].type.tensor_type.shape.dim
    ]
    entry = helper.make_tensor_value_info(cut, TensorProto.FLOAT, shape)
    part = subgraph(model, [entry, *others], [declared["logits"]])
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Its runs alternate with nothing, but the forward graph's threads may still be spinning.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(part.SerializeToString(), options, providers=[explainer.provider])
    return Tail(session, cut, tuple(value.name for value in others))
