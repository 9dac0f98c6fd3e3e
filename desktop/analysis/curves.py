"""Deletion and insertion curves of a map and of a random map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..session.rendering import RenderRequest

if TYPE_CHECKING:
    from whylight.faithfulness import Curve

STEPS = 16
"""Points of a curve; twice as many change the areas in the third decimal."""

RANDOM_SEED = 0
"""Seed of the random map, fixed for reproducible curves."""


@dataclass(frozen=True, slots=True)
class CurveKey:
    """Identifies one of the four curves."""

    deletion: bool
    """Deletion or insertion."""
    random: bool
    """The random map or the image's map."""


Lines = Mapping[CurveKey, "Curve"]


def measure(sketch: RenderRequest) -> Iterator[Lines]:
    """Measure the four curves, yielding all points so far after each batch."""
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
