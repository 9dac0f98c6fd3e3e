"""Cache of predictions, used when a folder is opened again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from ..common.file_stamp import Stamp
from .image_table import Found

MOST_KEPT = 30_000
"""Maximum number of predictions, about 370 bytes each plus the path."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """Predicted class of an image, and the strength of its evidence."""

    class_index: int
    probability: float
    strongest: float
    """Largest value of the map, for the folder's scale."""
    found: Found | None = None
    """What a detector or segmenter found; None for classifiers."""
    text: str | None = None
    """What was read of a line of text."""


class PredictionCache:
    """LRU cache of predictions of one model, layer and method."""

    def __init__(self, most_kept: int = MOST_KEPT) -> None:
        self._most_kept = most_kept
        self._entries: OrderedDict[Stamp, Predicted] = OrderedDict()

    def get(self, stamp: Stamp) -> Predicted | None:
        """Return a file's prediction and mark it as recently used; None if missing."""
        predicted = self._entries.get(stamp)
        if predicted is not None:
            self._entries.move_to_end(stamp)
        return predicted

    def put(self, stamp: Stamp, predicted: Predicted) -> None:
        """Store a prediction, evicting the least recently used one."""
        self._entries[stamp] = predicted
        self._entries.move_to_end(stamp)
        if len(self._entries) > self._most_kept:
            self._entries.popitem(last=False)

    def clear(self) -> None:
        """Remove all predictions, after a change of model, layer or method."""
        self._entries.clear()
