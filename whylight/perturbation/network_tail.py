"""The network's tail, from activations to logits, cut out of the forward graph.

Pairs do not store it, since only ablation needs it: docs/decisions/0021-tail-for-ablation.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from whylight.errors import Message, ModelError
from whylight.explanation import Explanation
from whylight.perturbation.input_resize import at_input
from whylight.protocols import OpenClassifier
from whylight.runtime.session import open_session
from whylight.tensor_names import ACTIVATIONS, IMAGE, LOGITS

if TYPE_CHECKING:
    import onnx
    import onnxruntime


@dataclass(frozen=True, slots=True)
class Tail:
    """Computes logits from modified activations of one image."""

    session: onnxruntime.InferenceSession
    cut: str
    """Input of the session for the activations."""
    others: Mapping[str, NDArray[np.float32]]
    """Values of its other inputs for the image, one row each: skip connections, class tokens."""
    sizes: Mapping[str, tuple[NDArray[np.int64], NDArray[np.int64]]]
    """Whole numbers that it takes, `first + N * second` for N rows, such as targets of Reshape."""

    def logits(self, activations: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return logits `[N, K]` for activations `[N, C, h, w]`."""
        count = len(activations)
        feed: dict[str, NDArray[np.generic]] = {
            name: np.repeat(value, count, axis=0) for name, value in self.others.items()
        }
        feed |= {name: first + count * each for name, (first, each) in self.sizes.items()}
        return cast(NDArray[np.float32], self.session.run([LOGITS], {**feed, self.cut: activations})[0])


def open_tail(opened: OpenClassifier, image: NDArray[np.uint8], explanation: Explanation) -> Tail:
    """Cut the tail out of a model's forward graph.

    Args:
        opened: the model.
        image: RGB uint8 `[H, W, 3]`; run once more if the tail needs tensors that the explanation does not
            hold.
        explanation: the image's explanation.

    Raises:
        ModelError: the file cannot be read any more, the tail does not take the activations, or it takes
            tensors that are not floating point with one row per image.
    """
    import onnx
    from onnx import TensorProto, helper

    from whylight.graphs.extraction import crossing, subgraph
    from whylight.graphs.graph_view import producers
    from whylight.pair.input_stage import is_looped

    model = opened.to_pair().forward
    made_by = producers(model.graph)
    # Cut at the network's own tensor behind the output's name.
    cut = ACTIVATIONS
    while made_by[cut].op_type == "Identity":
        cut = made_by[cut].input[0]
    if is_looped(model):
        raise ModelError(
            "'{model}' takes one image at a time, so that Ablation-CAM cannot cut it in two. Choose "
            "Score-CAM, occlusion or RISE",
            model=opened.model_path.name,
        )
    if not any(cut in node.input for node in model.graph.node):
        raise ModelError(
            "'{model}' converts its activations from another layout by {operator}, "
            "which Ablation-CAM cannot undo. Choose Score-CAM, occlusion or RISE",
            model=opened.model_path.name,
            operator=made_by[cut].op_type,
        )
    # Other inputs of the tail: from the explanation, or by running the image once more.
    names = crossing(model, cut, IMAGE, LOGITS)
    others = {name: explanation.tensors[name] for name in names if name in explanation.tensors}
    missing = [name for name in names if name not in others]
    sizes: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}
    if missing:
        (graph_input,) = [value for value in model.graph.input if value.name == IMAGE]
        outputs = [onnx.ValueInfoProto(name=name) for name in missing]
        session = _open(subgraph(model, [graph_input], outputs), opened)
        seen = at_input(opened, image).image[None]
        one = dict(zip(missing, session.run(missing, {IMAGE: seen}), strict=True))
        if any(value.dtype == np.int64 for value in one.values()):
            # Sizes go with the number of rows, as where a row's length was read from an earlier tensor.
            two = dict(zip(missing, session.run(missing, {IMAGE: seen.repeat(2, axis=0)}), strict=True))
            for name in [name for name in one if one[name].dtype == np.int64]:
                value = one.pop(name)
                if value.shape == two[name].shape:
                    each = two[name] - value
                    sizes[name] = (value - each, each)
                else:
                    one[name] = value
        others |= one
    for name, value in others.items():
        if value.dtype != np.float32 or value.ndim == 0 or len(value) != 1:
            raise ModelError(
                "the tail takes '{name}', {dtype} {shape}, in addition to the activations; "
                "expected float32 with one row per image. Choose Score-CAM, occlusion or "
                "RISE",
                name=name,
                dtype=value.dtype,
                shape=list(value.shape),
            )
    # Extract the nodes between these tensors and the logits.
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *value.shape[1:]])
        for name, value in {cut: explanation.tensors[ACTIVATIONS], **others}.items()
    ]
    inputs += [
        helper.make_tensor_value_info(name, TensorProto.INT64, first.shape)
        for name, (first, _) in sizes.items()
    ]
    (logits,) = [value for value in model.graph.output if value.name == LOGITS]
    return Tail(_open(subgraph(model, inputs, [logits]), opened), cut, others, sizes)


def _open(model: onnx.ModelProto, opened: OpenClassifier) -> onnxruntime.InferenceSession:
    return open_session(
        model, [opened.provider], Message("the tail of '{model}'", model=opened.model_path.name)
    )
