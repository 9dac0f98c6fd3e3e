"""Find the scores and boxes of a detector, in front of any selection of the best.

A detector answers at P places at once. Its scores `[N, K, P]` and boxes `[N, 4, P]` are taken before TopK and
NonMaxSuppression, so that each box found keeps the index of its place
(docs/decisions/0100-a-score-has-a-place.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.detection.description import CXCYWH, XYXY
from whylight.graphs.editor import GraphEditor, expose_outputs, set_output
from whylight.graphs.graph_view import Graph, producers
from whylight.layers.find_layers import Layer
from whylight.tensor_names import BOXES, LOGITS, PLACE_SCORES

_STRIDES = (4, 8, 16, 32, 64, 128)
_FEWEST_PLACES = 16
_SELECTIONS = ("TopK", "NonMaxSuppression")
_FORM_ONLY = ("Identity", "Cast", "Transpose", "Dropout")


@dataclass(frozen=True, slots=True)
class Heads:
    """Tensors of a detector's scores and boxes in the network."""

    scores: str
    """Before the sigmoid, `[N, K, P]`."""
    boxes: str
    """`[N, 4, P]`, in pixels of the network's input."""
    classes: int
    places: int
    box_form: str
    """One of `whylight.detection.description.BOX_FORMS`."""
    needs_nms: bool
    """Whether several places answer for one thing, so that the best has to be chosen."""


Run = Callable[[onnx.ModelProto], Mapping[str, NDArray[np.generic]]]
"""Runs a network on an image, and returns its outputs by name."""


def find_heads(model: onnx.ModelProto, run: Run) -> Heads | None:
    """Return the scores and boxes of a detector; None if the network is none.

    Recognised are the heads of YOLOv5u, v8, v9, v10, 11, 12 and 26: a concatenation of boxes `[1, 4, P]`,
    the sigmoid of scores `[1, K, P]` and perhaps further columns along axis 1.

    Args:
        model: the network. It is not changed.
        run: see `Run`.
    """
    makers = producers(model.graph)
    candidates = [parts for parts in _concatenations(model.graph, makers) if _sigmoid_of(parts[1], makers)]
    if not candidates:
        return None
    tried = onnx.ModelProto()
    tried.CopyFrom(model)
    expose_outputs(tried, {name for parts in candidates for name in parts[:2]})
    values = run(tried)
    for boxes, scores, *_ in reversed(candidates):
        box, score = values[boxes], values[scores]
        fits = box.ndim == score.ndim == 3 and box.shape[1] == 4 and box.shape[2] == score.shape[2]
        if fits and box.shape[0] == 1 and box.shape[2] >= _FEWEST_PLACES:
            selects = any(node.op_type in _SELECTIONS for node in model.graph.node)
            logits = _sigmoid_of(scores, makers)
            assert logits is not None
            corners = _are_corners(np.asarray(box[0], np.float64))
            return Heads(
                logits,
                boxes,
                score.shape[1],
                score.shape[2],
                XYXY if corners else CXCYWH,
                needs_nms=not selects or "NonMaxSuppression" in {node.op_type for node in model.graph.node},
            )
    return None


def append_heads(model: onnx.ModelProto, heads: Heads) -> None:
    """Make `logits`, `place_scores` and `boxes` the network's outputs, in place.

    The logits `[N, K]` are the largest score of each class over all places.
    """
    editor = GraphEditor(model)
    editor.node("Identity", [heads.scores], stem=PLACE_SCORES)
    editor.node("Identity", [heads.boxes], stem=BOXES)
    editor.node("ReduceMax", [PLACE_SCORES, editor.constant([2])], stem=LOGITS, keepdims=0)
    set_output(model, LOGITS, PLACE_SCORES, BOXES)


def find_grids(size: tuple[int, int], places: int) -> tuple[tuple[int, int], ...]:
    """Return the grids `(h, w)` whose cells the places are, the finest first.

    Args:
        size: height and width of the network's input.
        places: P, the cells of all grids; several anchors a cell count several times.

    Returns:
        Empty where no grids of usual strides have as many cells.
    """
    grids = [(math.ceil(size[0] / stride), math.ceil(size[1] / stride)) for stride in _STRIDES]
    for anchors in (1, 3, 2):
        for count in (3, 4, 2, 1, 5):
            for chosen in combinations(grids, count):
                if anchors * sum(rows * columns for rows, columns in chosen) == places:
                    return tuple(chosen)
    return ()


def layers_of_grids(
    grids: Sequence[tuple[int, int]], layers: Sequence[Layer], graph: Graph
) -> tuple[str, ...]:
    """Return the layer to explain for boxes of each grid; empty where a grid has none.

    It is the deepest map of the grid's size that two convolutions take, at which the heads of classes and
    boxes part; else the deepest that one takes.
    """
    taken: dict[str, int] = {}
    for node in graph.nodes:
        if node.op_type == "Conv":
            taken[node.input[0]] = taken.get(node.input[0], 0) + 1
    found = []
    for grid in grids:
        fit = [layer for layer in layers if layer.layout.size == grid and not layer.layout.tokens]
        parting = [layer for layer in fit if taken.get(layer.name, 0) > 1]
        feeding = parting or [layer for layer in fit if taken.get(layer.name, 0)]
        if not feeding:
            return ()
        found.append(feeding[-1].name)
    return tuple(found)


def _concatenations(graph: onnx.GraphProto, makers: Mapping[str, onnx.NodeProto]) -> Iterator[list[str]]:
    """Yield the parts of concatenations along axis 1, nested ones flattened."""
    for node in graph.node:
        if _joins_columns(node):
            parts = list(_flattened(node.input, makers))
            if len(parts) > 1:
                yield parts


def _flattened(names: Sequence[str], makers: Mapping[str, onnx.NodeProto]) -> Iterator[str]:
    for place, name in enumerate(names):
        node = makers.get(name)
        # Boxes and scores are joined first; masks and keypoints are joined to both.
        if place == 0 and node is not None and _joins_columns(node) and _sigmoid_of(node.input[-1], makers):
            yield from _flattened(node.input, makers)
        else:
            yield name


def _joins_columns(node: onnx.NodeProto) -> bool:
    return node.op_type == "Concat" and any(
        entry.name == "axis" and entry.i in (1, -2) for entry in node.attribute
    )


def _sigmoid_of(name: str, makers: Mapping[str, onnx.NodeProto]) -> str | None:
    """Return the tensor before a sigmoid; None if `name` is no sigmoid's result."""
    node = makers.get(name)
    return node.input[0] if node is not None and node.op_type == "Sigmoid" else None


def _are_corners(boxes: NDArray[np.float64]) -> bool:
    """Return whether boxes `[4, P]` are two corners each, not a centre and a size."""
    first, second = boxes[:2], boxes[2:]
    return bool((second >= first).mean() > 0.999)
