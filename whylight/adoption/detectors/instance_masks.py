"""Coefficients and prototypes of instance masks: YOLO's segmenters of things.

Beside its boxes such a file gives out prototypes `[1, C, h, w]`, and for each place C coefficients, joined
with box and scores.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.adoption.detectors.box_forms import turned
from whylight.adoption.detectors.heads import Heads, Masks, Run, Values
from whylight.graphs.editor import GraphEditor, expose_outputs
from whylight.graphs.graph_view import Graph

FEWEST_PROTOTYPES = 4
_LARGEST_GRID = 1024


def find_masks(model: onnx.ModelProto, heads: Heads, outputs: Values, run: Run) -> Masks | None:
    """Return the coefficients and prototypes of a detector's masks, if it has any.

    Args:
        model: the network. It is not changed.
        heads: its scores and boxes.
        outputs: values for one image.
        run: runs the network on one image.
    """
    found = prototypes_of(outputs)
    if found is None:
        return None
    name, shape = found
    if heads.coefficients is not None:
        return Masks(name, shape, heads.coefficients)
    tensor = _joined_coefficients(model, heads, shape[0], run)
    if tensor is None:
        return None
    coefficients, places_last = tensor

    def append(editor: GraphEditor) -> str:
        return coefficients if places_last else turned(editor, coefficients)

    return Masks(name, shape, append)


def prototypes_of(outputs: Mapping[str, NDArray[np.generic]]) -> tuple[str, tuple[int, int, int]] | None:
    """Return the one output of prototypes and its `(C, h, w)`, or None."""
    fit = [(name, value) for name, value in outputs.items() if value.ndim == 4 and value.dtype.kind == "f"]
    if len(fit) != 1 or fit[0][1].shape[0] != 1:
        return None
    name, value = fit[0]
    _, channels, rows, columns = value.shape
    if channels < FEWEST_PROTOTYPES or max(rows, columns) > _LARGEST_GRID:
        return None
    return name, (channels, rows, columns)


def _joined_coefficients(
    model: onnx.ModelProto, heads: Heads, channels: int, run: Run
) -> tuple[str, bool] | None:
    """Return the joined tensor of C numbers a place, and whether places are last."""
    graph = Graph(model)
    behind = set.intersection(*(graph.downstream(name) for name in heads.tensors))
    joined = [
        name
        for node in graph.nodes
        if node.op_type == "Concat" and not behind.isdisjoint(node.output)
        for name in node.input
        if name not in behind and name not in heads.tensors and name in graph.producer
    ]
    if not joined:
        return None
    tried = onnx.ModelProto()
    tried.CopyFrom(model)
    expose_outputs(tried, joined)
    values = run(tried)
    for name in joined:
        shape = values[name].shape if name in values else ()
        for places_last in (True, False):
            if shape == ((1, channels, heads.places) if places_last else (1, heads.places, channels)):
                return name, places_last
    return None
