"""What was predicted of files, so that a folder that is opened again is not predicted again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from ..common.file_stamp import Stamp

MOST_KEPT = 30_000
"""Predictions, of some 370 bytes each, and as much for the path of an image that is open no more."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """What a model takes an image for, and how strong the evidence for it is."""

    class_index: int
    probability: float
    strongest: float
    """The map's largest value, for the folder's scale."""


class PredictionCache:
    """The most recently used predictions of one model with one layer and method."""

    def __init__(self, most_kept: int = MOST_KEPT) -> None:
        self._most_kept = most_kept
        self._entries: OrderedDict[Stamp, Predicted] = OrderedDict()

    def get(self, stamp: Stamp) -> Predicted | None:
        """Return a file's prediction and make it the most recently used one; None where there is none."""
        predicted = self._entries.get(stamp)
        if predicted is not None:
            self._entries.move_to_end(stamp)
        return predicted

    def put(self, stamp: Stamp, predicted: Predicted) -> None:
        """Keep a prediction; the least recently used one gives way to it."""
        self._entries[stamp] = predicted
        self._entries.move_to_end(stamp)
        if len(self._entries) > self._most_kept:
            self._entries.popitem(last=False)

    def clear(self) -> None:
        """Forget all: another model, layer or method is asked from now on."""
        self._entries.clear()
