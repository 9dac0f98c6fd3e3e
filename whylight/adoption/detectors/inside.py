"""Scores and boxes inside a network that selects the best of them.

RT-DETR, D-FINE and TorchVision's one-stage detectors give out what is left after TopK or NonMaxSuppression.
In front of it they hold a sigmoid or a softmax of scores at all places, and boxes of as many.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
from onnx import helper

from whylight.adoption.detectors.heads import FEWEST_PLACES, Heads, Run
from whylight.adoption.detectors.pairs import read_pair
from whylight.adoption.detectors.per_image_boxes import loop_over_images
from whylight.graphs.editor import GraphEditor, expose_outputs
from whylight.graphs.graph_view import Graph

_ENDINGS = ("Sigmoid", "Softmax")
_SELECTIONS = ("TopK", "NonMaxSuppression")
_MOST_TRIED = 8
_MOST_PLACES = 200_000


def find_inside(
    model: onnx.ModelProto, size: tuple[int, int], run: Run, metadata: Mapping[str, str]
) -> Heads | None:
    """Find the last sigmoid or softmax of scores at places, and their boxes.

    Boxes are no candidates if they depend on the scores: these are the selected ones.

    Args:
        model: the network. It is not changed.
        size: height and width of the input.
        run: see `Run`.
        metadata: the file's.
    """
    graph = Graph(model)
    operators = {node.op_type for node in graph.nodes}
    if operators.isdisjoint(_SELECTIONS) or "RoiAlign" in operators:
        return None
    needed = graph.upstream(graph.outputs)
    names = [node.output[0] for node in graph.nodes if node.output[0] in needed]
    shapes = shapes_of(model, names, run)
    placed = {name: shape for name in names if (shape := _rows_of(shapes.get(name, ()))) is not None}
    endings = [name for name in placed if graph.producer[name].op_type in _ENDINGS]
    for scores in reversed(endings):
        behind = graph.downstream(scores)
        fit = [
            _without_false_axis(graph, name, placed, shapes)
            for name, rows in placed.items()
            if 4 in rows and name not in behind and _share_places(rows, placed[scores])
        ]
        boxes = list(dict.fromkeys(reversed(fit)))[:_MOST_TRIED]
        if not boxes:
            continue
        if _are_of_one_level(graph, scores, endings, placed, placed[boxes[0]]):
            return None
        tried = onnx.ModelProto()
        tried.CopyFrom(model)
        expose_outputs(tried, [scores, *boxes])
        values = run(tried)
        for name in boxes:
            if name not in values:
                continue
            looped = loop_over_images(model, name, shapes, run) if values[name].ndim == 2 else None
            heads = read_pair(model, values, scores, name, size, metadata, looped)
            if heads is not None:
                return heads
    return None


def _rows_of(shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Return `(P, a)` or `(a, P)` of one image; None for anything else."""
    rows = shape[1:] if len(shape) == 3 and shape[0] == 1 else shape
    if len(rows) != 2 or not FEWEST_PLACES <= max(rows) <= _MOST_PLACES or min(rows) < 1:
        return None
    return rows[0], rows[1]


def _are_of_one_level(
    graph: Graph,
    scores: str,
    endings: list[str],
    placed: Mapping[str, tuple[int, int]],
    boxes: tuple[int, int],
) -> bool:
    """Whether scores of other strides, as many classes at other places, stand beside."""
    places = next(count for count in placed[scores] if count in boxes)
    axis = 1 - placed[scores].index(places)
    related = graph.upstream([scores]) | graph.downstream(scores)
    return any(
        placed[other][axis] == placed[scores][axis] and placed[other][1 - axis] != places
        for other in endings
        if other not in related
    )


def _without_false_axis(
    graph: Graph, name: str, placed: Mapping[str, tuple[int, int]], shapes: Mapping[str, tuple[int, ...]]
) -> str:
    """Return the rows `[P, 4]` before an axis was put in front, as NMS takes them."""
    node = graph.producer.get(name)
    while node is not None and node.op_type in ("Cast", "Identity", "Reshape", "Unsqueeze"):
        source = node.input[0]
        if source not in placed or placed[source] != placed[name]:
            break
        if len(shapes[source]) == 2:
            return str(source)
        node = graph.producer.get(source)
    return name


def _share_places(boxes: tuple[int, int], scores: tuple[int, int]) -> bool:
    places = {rows for rows, other in (boxes, boxes[::-1]) if other == 4}
    return not places.isdisjoint(scores)


def shapes_of(model: onnx.ModelProto, names: list[str], run: Run) -> dict[str, tuple[int, ...]]:
    """Return the shapes of tensors for one image."""
    tried = onnx.ModelProto()
    tried.CopyFrom(model)
    editor = GraphEditor(tried)
    stems = {name: editor.unique(f"{name}.shape") for name in names}
    tried.graph.node.extend(helper.make_node("Shape", [name], [shape]) for name, shape in stems.items())
    del tried.graph.output[:]
    tried.graph.output.extend(onnx.ValueInfoProto(name=shape) for shape in stems.values())
    values = run(tried)
    return {name: tuple(np.asarray(values[shape], np.int64).tolist()) for name, shape in stems.items()}
