"""The logits of somebody else's classifier: which output they are, and what was put behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from explain.adoption.surgery import Surgeon, set_output
from explain.errors import ModelError

LOGITS = "logits"

_ACTIVATIONS = ("Softmax", "LogSoftmax", "Sigmoid")
_FORM_ONLY = ("Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Dropout")
_DETECTION = ("NonMaxSuppression", "RoiAlign")


@dataclass(frozen=True, slots=True)
class Scores:
    """What the network answers."""

    output: str
    """The file's output that was chosen."""
    tensor: str
    """The logits behind it."""
    activation: str | None
    """The operator that was stepped behind."""
    width: int
    """Scores an image: K, or 1 for a binary classifier, which has two classes."""

    @property
    def classes(self) -> int:
        """K, the number of classes."""
        return max(self.width, 2)


def find_scores(
    model: onnx.ModelProto, outputs: Mapping[str, NDArray[np.generic]], chosen: str | None = None
) -> Scores:
    """Find the logits.

    Args:
        model: the network.
        outputs: the values of its outputs for one picture.
        chosen: the output that holds the scores, where there are several.

    Raises:
        ModelError: there is no output of one score a class, or there are several and none was chosen.
    """
    listed = ", ".join(f"'{name}' {list(value.shape)}" for name, value in outputs.items())
    if chosen is not None and chosen not in outputs:
        raise ModelError(f"the model has no output '{chosen}'; it has {listed}")
    detection = next((node for node in model.graph.node if node.op_type in _DETECTION), None)
    if detection is not None:
        raise ModelError(
            f"the model looks like a detector: node '{detection.name}' is {detection.op_type} "
            f"(outputs: {listed}). Expected a classifier with one score a class"
        )
    fit = {
        name: value
        for name, value in outputs.items()
        if chosen in (None, name) and np.issubdtype(value.dtype, np.floating) and _is_scores(value)
    }
    if not fit:
        raise ModelError(
            f"no output holds one score a class, [N, K] (outputs of one picture: {listed}). A detector or a "
            "segmentation answers for many places at once and has no single score to explain"
        )
    found = {name: _behind_activation(model, name) for name in fit}
    if len({tensor for tensor, _ in found.values()}) > 1:
        raise ModelError(
            f"several outputs could be the scores ({listed}); name the right one with --scores NAME"
        )
    # Of outputs that end in the same logits (logits beside probabilities), one with an activation says more.
    name = max(found, key=lambda output: found[output][1] is not None)
    tensor, activation = found[name]
    width = fit[name].size
    if width == 1 and activation != "Sigmoid":
        raise ModelError(
            f"output '{name}' holds a single number without a Sigmoid; expected the scores of classes"
        )
    return Scores(name, tensor, activation, width)


def append_logits(model: onnx.ModelProto, scores: Scores) -> None:
    """Let the network give `logits` `[N, K]` and nothing else, in place.

    The single score z of a binary classifier becomes the logits (0, z), whose softmax is its sigmoid.
    """
    surgeon = Surgeon(model)
    flat = surgeon.node("Flatten", [scores.tensor], stem="flat_scores", axis=1)
    if scores.width == 1:
        nothing = surgeon.node("Mul", [flat, surgeon.constant(0.0, np.float32, "zero")], stem="no_evidence")
        flat = surgeon.node("Concat", [nothing, flat], stem="both_scores", axis=1)
    renamed = surgeon.node("Identity", [flat], stem=LOGITS)
    set_output(model, renamed)


def _is_scores(value: NDArray[np.generic]) -> bool:
    return value.ndim >= 2 and value.shape[0] == 1 and max(value.shape[1:]) == value.size


def _behind_activation(model: onnx.ModelProto, output: str) -> tuple[str, str | None]:
    """The tensor before a final softmax or sigmoid, and which it was; the output itself if there is none."""
    producer = {name: node for node in model.graph.node for name in node.output}
    tensor = output
    while (node := producer.get(tensor)) is not None:
        if node.op_type in _ACTIVATIONS:
            return node.input[0], node.op_type
        if node.op_type not in _FORM_ONLY:
            break
        tensor = node.input[0]
    return output, None
