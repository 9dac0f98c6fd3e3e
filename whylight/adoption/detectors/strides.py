"""Outputs for each stride: YuNet and SCRFD, finders of faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.adoption.detectors.box_forms import (
    Cells,
    cells_of,
    from_cells,
    from_distances,
    read_cells,
    read_distances,
    turned,
)
from whylight.adoption.detectors.heads import Found, Heads, Run, Values, is_spread
from whylight.adoption.detectors.moved_maps import MovedMap, find_moved_map, sources_of
from whylight.adoption.detectors.score_logits import before_sigmoid, logit_of_answer, logit_of_root
from whylight.detection.description import CXCYWH, XYXY
from whylight.graphs.editor import GraphEditor, expose_outputs

Real = NDArray[np.float64]
_STRIDES = (8, 16, 32)
_ANCHORS = (1, 2)
_LANDMARKS = 10


@dataclass(frozen=True, slots=True)
class _Outputs:
    """Names of one kind of output, by stride."""

    scores: tuple[tuple[str, ...], ...]
    """For each stride one (SCRFD), or class and objectness (YuNet)."""
    boxes: tuple[str, ...]


def find_strides(model: onnx.ModelProto, outputs: Values, size: tuple[int, int], run: Run) -> Heads | None:
    """Find the outputs of YuNet or SCRFD: scores, boxes, landmarks of three strides.

    YuNet answers with the square root of class x objectness at each cell, SCRFD with a sigmoid for each of
    two anchors a cell.

    Args:
        model: the network. It is not changed.
        outputs: values for one image.
        size: height and width of the input.
        run: see `Run`.
    """
    for anchors in _ANCHORS:
        grids = [(size[0] // stride, size[1] // stride) for stride in _STRIDES]
        found = _sorted_outputs(outputs, [anchors * rows * columns for rows, columns in grids])
        if found is None:
            continue
        cells = cells_of(size, grids, anchors)
        pairs = len(found.scores[0]) == 2
        named = [name for each in found.scores for name in each]
        if all(is_spread(outputs[name]) for name in named):
            flat = outputs[found.boxes[0]].ndim == 2
            moved = _moved_maps(model, [*named, *found.boxes], run) if flat else {}
            return _Heads(found, cells, moved, pairs=pairs, flat=flat).heads()
    return None


def _sorted_outputs(outputs: Values, counts: Sequence[int]) -> _Outputs | None:
    """Return the outputs of places as many as each stride has; None if one is missing."""
    scores, boxes = [], []
    for count in counts:
        fit = {
            name: value.shape[-1]
            for name, value in outputs.items()
            if value.ndim in (2, 3) and value.shape[-2] == count and value.size == count * value.shape[-1]
        }
        answers = tuple(name for name, width in fit.items() if width == 1)
        four = [name for name, width in fit.items() if width == 4]
        if len(answers) not in (1, 2) or len(four) != 1 or _LANDMARKS not in fit.values():
            return None
        scores.append(answers)
        boxes.append(four[0])
    if len({len(each) for each in scores}) > 1:
        return None
    return _Outputs(tuple(scores), tuple(boxes))


def _moved_maps(model: onnx.ModelProto, names: Sequence[str], run: Run) -> dict[str, MovedMap]:
    """Return the maps that outputs without an axis for the image are moved from."""
    tried = onnx.ModelProto()
    tried.CopyFrom(model)
    expose_outputs(tried, sources_of(model, names))
    values = run(tried)
    found = {name: find_moved_map(model, name, values) for name in names}
    return {name: moved for name, moved in found.items() if moved is not None}


class _Heads:
    """Scores and boxes of several strides."""

    def __init__(
        self, found: _Outputs, cells: Cells, moved: Mapping[str, MovedMap], *, pairs: bool, flat: bool
    ) -> None:
        self._found, self._cells, self._moved = found, cells, moved
        self._pairs, self._flat = pairs, flat

    def heads(self) -> Heads:
        """Return how the outputs are read."""
        names = [name for each in self._found.scores for name in each]
        return Heads(
            form="the root of objectness x class" if self._pairs else "the sigmoid of a face",
            tensors=(*names, *self._found.boxes),
            classes=1,
            places=self._cells.strides.shape[1],
            box_form=CXCYWH if self._pairs else XYXY,
            needs_nms=True,
            append=self._append,
            read=self._read,
            names=("face",),
        )

    def _append(self, editor: GraphEditor) -> tuple[str, str]:
        logits = [[self._logits(editor, name) for name in each] for each in self._found.scores]
        kinds = [_joined(editor, kind) for kind in zip(*logits, strict=True)]
        boxes = _joined(editor, [self._rows(editor, name) for name in self._found.boxes])
        if self._pairs:
            return logit_of_root(editor, *kinds), from_cells(editor, boxes, self._cells)
        return kinds[0], from_distances(editor, boxes, self._cells)

    def _logits(self, editor: GraphEditor, name: str) -> str:
        """Add the logits `[N, P, 1]` of a stride's scores."""
        if name in self._moved:
            return self._moved[name].append(editor)
        rows = self._rows(editor, name)
        return before_sigmoid(editor, rows) or logit_of_answer(editor, rows)

    def _rows(self, editor: GraphEditor, name: str) -> str:
        """Add `[N, P, a]` of a stride."""
        if name in self._moved:
            return self._moved[name].append(editor)
        if not self._flat:
            return name
        return editor.node("Unsqueeze", [name, editor.constant([0])], stem="one_image")

    def _read(self, values: Values) -> Found:
        def joined(names: Sequence[str]) -> Real:
            flat = [np.asarray(values[name], np.float64) for name in names]
            return np.concatenate([each.reshape(-1, each.shape[-1]) for each in flat]).T

        kinds = [joined(kind) for kind in zip(*self._found.scores, strict=True)]
        boxes = joined(self._found.boxes)
        if self._pairs:
            return np.sqrt(kinds[0] * kinds[1]), read_cells(boxes, self._cells)
        return kinds[0], read_distances(boxes, self._cells)


def _joined(editor: GraphEditor, rows: Sequence[str]) -> str:
    """Join `[N, P, a]` of all strides to `[N, a, P]`."""
    return turned(editor, editor.node("Concat", rows, stem="all_strides", axis=1))
