"""Find the logits of a classifier: the output, and the activation behind them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.adoption.score_parts import find_heads
from whylight.answers import BINARY, NUMBER, SIGMOID, SIMILARITY, SOFTMAX, answers_of
from whylight.errors import CommandHint, Message, MissingFactError, ModelError
from whylight.graphs.editor import GraphEditor, graphs_within, set_output
from whylight.graphs.graph_view import producers
from whylight.tensor_names import LOGITS

_ACTIVATIONS = ("Softmax", "LogSoftmax", "Sigmoid")
_FORM_ONLY = ("Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Dropout")
_WINNERS = ("ArgMax", "ArgMin", "TopK", "Hardmax", "ArrayFeatureExtractor")
"""Operators that keep the best classes and discard the other scores."""
_ROUNDED_STEP = 1 / 128
"""Largest error of an answer that is rounded to 8 bits."""
_ROUNDING = ("QuantizeLinear", "DequantizeLinear")
_DETECTION = ("NonMaxSuppression", "RoiAlign")


_MOST_LISTED = 4
_LEAST_EMBEDDING = 16
"""Fewest numbers of a vector that is taken for an embedding."""
_EMBEDDING_NAMES = ("embed", "pooler", "feature", "hidden_state")


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of a classifier: output, logits, activation, kind of answers."""

    output: str
    """The file's output that was chosen, or a tensor of its inside."""
    tensor: str
    """The logits behind it."""
    activation: str | None
    """The operator that was stepped behind."""
    width: int
    """Scores an image: K, or 1 for a binary classifier, which has two classes."""
    kind: str = SOFTMAX
    """What the answers are, one of `whylight.answers.KINDS`."""
    of_logarithm: bool = False
    """Whether the tensor holds the answers themselves, whose logarithm is differentiated."""
    scale: float = 1.0
    """What the file's answers are multiplied with: 100 for per cent."""
    is_embedding: bool = False
    """Whether the output is called an embedding, or ends as one."""
    source: str = ""
    """Where `output` was made by us, the output of the file that it was made of."""

    @property
    def classes(self) -> int:
        """K, the number of classes, or of numbers; a detector can have a single one."""
        return self.width if self.kind in (NUMBER, SIMILARITY, SIGMOID) else max(self.width, 2)


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
    # TorchVision's exports have their selection in the branches of an If.
    nodes = [node for graph in graphs_within(model.graph) for node in graph.node]
    detection = next((node for node in nodes if node.op_type in _DETECTION), None)
    if detection is not None:
        raise ModelError(
            "the model looks like a detector: node '{node}' is {operator} (outputs: {listed}). {why}",
            node=detection.name,
            operator=detection.op_type,
            listed=listed,
            why=_why_not_at_places(model),
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
        raise MissingFactError(
            "several outputs could be the scores ({listed}){hint}",
            fact="scores",
            choices=tuple(fit),
            listed=listed,
            hint=CommandHint("; name the right one with --scores NAME"),
        )
    # Of outputs that end in the same logits (logits beside probabilities), one with an activation says more.
    name = max(found, key=lambda output: found[output][1] is not None)
    tensor, activation = found[name]
    width = fit[name].size
    is_embedding = width >= _LEAST_EMBEDDING and activation is None and looks_like_embedding(model, name)
    return Scores(name, tensor, activation, width, is_embedding=is_embedding)


def find_answers(
    scores: Scores,
    values: NDArray[np.float32],
    inner: NDArray[np.float32],
    told: str | None = None,
    *,
    rounded: bool = False,
) -> Scores:
    """Determine what kind of answers a file gives from their values.

    The final activation counts only if it reproduces these values. Otherwise answers of 0 to 1 (or of 0 to
    100) are recognised by their range and sums, and their logarithm is differentiated; anything else is
    logits.

    Args:
        scores: where the answers are.
        values: the file's answers for some images, `[n, width]`; some of them have a strong contrast, which
            enlarges logits, but not probabilities.
        inner: values of the tensor before the activation for these images, `[n, width]`.
        told: the kind, where the user names it.
        rounded: whether the network rounds its answers to some 256 levels.

    Raises:
        ModelError: a single number without a sigmoid, or several heads, and nothing was said about it.
    """
    if told in (NUMBER, SIMILARITY):
        return replace(scores, kind=told, tensor=scores.output, activation=None)
    if told is None and scores.is_embedding:
        return replace(scores, kind=SIMILARITY, tensor=scores.output, activation=None)
    step = _ROUNDED_STEP if rounded else 0.0
    kind = told or (SOFTMAX if scores.width > 1 and scores.activation != "Sigmoid" else SIGMOID)
    if scores.width == 1:
        kind = BINARY
    if scores.activation is not None:
        scale = 100.0 if scores.activation in ("Softmax", "Sigmoid") and values.max() > 1.5 else 1.0
        expected = answers_of(inner, kind, of_logarithm=False)
        found = np.exp(values) if scores.activation == "LogSoftmax" and values.max() <= 0 else values / scale
        if np.allclose(found, expected, rtol=1e-3, atol=1e-4 + step):
            return replace(scores, kind=kind, scale=scale)
        scores = replace(scores, tensor=scores.output, activation=None)
    sums = values.sum(axis=1)
    if told is None and not rounded and (heads := find_heads(values)):
        parts = tuple(f"{scores.output}[{head.start}:{head.stop}]" for head in heads)
        raise MissingFactError(
            "output '{name}' holds {count} heads beside each other, each of which adds up to one{hint}",
            fact="scores",
            choices=parts,
            name=scores.output,
            count=len(heads),
            hint=CommandHint(
                "; name one with --scores: {parts}", parts=", ".join(f"'{part}'" for part in parts)
            ),
        )
    if told is None and scores.width >= _LEAST_EMBEDDING and not rounded and values.min() < 0:
        lengths = np.linalg.norm(values.astype(np.float64), axis=1)
        if np.allclose(lengths, 1, atol=1e-3):
            return replace(scores, kind=SIMILARITY, tensor=scores.output, activation=None)
    if told is None and np.isfinite(values).all() and values.min() >= 0:
        for scale in (1.0, 100.0):
            if scores.width > 1 and np.allclose(sums, scale, rtol=1e-3 + step * scores.width):
                return replace(scores, kind=SOFTMAX, of_logarithm=True, scale=scale)
        if values.max() <= 1:
            kind = BINARY if scores.width == 1 else SIGMOID
            return replace(scores, kind=kind, of_logarithm=True)
    if scores.width == 1 and told is None:
        raise MissingFactError(
            "output '{name}' holds a single number without a Sigmoid. If it is the logit of a binary "
            "classifier, say so with --answers binary; if it is to be explained as a number, such as an "
            "age, with --answers number",
            fact="answers",
            choices=(BINARY, NUMBER),
            name=scores.output,
        )
    return replace(scores, kind=kind)


def open_rounded_outputs(model: onnx.ModelProto) -> None:
    """Replace outputs that are rounded last by the real numbers before, in place."""
    makers = producers(model.graph)
    for value in model.graph.output:
        node = makers.get(value.name)
        if node is not None and node.op_type == "QuantizeLinear" and node.input[0] in makers:
            value.CopyFrom(onnx.ValueInfoProto(name=node.input[0]))


def append_logits(model: onnx.ModelProto, scores: Scores) -> None:
    """Make `logits` `[N, K]` the network's only output, in place.

    The single score z of a binary classifier becomes the logits (-z, z), so that each class is explained by
    its own evidence (pytorch-grad-cam's `BinaryClassifierOutputTarget`). Answers without logits become their
    logarithms.
    """
    editor = GraphEditor(model)
    flat = editor.node("Flatten", [scores.tensor], stem="flat_scores", axis=1)
    if scores.kind == SIMILARITY:
        flat = _of_length_one(flat, editor)
    if scores.scale != 1 and scores.of_logarithm:
        flat = editor.node(
            "Div", [flat, editor.constant(scores.scale, np.float32, "per_cent")], stem="shares"
        )
    if scores.width == 1 and scores.of_logarithm:
        rest = editor.node("Sub", [editor.constant(1.0, np.float32, "one"), flat], stem="other_class")
        flat = editor.node("Concat", [rest, flat], stem="both_answers", axis=1)
    elif scores.width == 1 and scores.kind not in (NUMBER, SIMILARITY):
        against = editor.node("Neg", [flat], stem="other_class")
        flat = editor.node("Concat", [against, flat], stem="both_scores", axis=1)
    if scores.of_logarithm:
        least = editor.constant(np.finfo(np.float32).tiny, np.float32, "least_answer")
        flat = editor.node("Log", [editor.node("Max", [flat, least], stem="positive")], stem="logarithms")
    renamed = editor.node("Identity", [flat], stem=LOGITS)
    set_output(model, renamed)


def looks_like_embedding(model: onnx.ModelProto, output: str) -> bool:
    """Return whether an output is called an embedding, or ends as one.

    Scores of classes come from a linear layer or a convolution; embeddings of transformers end with a
    LayerNormalization, those of face recognition with a BatchNormalization.
    """
    if any(word in output.lower() for word in _EMBEDDING_NAMES):
        return True
    makers, tensor = producers(model.graph), output
    while (node := makers.get(tensor)) is not None:
        if node.op_type in ("LayerNormalization", "BatchNormalization"):
            return True
        if node.op_type not in (*_FORM_ONLY, "Gather", "Slice", "ReduceMean"):
            return False
        tensor = node.input[0]
    return False


def expose_class_token(model: onnx.ModelProto, outputs: Mapping[str, NDArray[np.generic]]) -> str | None:
    """Give the embedding out that a transformer's last states hold, in place.

    Files that give all rows of tokens `[1, T, D]` alone (`last_hidden_state`) have it in the first, the class
    token; where the rows are those of a square and nothing else, it is their mean.

    Returns:
        The file's output; None if there is no such output, or another one holds scores.
    """
    if any(_is_scores(value) for value in outputs.values()):
        return None
    for name, value in outputs.items():
        if "hidden_state" not in name.lower() or value.ndim != 3 or value.shape[0] != 1:
            continue
        editor = GraphEditor(model)
        if _is_square(value.shape[1]):
            made = editor.node("ReduceMean", [name, editor.constant([1])], stem="embedding", keepdims=0)
        else:
            first = editor.constant(0, stem="class_token")
            made = editor.node("Gather", [name, first], stem="embedding", axis=1)
        set_output(model, made)
        return name
    return None


def class_token(states: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return what `expose_class_token` gives out, `[D]`, for the states `[1, T, D]`."""
    return np.asarray(states[0].mean(axis=0) if _is_square(states.shape[1]) else states[0, 0])


def _is_square(count: int) -> bool:
    return math.isqrt(count) ** 2 == count


def _of_length_one(tensor: str, editor: GraphEditor) -> str:
    squares = editor.node("Mul", [tensor, tensor], stem="squares")
    total = editor.node("ReduceSum", [squares, editor.constant([1])], stem="squared_length", keepdims=1)
    least = editor.constant(np.finfo(np.float32).tiny, np.float32, "least_length")
    length = editor.node("Sqrt", [editor.node("Max", [total, least], stem="positive")], stem="length")
    return editor.node("Div", [tensor, length], stem="of_length_one")


def _why_not_at_places(model: onnx.ModelProto) -> Message:
    """Return why a detector that selects boxes itself is not read at its places."""
    if any(node.op_type == "RoiAlign" for node in model.graph.node):
        return Message(
            "It answers in two stages, for regions that it picks itself, and in another way than "
            "TorchVision's Faster R-CNN, which is read. Expected that, scores and boxes at fixed places as "
            "detectors of one stage have them, or a classifier"
        )
    return Message(
        "No scores and boxes at all of its places were found in front of the selection. Expected a sigmoid "
        "or a softmax [1, P, K] and boxes [1, P, 4]: export the model without NonMaxSuppression"
    )


def _is_scores(value: NDArray[np.generic]) -> bool:
    """Whether a value holds one score a class.

    Its shape is `[1, K]`, perhaps with axes of length 1 behind it, or `[K]` if a batch of one was squeezed.
    """
    return (
        value.size > 0
        and value.ndim >= 1
        and max(value.shape) == value.size
        and (value.ndim == 1 or value.shape[0] == 1)
    )


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
    if _are_raw_maps(outputs):
        return Message(
            "the outputs are raw maps of a detector's strides ({listed}), whose boxes are offsets to anchors "
            "that are not in the file. Export it with its boxes decoded: one output [1, P, 5 + K]",
            listed=listed,
        )
    return Message(
        "this model does not give one score for each class, [N, K]; it looks like a detector or a segmenter, "
        "which answer for many places at once (outputs of one image: {listed}){hint}",
        listed=listed,
        hint=CommandHint(". If the scores are in a tensor inside, name it with --scores"),
    )


def _are_raw_maps(outputs: Mapping[str, NDArray[np.generic]]) -> bool:
    """Whether outputs are several maps, `[1, C, h, w]` or `[1, A, h, w, c]`."""
    maps = [value.shape for value in outputs.values() if value.ndim in (4, 5)]
    sizes = {shape[2:4] for shape in maps}
    widths = {shape[1] if len(shape) == 4 else shape[4] for shape in maps}
    return len(sizes) == len(maps) == len(outputs) and len(maps) > 1 and len(widths) == 1


def expose_as_output(model: onnx.ModelProto, tensor: str) -> None:
    """Make a tensor inside the model an output, in place.

    Nothing changes if it is one already, or if there is no such tensor.
    """
    known = {value.name for value in model.graph.output}
    made = {name for node in model.graph.node for name in node.output}
    if tensor in made - known:
        model.graph.output.append(onnx.ValueInfoProto(name=tensor))


def open_label_maps(model: onnx.ModelProto) -> dict[str, str]:
    """Replace ZipMap outputs, dictionaries of scores, by the scores, in place.

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
    """Return the tensor before a final activation, and the activation's name.

    The activation is a softmax or sigmoid; without one, the output and None are returned.

    An activation is also found where it is written out as several nodes, or followed by operators that keep
    the order of scores: limits, a constant factor, the exponential of a logarithm. `find_answers` verifies it
    by values.
    """
    producer = producers(model.graph)
    constants = {tensor.name for tensor in model.graph.initializer}
    constants |= {node.output[0] for node in model.graph.node if node.op_type == "Constant"}
    tensor, after_exp = output, False
    while (node := producer.get(tensor)) is not None:
        if node.op_type in _ACTIVATIONS:
            kind = "Softmax" if after_exp and node.op_type == "LogSoftmax" else node.op_type
            return node.input[0], kind
        if node.op_type == "Div" and (shifted := _softmax_by_hand(node, producer)) is not None:
            return shifted, "Softmax"
        if node.op_type == "Exp" and not after_exp:
            after_exp = True
        elif node.op_type in ("Mul", "Div") and node.input[1] in constants:
            pass
        elif node.op_type == "Mul" and node.input[0] in constants:
            tensor = node.input[1]
            continue
        elif node.op_type not in (*_FORM_ONLY, *_ROUNDING, "Clip"):
            break
        tensor = node.input[0]
    return output, None


def _softmax_by_hand(node: onnx.NodeProto, producer: Mapping[str, onnx.NodeProto]) -> str | None:
    """Return the logits of `exp(x) / sum(exp(x))`, or None.

    Where the maximum is subtracted, they are the logits less the maximum.
    """
    powers, total = producer.get(node.input[0]), producer.get(node.input[1])
    if powers is None or total is None or powers.op_type != "Exp" or total.op_type != "ReduceSum":
        return None
    return powers.input[0] if total.input[0] == node.input[0] else None
