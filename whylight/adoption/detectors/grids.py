"""Grids whose cells a detector's places are, and the map that each is found on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import onnx

from whylight.graphs.graph_view import Graph
from whylight.layers.find_layers import Layer

_STRIDES = (4, 8, 16, 32, 64, 128)


@dataclass(frozen=True, slots=True)
class Grid:
    """Map whose cells places are, one or several places a cell."""

    size: tuple[int, int]
    """Rows and columns."""
    places: int
    layer: str
    """The layer to explain for its boxes; empty if there is none."""


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


def trace_grids(
    graph: Graph,
    sizes: Mapping[str, tuple[int, int]],
    layers: Sequence[Layer],
    scores: str,
    boxes: str,
    places: int,
) -> tuple[Grid, ...]:
    """Return the grids that the places come from, in the order of the places.

    The last convolutions before the scores say their sizes; how many places a cell has follows from their
    channels, which are in proportion to it. The layer of a grid is the deepest map of its size that both its
    scores and its boxes are computed from.

    Args:
        graph: the network.
        sizes: rows and columns of each tensor `[N, C, h, w]`.
        layers: those that can be explained.
        scores: the tensor `[N, K, P]`.
        boxes: the tensor `[N, 4, P]`.
        places: P.

    Returns:
        Empty where the places do not come from grids, as in a DETR.
    """
    heads = _last_convolutions(graph, scores, sizes)
    by_size: dict[tuple[int, int], list[onnx.NodeProto]] = {}
    for node in heads:
        by_size.setdefault(sizes[node.output[0]], []).append(node)
    widths = {
        size: sum(
            graph.constants[node.input[1]].shape[0] for node in nodes if node.input[1] in graph.constants
        )
        for size, nodes in by_size.items()
    }
    total = sum(width * rows * columns for (rows, columns), width in widths.items())
    counts = (
        {size: width * places * size[0] * size[1] / total for size, width in widths.items()} if total else {}
    )
    cells_whole = all(
        count >= rows * columns * 0.999
        and abs(count / (rows * columns) - round(count / (rows * columns))) < 1e-6
        for (rows, columns), count in counts.items()
    )
    if not counts or not cells_whole or sum(map(round, counts.values())) != places:
        return ()
    of_boxes = _last_convolutions(graph, boxes, sizes, set(by_size))
    found = []
    for size, nodes in by_size.items():
        beside = [node for node in of_boxes if sizes[node.output[0]] == size]
        shared = set.intersection(*(graph.upstream([node.input[0]]) for node in (*nodes, *beside)))
        fit = [layer.name for layer in layers if layer.layout.size == size and not layer.layout.tokens]
        deepest = [name for name in fit if name in shared]
        found.append(Grid(size, round(counts[size]), deepest[-1] if deepest else ""))
    return tuple(found)


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


def _last_convolutions(
    graph: Graph,
    tensor: str,
    sizes: Mapping[str, tuple[int, int]],
    only: set[tuple[int, int]] | None = None,
) -> list[onnx.NodeProto]:
    """Return the convolutions met first on the ways back, in the order of joining.

    Args:
        graph: the network.
        tensor: where the ways begin.
        sizes: as for `trace_grids`.
        only: sizes of maps that count; convolutions of others are walked through.
    """
    found: dict[str, onnx.NodeProto] = {}
    seen: set[str] = set()
    waiting = [tensor]
    while waiting:
        name = waiting.pop()
        node = graph.producer.get(name)
        if name in seen or name in graph.constants or node is None:
            continue
        seen.add(name)
        size = sizes.get(node.output[0])
        if node.op_type == "Conv" and size is not None and (only is None or size in only):
            found.setdefault(node.output[0], node)
        else:
            waiting.extend(each for each in reversed(node.input) if each)
    return list(found.values())
