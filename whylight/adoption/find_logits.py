"""Find the logits of a classifier: the output, and the activation behind them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.errors import CommandHint, Message, ModelError
from whylight.graphs.editor import GraphEditor, set_output
from whylight.graphs.graph_view import producers
from whylight.tensor_names import LOGITS

_ACTIVATIONS = ("Softmax", "LogSoftmax", "Sigmoid")
_FORM_ONLY = ("Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Dropout")
_WINNERS = ("ArgMax", "ArgMin", "TopK", "Hardmax", "ArrayFeatureExtractor")
"""What makes the best classes of scores, and forgets the others."""
_DETECTION = ("NonMaxSuppression", "RoiAlign")


_MOST_LISTED = 4


@dataclass(frozen=True, slots=True)
class Scores:
    """What the network answers."""

    output: str
    """The file's output that was chosen, or a tensor of its inside."""
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
        outputs: the values of its outputs for one image.
        chosen: the output that holds the scores, where there are several.

    Raises:
        ModelError: there is no output of one score a class, or there are several and none was chosen.
    """
    shown = [f"'{name}' {list(value.shape)}" for name, value in outputs.items()]
    listed = ", ".join(shown[:_MOST_LISTED])
    if len(shown) > _MOST_LISTED:
        listed = Message("{first} and {count} more", first=listed, count=len(shown) - _MOST_LISTED)
    if chosen is not None and chosen not in outputs:
        raise ModelError("the model has no output '{chosen}'; it has {listed}", chosen=chosen, listed=listed)
    detection = next((node for node in model.graph.node if node.op_type in _DETECTION), None)
    if detection is not None:
        raise ModelError(
            "the model looks like a detector: node '{node}' is {operator} (outputs: {listed}). "
            "Expected a classifier with one score a class",
            node=detection.name,
            operator=detection.op_type,
            listed=listed,
        )
    makers = producers(model.graph)
    fit = {
        name: value
        for name, value in outputs.items()
        if chosen in (None, name)
        and np.issubdtype(value.dtype, np.floating)
        and _is_scores(value)
        and (name not in makers or makers[name].op_type not in _WINNERS)
    }
    if not fit:
        raise ModelError(_why_none(makers, outputs, listed))
    found = {name: _behind_activation(model, name) for name in fit}
    if len({tensor for tensor, _ in found.values()}) > 1:
        raise ModelError(
            "several outputs could be the scores ({listed}){hint}",
            listed=listed,
            hint=CommandHint("; name the right one with --scores NAME"),
        )
    # Of outputs that end in the same logits (logits beside probabilities), one with an activation says more.
    name = max(found, key=lambda output: found[output][1] is not None)
    tensor, activation = found[name]
    width = fit[name].size
    if width == 1 and activation != "Sigmoid":
        raise ModelError(
            "output '{name}' holds a single number without a Sigmoid; expected the scores of classes",
            name=name,
        )
    return Scores(name, tensor, activation, width)


def append_logits(model: onnx.ModelProto, scores: Scores) -> None:
    """Let the network give `logits` `[N, K]` and nothing else, in place.

    The single score z of a binary classifier becomes the logits (0, z), whose softmax is its sigmoid.
    """
    editor = GraphEditor(model)
    flat = editor.node("Flatten", [scores.tensor], stem="flat_scores", axis=1)
    if scores.width == 1:
        nothing = editor.node("Mul", [flat, editor.constant(0.0, np.float32, "zero")], stem="no_evidence")
        flat = editor.node("Concat", [nothing, flat], stem="both_scores", axis=1)
    renamed = editor.node("Identity", [flat], stem=LOGITS)
    set_output(model, renamed)


def _is_scores(value: NDArray[np.generic]) -> bool:
    """`[1, K]`, perhaps with places of length 1 behind, or `[K]` where a batch of one was squeezed away."""
    return value.ndim >= 1 and max(value.shape) == value.size and (value.ndim == 1 or value.shape[0] == 1)


def _why_none(
    makers: Mapping[str, onnx.NodeProto], outputs: Mapping[str, NDArray[np.generic]], listed: str
) -> Message:
    for output in outputs:
        tensor, node = output, makers.get(output)
        while node is not None and node.op_type not in _WINNERS:
            tensor = node.input[0] if node.op_type in _FORM_ONLY else ""
            node = makers.get(tensor)
        if node is not None:
            scores = node.input[1 if node.op_type == "ArrayFeatureExtractor" else 0]
            return Message(
                "output '{output}' holds the winning classes alone ({operator} '{node}'), without the "
                "scores that led to them{hint}",
                output=output,
                operator=node.op_type,
                node=node.name or tensor,
                hint=CommandHint(
                    ". If they are in the tensor before it, say so with --scores {scores}", scores=scores
                ),
            )
    return Message(
        "no output holds one score a class, [N, K] (outputs of one image: {listed}). A detector or a "
        "segmentation answers for many places at once and has no single score to explain{hint}",
        listed=listed,
        hint=CommandHint(". If the scores are in a tensor inside, name it with --scores"),
    )


def expose_as_output(model: onnx.ModelProto, tensor: str) -> None:
    """Let a model give out a tensor of its inside, in place; nothing changes if it does or has none."""
    known = {value.name for value in model.graph.output}
    made = {name for node in model.graph.node for name in node.output}
    if tensor in made - known:
        model.graph.output.append(onnx.ValueInfoProto(name=tensor))


def open_label_maps(model: onnx.ModelProto) -> dict[str, str]:
    """Replace outputs that map names of classes to scores (ZipMap) by the scores, in place.

    Returns:
        The names, as metadata.
    """
    makers = producers(model.graph)
    names: dict[str, str] = {}
    for value in model.graph.output:
        node = makers.get(value.name)
        if node is not None and node.op_type == "ZipMap":
            value.CopyFrom(onnx.ValueInfoProto(name=node.input[0]))
            listed = next(iter(node.attribute))
            entries = [entry.decode() for entry in listed.strings] or [str(entry) for entry in listed.ints]
            names["names"] = json.dumps(entries)
    return names


def _behind_activation(model: onnx.ModelProto, output: str) -> tuple[str, str | None]:
    """The tensor before a final softmax or sigmoid, and which it was; the output itself if there is none."""
    producer = producers(model.graph)
    tensor = output
    while (node := producer.get(tensor)) is not None:
        if node.op_type in _ACTIVATIONS:
            return node.input[0], node.op_type
        if node.op_type not in _FORM_ONLY:
            break
        tensor = node.input[0]
    return output, None
