"""Test of a map against maps that know nothing of the model, and its verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..session.explaining import place_weights
from ..session.question import Kind, Question
from ..session.rendering import RenderRequest

if TYPE_CHECKING:
    from whylight.faithfulness import Curve
    from whylight.protocols import AnsweringClassifier

STEPS = 16
"""Points of a curve; twice as many change the areas in the third decimal."""

PERCENTILES = (20, 40, 60, 80)
"""Percentages of pixels that ROAD keeps, as in `whylight.faithfulness.measure`."""

RANDOM_MAPS = 5
"""Random maps to compare with, of fixed seeds so that a test can be repeated."""

TINY = 1e-6
"""Least standard deviation of the random maps' values."""

PATCHES = 7
"""Cells of a random map along each side. Finer noise destroys the texture of the whole image at once."""

CLEARLY, EACH, BARELY = 2.0, 1.0, 1.5
"""Lead over the mean of the random maps, in their standard deviations, mean of ROAD and insertion: `CLEARLY`
better, if it is at least `EACH` by both; below `BARELY` no better (docs/decisions/0127)."""

LEAST_CHANGE = 0.02
"""If nothing that is covered changes the score by more, its maps cannot be told apart."""


class Rival(Enum):
    """The map under test, and the kinds of maps made without the model."""

    OWN = "own"
    RANDOM = "random map"
    BLOB = "centred blob"
    EDGES = "edge map"


class Verdict(Enum):
    """Outcome of a finished test."""

    GOOD = "good"
    """Clearly better than random maps, and better than the blob and the edge map by both measures."""
    NO_BETTER_THAN_BLIND = "no better than blind"
    """Clearly better than random maps, but not than the blob or the edge map."""
    MIXED = "mixed"
    """Better than random maps by too little, or by only one of the two measures."""
    BAD = "bad"
    """No better than random maps are among themselves."""
    FLAT = "flat"
    """Covering hardly changes the score, so the test says nothing."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Metrics of one map; None until they are measured."""

    road: float | None = None
    insertion: Curve | None = None
    deletion: Curve | None = None


Measurements = Mapping[tuple[Rival, int], Measured]
"""Metrics by map; the number tells the random maps apart, and is 0 for the others."""

OWN = (Rival.OWN, 0)


def score_of(question: Question, answers: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the number whose evidence a map shows, from answers `[N, K]` to `[N]`.

    Why: the class's probability p. Against: 1 - p, since what speaks against a class speaks for the others.
    Rather: the difference of the two probabilities.
    """
    asked = answers[:, question.class_index]
    if question.kind is Kind.AGAINST:
        return 1 - asked
    if question.kind is Kind.RATHER and question.other is not None:
        return asked - answers[:, question.other]
    return asked


def tested_question(sketch: RenderRequest) -> Question:
    """Return what a map is tested for; one that knows no class, for the class alone."""
    from whylight.methods import METHODS

    if METHODS[sketch.explanation.method].class_specific:
        return sketch.question
    return Question(sketch.question.class_index)


def measure(sketch: RenderRequest) -> Iterator[Measurements]:
    """Measure the map and its rivals, yielding all that is known after each step.

    ROAD and insertion come first, for all maps, since the verdict needs them; then deletion.
    """
    from whylight.faithfulness import deletion, insertion, road

    maps, question = _maps(sketch), tested_question(sketch)
    score = partial(score_of, question)
    explainer = followed(sketch)
    pixels, class_index = sketch.image.pixels, question.class_index
    known: dict[tuple[Rival, int], Measured] = dict.fromkeys(maps, Measured())
    for key, map_ in maps.items():
        value = road(explainer, pixels, map_, class_index, percentiles=PERCENTILES, score=score)
        known[key] = replace(known[key], road=value)
        yield dict(known)
        for curve in insertion(explainer, pixels, map_, class_index, steps=STEPS, score=score):
            known[key] = replace(known[key], insertion=curve)
            yield dict(known)
    for key, map_ in maps.items():
        for curve in deletion(explainer, pixels, map_, class_index, steps=STEPS, score=score):
            known[key] = replace(known[key], deletion=curve)
            yield dict(known)


def followed(sketch: RenderRequest) -> AnsweringClassifier:
    """Return the model whose answers are followed, at the question's places if any."""
    from whylight.perturbation import ScoresAtPlaces

    weights = place_weights(sketch.question, sketch.explainer)
    return sketch.explainer if weights is None else ScoresAtPlaces(sketch.explainer, weights[0])


def verdict_of(measurements: Measurements) -> Verdict | None:
    """Return the verdict; None until ROAD and insertion of all maps are measured."""
    if OWN not in measurements or not all(
        found.road is not None and found.insertion is not None and found.insertion.complete
        for found in measurements.values()
    ):
        return None
    curves = [found.insertion.probabilities for found in measurements.values() if found.insertion]
    if max(float(np.ptp(curve)) for curve in curves) < LEAST_CHANGE:
        return Verdict.FLAT
    leads = [_lead(values) for values in (roads(measurements), insertions(measurements))]
    together = sum(leads) / len(leads)
    if together < CLEARLY or min(leads) < EACH:
        return Verdict.BAD if together < BARELY else Verdict.MIXED
    blind = (Rival.BLOB, Rival.EDGES)
    both = all(_is_better(values, blind) for values in (roads(measurements), insertions(measurements)))
    return Verdict.GOOD if both else Verdict.NO_BETTER_THAN_BLIND


def roads(measurements: Measurements) -> dict[tuple[Rival, int], float]:
    """Return the measured values of ROAD."""
    return {key: found.road for key, found in measurements.items() if found.road is not None}


def insertions(measurements: Measurements) -> dict[tuple[Rival, int], float]:
    """Return the areas under the finished curves of insertion."""
    found = {key: measured.insertion for key, measured in measurements.items()}
    return {key: curve.area for key, curve in found.items() if curve is not None and curve.complete}


def deletions(measurements: Measurements) -> dict[tuple[Rival, int], float]:
    """Return the areas under the finished curves of deletion."""
    found = {key: measured.deletion for key, measured in measurements.items()}
    return {key: curve.area for key, curve in found.items() if curve is not None and curve.complete}


def is_contradicted(measurements: Measurements) -> bool:
    """Return whether deletion, once measured, finds a map no better than random ones."""
    areas = deletions(measurements)
    random = [area for (rival, _), area in areas.items() if rival is Rival.RANDOM]
    return OWN in areas and len(random) == RANDOM_MAPS and areas[OWN] >= min(random)


def _lead(values: Mapping[tuple[Rival, int], float]) -> float:
    """Return the lead over random maps, in standard deviations of theirs."""
    random = [value for (rival, _), value in values.items() if rival is Rival.RANDOM]
    return float((values[OWN] - np.mean(random)) / max(float(np.std(random, ddof=1)), TINY))


def _is_better(values: Mapping[tuple[Rival, int], float], rivals: tuple[Rival, ...]) -> bool:
    """Return whether the map under test has a higher value than each of these rivals."""
    return all(values[OWN] > value for (rival, _), value in values.items() if rival in rivals)


def _maps(sketch: RenderRequest) -> dict[tuple[Rival, int], NDArray[np.float32]]:
    """Return the map under test and its rivals, each `[h, w]`."""
    from whylight.faithfulness import centred_blob, edge_map, random_map
    from whylight.perturbation.input_resize import at_input

    explanation = sketch.explanation
    own = np.asarray(explanation.maps_at_input(sketch.explainer.card.input_size)[0])
    cells = (explanation.maps.shape[1], explanation.maps.shape[2])
    patches = (min(PATCHES, cells[0]), min(PATCHES, cells[1]))
    return {
        OWN: own,
        **{(Rival.RANDOM, seed): random_map(patches, seed) for seed in range(RANDOM_MAPS)},
        (Rival.BLOB, 0): centred_blob(cells),
        (Rival.EDGES, 0): edge_map(at_input(sketch.explainer, sketch.image.pixels).image, cells),
    }
