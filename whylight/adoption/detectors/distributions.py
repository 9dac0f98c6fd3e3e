"""Outputs for each stride with distributions of distances: NanoDet, PicoDet.

For each stride a file gives out sigmoids of classes, `[1, P, K]`, and logits of the distances from a cell's
middle to the four sides, `[1, P, 4 B]`: a distance is the mean of 0 .. B - 1 strides under their softmax
(Li et al., Generalized Focal Loss, NeurIPS 2020, arXiv:2006.04388). Either may lack the axis for the image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whylight.adoption.detectors.box_forms import Cells, cells_of, from_distances, read_distances, turned
from whylight.adoption.detectors.heads import Found, Heads, Values, is_spread
from whylight.adoption.detectors.score_logits import before_sigmoid, logit_of_answer
from whylight.detection.description import XYXY
from whylight.graphs.editor import GraphEditor

_STRIDES = (8, 16, 32, 64, 128)
_FEWEST_LEVELS, _FEWEST_BINS = 3, 4
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Levels:
    """Outputs of two kinds, each one a stride, the finest first."""

    names: Mapping[int, tuple[str, ...]]
    """Outputs by the numbers of a place."""
    grids: tuple[tuple[int, int], ...]


def levels_of(shapes: Sequence[tuple[str, Shape]], size: tuple[int, int]) -> Levels | None:
    """Sort outputs into levels; None if they are not of this form.

    Args:
        shapes: of the outputs for one image, in their order.
        size: height and width of the input.
    """
    rows = [(name, shape[1:] if len(shape) == 3 and shape[0] == 1 else shape) for name, shape in shapes]
    count, odd = divmod(len(rows), 2)
    if odd or not _FEWEST_LEVELS <= count <= len(_STRIDES) or any(len(shape) != 2 for _, shape in rows):
        return None
    grids = tuple((-(-size[0] // stride), -(-size[1] // stride)) for stride in _STRIDES[:count])
    cells = [height * width for height, width in grids]
    by_width: dict[int, dict[int, str]] = {}
    for name, (places, width) in rows:
        by_width.setdefault(width, {})[places] = name
    if len(by_width) != 2 or any(sorted(each) != sorted(cells) for each in by_width.values()):
        return None
    if not any(_bins(width) for width in by_width):
        return None
    return Levels({width: tuple(each[places] for places in cells) for width, each in by_width.items()}, grids)


def _bins(width: int) -> int:
    """Return B of distances of so many numbers a place; 0 if they are none."""
    return width // 4 if width % 4 == 0 and width // 4 >= _FEWEST_BINS else 0


def find_distributions(outputs: Values, size: tuple[int, int]) -> Heads | None:
    """Find scores and distributions of distances of three to five strides.

    Args:
        outputs: the network's values for one image.
        size: height and width of the input.
    """
    found = levels_of([(name, value.shape) for name, value in outputs.items()], size)
    if found is None:
        return None
    for bins in (_bins(width) for width in found.names):
        scores = next(names for width, names in found.names.items() if width != 4 * bins)
        if bins and all(is_spread(outputs[name]) for name in scores):
            return _heads(outputs, scores, found.names[4 * bins], bins, cells_of(size, found.grids))
    return None


def _heads(
    outputs: Values, of_scores: tuple[str, ...], of_distances: tuple[str, ...], bins: int, cells: Cells
) -> Heads:
    middles = Cells(cells.corners + cells.strides / 2, cells.strides)
    places = middles.strides.shape[1]
    flat = frozenset(name for name, value in outputs.items() if value.ndim == 2)

    def append(editor: GraphEditor) -> tuple[str, str]:
        rows = [_with_image(editor, name, flat) for name in of_scores]
        scores = [before_sigmoid(editor, each) or logit_of_answer(editor, each) for each in rows]
        joined = [_with_image(editor, name, flat) for name in of_distances]
        logits = editor.node("Concat", joined, stem="all_distances", axis=1)
        shape = editor.constant([0, places, 4, bins])
        shares = editor.node(
            "Softmax", [editor.node("Reshape", [logits, shape], stem="bins")], stem="shares", axis=3
        )
        steps = editor.constant(np.arange(bins)[:, None], np.float32, "steps")
        means = editor.node("MatMul", [shares, steps], stem="means")
        distances = editor.node("Reshape", [means, editor.constant([0, places, 4])], stem="distances")
        answers = turned(editor, editor.node("Concat", scores, stem="all_strides", axis=1))
        return answers, from_distances(editor, turned(editor, distances), middles)

    def read(values: Values) -> Found:
        def joined(names: Sequence[str]) -> NDArray[np.float64]:
            flat = [np.asarray(values[name], np.float64) for name in names]
            return np.concatenate([each.reshape(-1, each.shape[-1]) for each in flat])

        scores, logits = joined(of_scores), joined(of_distances)
        return scores.T, read_distances(_means(logits.reshape(places, 4, bins)).T, middles)

    return Heads(
        form="the sigmoid of its class",
        tensors=(*of_scores, *of_distances),
        classes=int(outputs[of_scores[0]].shape[-1]),
        places=places,
        box_form=XYXY,
        needs_nms=True,
        append=append,
        read=read,
    )


def _means(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the means of 0, 1, 2, ... under the softmax of the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers @ np.arange(logits.shape[-1]) / powers.sum(axis=-1), np.float64)


def _with_image(editor: GraphEditor, name: str, flat: frozenset[str]) -> str:
    """Add an axis for the image where there is none."""
    return editor.node("Unsqueeze", [name, editor.constant([0])], stem="one_image") if name in flat else name
