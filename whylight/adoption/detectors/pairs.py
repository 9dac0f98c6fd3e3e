"""Scores beside boxes in two outputs: SSD, Ultra-Light-Face, PP-YOLOE, DETR."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import permutations

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.adoption.detectors.background import unread_class
from whylight.adoption.detectors.box_forms import box_form, scale_of, scaled, turned
from whylight.adoption.detectors.columns import named_classes
from whylight.adoption.detectors.heads import FEWEST_PLACES, Found, Heads, Values, are_queries, is_spread
from whylight.adoption.detectors.score_logits import before_sigmoid, logit_of_answer, logit_of_shares
from whylight.adoption.detectors.ultra_light import anchors_of, from_anchors, read_anchors
from whylight.detection.description import CXCYWH
from whylight.graphs.editor import GraphEditor

Real = NDArray[np.float64]
_MOST_CLASSES = 4096
_FACES = 3
"""Classes of Ultra-Light-Face at most: nothing, face, face with a mask."""
_RARE = 0.05
"""Share of positive logits above which they are those of a softmax: sigmoids find something at few places."""


def find_pair(
    model: onnx.ModelProto, outputs: Values, size: tuple[int, int], metadata: Mapping[str, str]
) -> Heads | None:
    """Find scores `[1, P, C]` or `[1, C, P]` beside boxes `[1, P, 4]` or `[1, 4, P]`.

    Scores that add up to one have a class for nothing, which wins at most places; it is left out. Scores
    outside 0..1 are logits: of sigmoids if nearly all are negative, else of a softmax; where the metadata
    names the classes, one more than named means a softmax.

    Args:
        model: the network. It is not changed.
        outputs: values for one image.
        size: height and width of the input.
        metadata: the file's.
    """
    makers = {name for node in model.graph.node for name in node.output}
    fit = {name: value for name, value in outputs.items() if name in makers and _is_of_one(value)}
    found = (read_pair(model, fit, *names, size, metadata) for names in permutations(fit, 2))
    return next((heads for heads in found if heads is not None), None)


def read_pair(
    model: onnx.ModelProto,
    values: Values,
    scores: str,
    boxes: str,
    size: tuple[int, int],
    metadata: Mapping[str, str],
    looped: Callable[[GraphEditor], str] | None = None,
) -> Heads | None:
    """Return the reading of two tensors as scores and boxes; None if they are none.

    Either may have an axis of length one for the image, and its places before or behind.

    Args:
        model: the network.
        values: of tensors, for one image.
        scores: the tensor of scores.
        boxes: the tensor of boxes.
        size: height and width of the input.
        metadata: the file's.
        looped: adds boxes `[N, P, 4]` in place of `[P, 4]`.
    """
    if not _is_of_one(values[scores]) or not _is_of_one(values[boxes]):
        return None
    flat = frozenset(name for name in (scores, boxes) if values[name].ndim == 2)
    of_scores, of_boxes = (_rows(values[name]) for name in (scores, boxes))
    for boxes_last in (True, False):
        box = of_boxes.T if boxes_last else of_boxes
        if box.shape[0] != 4 or box.shape[1] < FEWEST_PLACES:
            continue
        places = box.shape[1]
        anchors = anchors_of(size)
        of_ultra_light = anchors.shape[1] == places
        form = box_form(box)
        if form is None and not of_ultra_light:
            continue  # offsets to anchors that the file does not hold
        for classes_last in (True, False):
            score = of_scores if classes_last else of_scores.T
            fits = score.shape[0] == places and score.shape[1] <= _MOST_CLASSES
            if not fits or not np.isfinite(score).all() or (form is None and score.shape[1] > _FACES):
                continue
            pair = _Pair(
                scores,
                boxes,
                score,
                box,
                size,
                named_classes(metadata),
                anchors=anchors if form is None else None,
                classes_last=classes_last,
                boxes_last=boxes_last,
                flat=flat,
                queries=are_queries(model, scores),
                looped=looped,
                unread=unread_class(
                    model, scores, values[scores].ndim, score.shape[1], classes_last=classes_last
                ),
            )
            faces = of_ultra_light and score.shape[1] == 2
            return pair.heads(form or CXCYWH, ("face",) if faces else ())
    return None


def _is_of_one(value: NDArray[np.generic]) -> bool:
    """Whether a value can be rows of one image."""
    return value.dtype.kind == "f" and (value.ndim == 2 or (value.ndim == 3 and value.shape[0] == 1))


def _rows(value: NDArray[np.generic]) -> Real:
    return np.asarray(value if value.ndim == 2 else value[0], np.float64)


class _Pair:
    """Scores and boxes of two outputs."""

    def __init__(
        self,
        scores: str,
        boxes: str,
        score: Real,
        box: Real,
        size: tuple[int, int],
        named: int | None,
        *,
        anchors: Real | None,
        classes_last: bool,
        boxes_last: bool,
        flat: frozenset[str],
        queries: bool,
        looped: Callable[[GraphEditor], str] | None,
        unread: int | None,
    ) -> None:
        self._looped = looped
        self._flat, self._are_queries = flat, queries
        self._scores, self._boxes = scores, boxes
        self._classes_last, self._boxes_last = classes_last, boxes_last
        self._count = score.shape[1]
        self._anchors = anchors
        self._scale = scale_of(box, size) if anchors is None else np.ones((4, 1))
        self._are_answers = is_spread(score)
        if self._are_answers:
            exclusive = self._count > 1 and np.allclose(score.sum(axis=1), 1, atol=1e-3)
        else:
            exclusive = self._count > 1 and (score > 0).mean() > _RARE
            if named in (self._count, self._count - 1):
                exclusive = named == self._count - 1
        # The class for nothing is that which the network's selection leaves out. Where it selects nothing or
        # all, it is the first or the last, the one that wins more often.
        wins = [int((score.argmax(axis=1) == index).sum()) for index in (0, self._count - 1)]
        likelier = 0 if wins[0] >= wins[1] else self._count - 1
        self.background = (likelier if unread is None else unread) if exclusive else None
        self._kept = [index for index in range(self._count) if index != self.background]
        self.places = box.shape[1]

    def heads(self, form: str, names: tuple[str, ...]) -> Heads:
        """Return how the pair is read."""
        words = "the sigmoid of its class" if self.background is None else "the softmax's share of its class"
        if self._are_answers and self.background is None:
            words = "the answer for its class"
        return Heads(
            form=words,
            tensors=(self._scores, self._boxes),
            classes=len(self._kept),
            places=self.places,
            box_form=form,
            needs_nms=not self._are_queries,
            append=self._append,
            read=self._read,
            are_queries=self._are_queries,
            names=names,
            background=self.background,
        )

    def _append(self, editor: GraphEditor) -> tuple[str, str]:
        named_scores = self._with_images(editor, self._scores)
        boxes = self._looped(editor) if self._looped else self._with_images(editor, self._boxes)
        boxes = turned(editor, boxes) if self._boxes_last else boxes
        if self._anchors is None:
            boxes = scaled(editor, boxes, self._scale)
        else:
            boxes = from_anchors(editor, boxes, self._anchors)
        if self.background is not None:
            scores = named_scores if self._classes_last else turned(editor, named_scores)
            if not self._are_answers:
                scores = editor.node("Softmax", [scores], stem="shares", axis=2)
            return turned(editor, logit_of_shares(editor, scores, self._count, self._kept)), boxes
        scores = named_scores
        if self._are_answers:
            scores = before_sigmoid(editor, scores) or logit_of_answer(editor, scores)
        return (turned(editor, scores) if self._classes_last else scores), boxes

    def _with_images(self, editor: GraphEditor, name: str) -> str:
        """Add an axis for the image where there is none."""
        if name not in self._flat:
            return name
        return editor.node("Unsqueeze", [name, editor.constant([0])], stem="one_image")

    def _read(self, values: Values) -> Found:
        scores, boxes = (_rows(values[name]) for name in (self._scores, self._boxes))
        scores = scores.T if self._classes_last else scores
        if not self._are_answers and self.background is None:
            scores = 1 / (1 + np.exp(-scores))
        elif not self._are_answers:
            powers = np.exp(scores - scores.max(axis=0))
            scores = powers / powers.sum(axis=0)
        boxes = boxes.T if self._boxes_last else boxes
        if self._anchors is not None:
            return scores[self._kept], read_anchors(boxes, self._anchors)
        return scores[self._kept], boxes * self._scale
