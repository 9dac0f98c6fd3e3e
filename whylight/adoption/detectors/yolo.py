"""Boxes joined with sigmoids of scores: YOLOv5u, v8 to 12, 26."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.adoption.detectors.box_forms import box_form, scale_of, scaled, turned
from whylight.adoption.detectors.heads import FEWEST_PLACES, Found, Heads, Run, Values, are_queries
from whylight.detection.description import CXCYWH
from whylight.graphs.editor import GraphEditor, expose_outputs
from whylight.graphs.graph_view import producers

Real = NDArray[np.float64]
_SELECTIONS = ("TopK", "NonMaxSuppression")


@dataclass(frozen=True, slots=True)
class _Beside:
    """Boxes and sigmoids of scores that a network joins along an axis."""

    boxes: str
    scores: str
    logits: str
    places_last: bool
    """`[N, K, P]`; else `[N, P, K]`."""


def find_joined(model: onnx.ModelProto, size: tuple[int, int], run: Run) -> Heads | None:
    """Find a concatenation of boxes, sigmoids of scores and perhaps further columns.

    Boxes are `[1, 4, P]` beside `[1, K, P]`, or `[1, P, 4]` beside `[1, P, K]`.

    Args:
        model: the network. It is not changed.
        size: height and width of the input.
        run: see `Run`.
    """
    makers = producers(model.graph)
    candidates = list(_candidates(model.graph, makers))
    if not candidates:
        return None
    tried = onnx.ModelProto()
    tried.CopyFrom(model)
    expose_outputs(tried, {name for each in candidates for name in (each.boxes, each.scores)})
    values = run(tried)
    operators = {node.op_type for node in model.graph.node}
    for each in reversed(candidates):
        box, score = (_places_last(values[name], each) for name in (each.boxes, each.scores))
        fits = box.ndim == score.ndim == 3 and box.shape[1] == 4 and box.shape[2] == score.shape[2]
        if not fits or box.shape[0] != 1 or box.shape[2] < FEWEST_PLACES:
            continue
        scale = scale_of(box[0], size)
        return Heads(
            form="the sigmoid of its class",
            tensors=(each.boxes, each.scores),
            classes=score.shape[1],
            places=score.shape[2],
            box_form=box_form(box[0]) or CXCYWH,
            needs_nms="NonMaxSuppression" in operators or operators.isdisjoint(_SELECTIONS),
            append=_appending(each, scale),
            read=_reading(each, scale),
            are_queries=are_queries(model, each.scores),
        )
    return None


def _appending(each: _Beside, scale: Real) -> Callable[[GraphEditor], tuple[str, str]]:
    def append(editor: GraphEditor) -> tuple[str, str]:
        names = [name if each.places_last else turned(editor, name) for name in (each.logits, each.boxes)]
        return names[0], scaled(editor, names[1], scale)

    return append


def _reading(each: _Beside, scale: Real) -> Callable[[Values], Found]:
    def read(values: Values) -> Found:
        answers, boxes = (_places_last(values[name], each)[0] for name in (each.scores, each.boxes))
        return answers, boxes * scale

    return read


def _places_last(value: NDArray[np.generic], each: _Beside) -> Real:
    found = np.asarray(value, np.float64)
    return found if each.places_last or found.ndim != 3 else found.transpose(0, 2, 1)


def _candidates(graph: onnx.GraphProto, makers: Mapping[str, onnx.NodeProto]) -> Iterator[_Beside]:
    for node in graph.node:
        axis = _joined_axis(node)
        if axis is None:
            continue
        parts = list(_flattened(node.input, makers, axis))
        logits = _sigmoid_of(parts[1], makers) if len(parts) > 1 else None
        if logits is not None:
            for places_last in {1: (True,), 2: (False,), -2: (True,), -1: (False,)}.get(axis, ()):
                yield _Beside(parts[0], parts[1], logits, places_last)


def _flattened(names: Sequence[str], makers: Mapping[str, onnx.NodeProto], axis: int) -> Iterator[str]:
    for place, name in enumerate(names):
        node = makers.get(name)
        # Boxes and scores are joined first; masks and keypoints are joined to both.
        nested = place == 0 and node is not None and _joined_axis(node) == axis
        if nested and node is not None and _sigmoid_of(node.input[-1], makers):
            yield from _flattened(node.input, makers, axis)
        else:
            yield name


def _joined_axis(node: onnx.NodeProto) -> int | None:
    """Return the axis of a concatenation; None for other nodes."""
    if node.op_type != "Concat":
        return None
    return next((int(entry.i) for entry in node.attribute if entry.name == "axis"), None)


def _sigmoid_of(name: str, makers: Mapping[str, onnx.NodeProto]) -> str | None:
    """Return the tensor before a sigmoid; None if `name` is no sigmoid's result."""
    node = makers.get(name)
    return node.input[0] if node is not None and node.op_type == "Sigmoid" else None
