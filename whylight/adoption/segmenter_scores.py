"""Find the scores of a segmenter: a map of scores for each class.

A segmenter answers at each place of a grid. Its scores `[N, K, h, w]` are taken before the softmax, the
sigmoid or the choice of the best class, and explained as linear forms over classes and places
(docs/decisions/0102-regions.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.answers import SIGMOID, SOFTMAX
from whylight.errors import ModelError
from whylight.graphs.editor import GraphEditor, expose_outputs, set_output
from whylight.graphs.graph_view import attributes_of, producers
from whylight.tensor_names import LOGITS, PLACE_SCORES

_FINE_STRIDE = 8
_MOST_CLASSES = 1000
_FEWEST_STEPS = 4
_MOST_PLAIN_OUTPUTS = 3
"""More outputs without a softmax or the like are features of several depths."""
_MOST_COARSE_CLASSES = 182
"""Unless a softmax or the like says that they are scores, maps of more channels than the largest usual set of
classes (COCO's) are features where they are coarser than `_FINE_STRIDE`."""
_LIKE_AN_IMAGE = (1, 3)
"""Channels of images and depths, which are no classes unless a softmax or the like says so."""
_FORM_ONLY = ("Identity", "Cast", "Squeeze", "Unsqueeze", "Dropout", "Reshape", "Flatten")
_ACTIVATIONS = ("Softmax", "LogSoftmax", "Sigmoid")
_NOT_SEGMENTERS = ("NonMaxSuppression", "RoiAlign")

Run = Callable[[onnx.ModelProto], Mapping[str, NDArray[np.generic]]]
"""Runs a network on an image, and returns its outputs by name."""


@dataclass(frozen=True, slots=True)
class SegmenterScores:
    """The tensor of a segmenter's scores."""

    tensor: str
    """Scores of each class at each place, `[N, K, h, w]` or `[N, h, w, K]`."""
    width: int
    """Scores a place: K, or 1 where a single score tells two classes apart."""
    grid: tuple[int, int]
    """h and w."""
    channels_last: bool
    kind: str
    """`SOFTMAX` or `SIGMOID`."""
    are_answers: bool
    """Whether they are the answers themselves, because there is no such tensor before the activation."""
    is_line: bool = False
    """Whether the places are the steps of a line of text: `[N, T, K]`, and the grid is 1 x T."""

    @property
    def classes(self) -> int:
        """K, the number of classes."""
        return max(self.width, 2)

    def at_places(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Convert the tensor's values to logits `[N, K, P]`.

        This is what `append_segments` does in the graph.
        """
        first = np.moveaxis(values, -1, 1) if self.channels_last else values
        scores: NDArray[np.float32] = first.reshape(len(first), self.width, -1)
        if self.are_answers:
            least = np.finfo(np.float32).tiny
            others = np.maximum(1 - scores, least) if self.kind == SIGMOID else np.ones_like(scores)
            scores = np.log(np.maximum(scores, least) / others)
        return np.concatenate([-scores, scores], axis=1) if self.width == 1 else scores


def find_segmenter(
    model: onnx.ModelProto,
    outputs: Mapping[str, NDArray[np.generic]],
    run: Run,
    size: tuple[int, int],
    chosen: str | None = None,
) -> SegmenterScores | None:
    """Return the scores of a segmenter; None if the network is none.

    Of several outputs the first is taken: the others are those of intermediate stages.

    Args:
        model: the network. It is not changed.
        outputs: the values of its outputs for one image.
        run: see `Run`.
        size: height and width of the network's input.
        chosen: the output that holds the scores, where the user named it.
    """
    if any(node.op_type in _NOT_SEGMENTERS for node in model.graph.node):
        return None
    # Scores of intermediate stages are enlarged as well; maps of several sizes are features, or raw boxes.
    are_alike = len(outputs) <= _MOST_PLAIN_OUTPUTS and len({value.shape for value in outputs.values()}) == 1
    for name, value in outputs.items():
        if chosen not in (None, name):
            continue
        if chosen is None and value.ndim < 3:
            return None  # scores of the whole image are beside it
        found = _read(model, name, run, size, named=chosen is not None, are_alike=are_alike)
        if found is not None:
            return found
    return None


def append_segments(model: onnx.ModelProto, scores: SegmenterScores) -> None:
    """Make `logits` and `place_scores` the network's outputs, in place.

    The logits `[N, K]` belong to the share of the image that each class takes: the mean of its answers over
    all places. A single score z becomes the scores (-z, z) of two classes.
    """
    editor = GraphEditor(model)
    tensor = scores.tensor
    if scores.channels_last:
        order = [0, 2, 1] if scores.is_line else [0, 3, 1, 2]
        tensor = editor.node("Transpose", [tensor], stem="classes_first", perm=order)
    if scores.are_answers:
        tensor = _logits_of(tensor, scores, editor)
    if scores.width == 1:
        against = editor.node("Neg", [tensor], stem="other_class")
        tensor = editor.node("Concat", [against, tensor], stem="both_classes", axis=1)
    shape = editor.constant([0, scores.classes, scores.grid[0] * scores.grid[1]])
    editor.node("Reshape", [tensor, shape], stem=PLACE_SCORES)
    softmax = scores.kind == SOFTMAX
    answers = (
        editor.node("Softmax", [PLACE_SCORES], stem="place_answers", axis=1)
        if softmax
        else editor.node("Sigmoid", [PLACE_SCORES], stem="place_answers")
    )
    shares = editor.node("ReduceMean", [answers, editor.constant([2])], stem="shares", keepdims=0)
    logarithms = editor.node("Log", [_positive(shares, editor)], stem="log_shares" if softmax else "log_odds")
    if softmax:
        editor.node("Identity", [logarithms], stem=LOGITS)
    else:
        rest = editor.node("Sub", [editor.constant(1.0, np.float32, "one"), shares], stem="rest")
        others = editor.node("Log", [_positive(rest, editor)], stem="log_rest")
        editor.node("Sub", [logarithms, others], stem=LOGITS)
    set_output(model, LOGITS, PLACE_SCORES)


def _positive(tensor: str, editor: GraphEditor) -> str:
    least = editor.constant(np.finfo(np.float32).tiny, np.float32, "least_answer")
    return editor.node("Max", [tensor, least], stem="positive")


def _logits_of(answers: str, scores: SegmenterScores, editor: GraphEditor) -> str:
    logarithms = editor.node("Log", [_positive(answers, editor)], stem="logarithms")
    if scores.kind == SOFTMAX:
        return logarithms
    rest = editor.node("Sub", [editor.constant(1.0, np.float32, "one"), answers], stem="rest")
    of_rest = editor.node("Log", [_positive(rest, editor)], stem="log_rest")
    return editor.node("Sub", [logarithms, of_rest], stem="log_odds")


def _read(
    model: onnx.ModelProto, output: str, run: Run, size: tuple[int, int], *, named: bool, are_alike: bool
) -> SegmenterScores | None:
    """Return the scores behind an output; None if it holds none."""
    makers = producers(model.graph)
    tensor, axis, kind, evident = output, None, SOFTMAX, named
    after: list[str] = [output]  # from the output backwards
    activated = False
    # Step back over the choice of a class and the activation, each of which says which axis the classes are.
    while (node := makers.get(tensor)) is not None:
        if node.op_type in ("ArgMax", "Softmax", "LogSoftmax"):
            if node.op_type == "ArgMax" or axis is None:
                axis = attributes_of(node).get("axis", 0 if node.op_type == "ArgMax" else -1)
        elif node.op_type == "Sigmoid":
            kind = SIGMOID
        elif node.op_type not in _FORM_ONLY:
            break
        if activated and node.op_type not in _FORM_ONLY:
            break
        activated = activated or node.op_type in _ACTIVATIONS
        evident = evident or node.op_type not in _FORM_ONLY
        tensor = node.input[0]
        after.append(tensor)
    # The deepest of these tensors that has a rank of 4: Squeeze and Unsqueeze may lie between, and a Softmax
    # of old operator sets works on a flattened tensor.
    tried = onnx.ModelProto()
    tried.CopyFrom(model)
    expose_outputs(tried, set(after))
    values = run(tried)
    for name in reversed(after):
        value = values.get(name)
        if (
            value is None
            or value.ndim != 4
            or value.shape[0] != 1
            or not np.issubdtype(value.dtype, np.floating)
        ):
            continue
        last = _classes_last(value.shape, axis, size)
        if last is None:
            return None
        width = value.shape[3] if last else value.shape[1]
        grid = value.shape[1:3] if last else value.shape[2:]
        plain = are_alike and _may_be_scores(width, grid, size)
        if not evident and not plain:
            return None
        if width == 1:
            kind = SIGMOID
        is_last = makers[name].op_type if name in makers else ""
        answers = (name == output or is_last in _ACTIVATIONS) and _are_answers(
            np.asarray(value, np.float64), kind, 3 if last else 1
        )
        return SegmenterScores(name, width, (grid[0], grid[1]), last, kind, answers)
    return _line_of_text({name: values[name] for name in reversed(after) if name in values}, axis, size)


def _line_of_text(
    values: Mapping[str, NDArray[np.generic]], axis: int | None, size: tuple[int, int]
) -> SegmenterScores | None:
    """Return the scores `[1, T, K]` of a reader of text lines (CTC), or None.

    Its input is wider than high, and its steps divide the width alike.

    Args:
        values: the tensors before the output, the first of them first.
        axis: of the softmax; None if there is none.
        size: height and width of the network's input.
    """
    shape = list(values.values())[-1].shape
    if size[1] <= size[0] or axis not in (-1, 2):
        return None
    for place, (name, value) in enumerate(values.items()):
        if value.ndim != 3 or value.shape != shape or shape[0] != 1 or value.dtype.kind != "f":
            continue
        _, steps, width = value.shape
        if steps < _FEWEST_STEPS or size[1] % steps or width < 3:
            return None
        is_output = place == len(values) - 1
        answers = is_output and _are_answers(np.asarray(value, np.float64), SOFTMAX, 2)
        return SegmenterScores(name, width, (1, steps), True, SOFTMAX, answers, is_line=True)
    return None


def _classes_last(shape: tuple[int, ...], axis: int | None, size: tuple[int, int]) -> bool | None:
    """Return whether the classes are the last axis.

    None if neither order has the proportions of the image.
    """
    if axis is not None and axis % 4 in (1, 3):
        return axis % 4 == 3
    for last, grid in ((False, shape[2:]), (True, shape[1:3])):
        # Rounding of sizes makes grids a cell larger or smaller.
        if abs(grid[0] * size[1] - grid[1] * size[0]) <= max(size) and min(grid) > 1:
            return last
    return None


def _may_be_scores(width: int, grid: tuple[int, ...], size: tuple[int, int]) -> bool:
    most = _MOST_CLASSES if size[0] / grid[0] <= _FINE_STRIDE + 0.5 else _MOST_COARSE_CLASSES
    return width <= most and width not in _LIKE_AN_IMAGE


def _are_answers(values: NDArray[np.float64], kind: str, axis: int) -> bool:
    """Return whether scores are answers of 0 to 1 already."""
    if not np.isfinite(values).all():
        raise ModelError("the model answers images with infinite numbers; it cannot be verified")
    if values.min() < 0 or values.max() > 1:
        return False
    return kind == SIGMOID or bool(np.allclose(values.sum(axis=axis), 1, atol=1e-3))
