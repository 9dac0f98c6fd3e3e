"""One output with the columns of each place: YOLOv5, v7, YOLOX and their kin."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.adoption.detectors.box_forms import (
    Cells,
    box_form,
    cells_of,
    columns,
    from_cells,
    read_cells,
    scale_of,
    scaled,
    turned,
)
from whylight.adoption.detectors.grids import find_grids
from whylight.adoption.detectors.heads import FEWEST_PLACES, Found, Heads, Values, is_spread
from whylight.adoption.detectors.instance_masks import prototypes_of
from whylight.adoption.detectors.score_logits import before_sigmoid, logit_of_answer, logit_of_product
from whylight.detection.description import CXCYWH
from whylight.graphs.editor import GraphEditor

Real = NDArray[np.float64]
_BOX = 4
_MOST_COLUMNS = 2048
_ENDINGS = frozenset(("Sigmoid", "HardSigmoid", "Softmax"))
"""Operators of which one makes the answers."""


def find_columns(
    model: onnx.ModelProto, outputs: Values, size: tuple[int, int], metadata: Mapping[str, str]
) -> Heads | None:
    """Find `[1, P, 5 + K]` (box, objectness, classes) or `[1, 4 + K, P]`.

    Where the metadata names the classes, their number says which; else the layout does: objectness comes with
    the places first. Further columns (coefficients of masks, landmarks) are known by the names alone.

    Args:
        model: the network. It is not changed.
        outputs: values for one image.
        size: height and width of the input.
        metadata: the file's.
    """
    makers = {name for node in model.graph.node for name in node.output}
    if _ENDINGS.isdisjoint(node.op_type for node in model.graph.node):
        return None
    named = named_classes(metadata)
    masks = prototypes_of(outputs)
    for name, value in outputs.items():
        if name not in makers or value.ndim != 3 or value.shape[0] != 1 or value.dtype.kind != "f":
            continue
        places_last = value.shape[2] > value.shape[1]
        rows = np.asarray(value[0] if places_last else value[0].T, np.float64)
        width, places = rows.shape
        if _has_other_levels(outputs, value):
            continue
        if (
            places < max(FEWEST_PLACES, width)
            or not 5 <= width <= _MOST_COLUMNS
            or not np.isfinite(rows).all()
        ):
            continue
        with_objectness = not places_last
        if named is not None and width in (_BOX + named, _BOX + 1 + named):
            with_objectness = width == _BOX + 1 + named
        start = _BOX + with_objectness
        further = masks[1][0] if masks is not None and width - start > masks[1][0] else 0
        count = width - start - further if named is None or width < start + named else named
        if count < 1 or not is_spread(rows[_BOX : start + count]):
            continue
        grids = find_grids(size, places)
        if not grids:
            continue  # such as the letters of a text line
        cells = None
        form = box_form(rows[:_BOX])
        if form is None or (with_objectness and _are_offsets(rows, size)):
            if sum(h * w for h, w in grids) != places:
                continue
            cells, form = cells_of(size, grids), CXCYWH
        heads = _heads(name, count, places, form, rows, size, cells, with_objectness, places_last)
        if further and start + count + further == width:
            heads = replace(heads, coefficients=_further(name, start + count, width, places_last))
        return heads
    return None


def _has_other_levels(outputs: Values, value: NDArray[np.generic]) -> bool:
    """Whether as many columns of other places, of another stride, stand beside."""
    return any(
        other.ndim == 3 and other.shape[2] == value.shape[2] and other.shape[1] != value.shape[1]
        for other in outputs.values()
    )


def _further(name: str, start: int, end: int, places_last: bool) -> Callable[[GraphEditor], str]:
    """Return what adds columns `[N, end - start, P]` behind the classes."""
    return lambda editor: columns(editor, name if places_last else turned(editor, name), start, end)


def _heads(
    name: str,
    count: int,
    places: int,
    form: str,
    rows: Real,
    size: tuple[int, int],
    cells: Cells | None,
    with_objectness: bool,
    places_last: bool,
) -> Heads:
    start = _BOX + with_objectness
    scale = np.ones((4, 1)) if cells is not None else scale_of(rows[:_BOX], size)

    def append(editor: GraphEditor) -> tuple[str, str]:
        whole = name if places_last else turned(editor, name)
        boxes = columns(editor, whole, 0, _BOX)
        boxes = scaled(editor, boxes, scale) if cells is None else from_cells(editor, boxes, cells)
        before = before_sigmoid(editor, whole)
        classes = columns(editor, before or whole, start, start + count)
        if not with_objectness:
            return (classes if before else logit_of_answer(editor, classes)), boxes
        objectness = columns(editor, before or whole, _BOX, start)
        if before:
            return logit_of_product(editor, objectness, classes), boxes
        return logit_of_answer(editor, editor.node("Mul", [objectness, classes], stem="product")), boxes

    def read(values: Values) -> Found:
        found = np.asarray(values[name], np.float64)[0]
        found = found if places_last else found.T
        answers = found[start : start + count] * (found[_BOX:start] if with_objectness else 1)
        return answers, found[:_BOX] * scale if cells is None else read_cells(found[:_BOX], cells)

    return Heads(
        form="objectness x class" if with_objectness else "the answer for its class",
        tensors=(name,),
        classes=count,
        places=places,
        box_form=form,
        needs_nms=True,
        append=append,
        read=read,
    )


def _are_offsets(rows: Real, size: tuple[int, int]) -> bool:
    """Whether boxes are offsets to cells: over strides, not over the image."""
    return bool(np.quantile(np.abs(rows[:2]), 0.99) < min(size) / 8 and rows[2:4].min() < 0)


def named_classes(metadata: Mapping[str, str]) -> int | None:
    """Return how many classes the metadata names; None if it names none."""
    try:
        names = ast.literal_eval(metadata.get("names", ""))
    except (ValueError, SyntaxError):
        return None
    return len(names) if isinstance(names, dict | list | tuple) and names else None
