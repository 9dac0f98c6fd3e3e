"""How true a map is: its deletion and insertion curves beside a random map's, measured on demand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ..common.error_text import error_text
from ..common.task_queue import TaskQueue
from ..session.rendering import RenderRequest

if TYPE_CHECKING:
    from whylight.faithfulness import Curve

STEPS = 16
"""Points of a curve; twice as many change the areas in the third decimal and take twice as long."""

RANDOM_SEED = 0
"""The same random map for every image, so that an image measured twice gives the same curves."""


@dataclass(frozen=True, slots=True)
class CurveKey:
    """Which curve."""

    deletion: bool
    """Or insertion."""
    random: bool
    """Of the random map, or of the image's."""


Lines = Mapping[CurveKey, "Curve"]


def measure(sketch: RenderRequest) -> Iterator[Lines]:
    """Measure the four curves one after the other; yields all there is after each batch of images."""
    from whylight.faithfulness import deletion, insertion, random_map

    map_ = sketch.explanation.maps[0]
    random = random_map((map_.shape[0], map_.shape[1]), RANDOM_SEED)
    known: dict[CurveKey, Curve] = {}
    for line in (CurveKey(d, r) for d in (True, False) for r in (False, True)):
        walk = deletion if line.deletion else insertion
        shown = random if line.random else map_
        class_index = sketch.question.class_index
        for curve in walk(sketch.explainer, sketch.image.pixels, shown, class_index, steps=STEPS):
            known[line] = curve
            yield dict(known)


class Faithfulness(QObject):
    """Measures one map at a time; the newest wish wins."""

    grown = Signal(object)
    """`Lines`, so far."""
    ended = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lane = TaskQueue("truth", newest_wins=True, parent=self)

    @property
    def busy(self) -> bool:
        """Whether something is being measured."""
        return not self._lane.idle

    def measure(self, sketch: RenderRequest) -> None:
        """Measure what a sketch draws."""
        self._lane.run_steps(lambda: measure(sketch), self.grown.emit, self._report, self.ended.emit)

    def cancel(self) -> None:
        """Measure nothing any more."""
        if self.busy:
            self._lane.cancel_all()
            self.ended.emit()

    def close(self) -> None:
        """Stop, and wait for the thread."""
        self._lane.close()

    def _report(self, error: Exception) -> None:
        self.ended.emit()
        self.failed.emit(error_text(error))
