"""The verdict on a map follows from ROAD and insertion alone."""

from __future__ import annotations

import numpy as np
import pytest

from desktop.analysis.map_test import (
    OWN,
    RANDOM_MAPS,
    Measured,
    Rival,
    Verdict,
    is_contradicted,
    score_of,
    verdict_of,
)
from desktop.session.question import Kind, Question
from whylight.faithfulness import Curve


def curve(area: float, spread: float = 1.0) -> Curve:
    """A complete curve of two points with this area."""
    fractions = np.array([0, 1], np.float32)
    return Curve(fractions, np.array([area - spread / 2, area + spread / 2], np.float32), 2)


def measurements(own: tuple[float, float], blob=(0.0, 0.4), edges=(0.0, 0.4), random=(0.05, 0.45)):
    """Metrics (ROAD, insertion) of the map and its rivals; random maps differ a little."""
    spread = np.linspace(-0.02, 0.02, RANDOM_MAPS)
    found = {
        (Rival.RANDOM, seed): Measured(random[0] + by, curve(random[1] + by))
        for seed, by in enumerate(spread)
    }
    for key, (road, area) in {OWN: own, (Rival.BLOB, 0): blob, (Rival.EDGES, 0): edges}.items():
        found[key] = Measured(road, curve(area))
    return found


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (measurements((0.3, 0.8)), Verdict.GOOD),
        (measurements((0.3, 0.8), blob=(0.1, 0.9)), Verdict.NO_BETTER_THAN_BLIND),
        (measurements((0.3, 0.8), edges=(0.4, 0.5)), Verdict.NO_BETTER_THAN_BLIND),
        (measurements((0.3, 0.45)), Verdict.MIXED),
        (measurements((0.06, 0.8)), Verdict.MIXED),
        (measurements((0.06, 0.46)), Verdict.BAD),
        (measurements((-0.2, 0.2)), Verdict.BAD),
        # The best random map has 0.07 and 0.47; their standard deviation is 0.0158.
        (measurements((0.071, 0.471)), Verdict.BAD),
        (measurements((0.078, 0.478)), Verdict.MIXED),
        (measurements((0.085, 0.485)), Verdict.GOOD),
        (measurements((0.3, 0.46)), Verdict.MIXED),
    ],
)
def test_a_map_must_clearly_beat_random_maps_and_then_those_of_places(found, verdict):
    assert verdict_of(found) is verdict


@pytest.mark.parametrize(("own", "contradicted"), [(0.2, False), (0.42, False), (0.45, True), (0.6, True)])
def test_deletion_may_say_otherwise_than_the_verdict(own, contradicted):
    """The verdict goes by ROAD and insertion; a figure beside it that says otherwise has to be spoken of."""
    found = {
        key: Measured(
            measured.road, measured.insertion, curve(own if key == OWN else measured.insertion.area)
        )
        for key, measured in measurements((0.3, 0.8)).items()
    }
    assert verdict_of(found) is Verdict.GOOD
    assert is_contradicted(found) is contradicted
    del found[Rival.RANDOM, 0]
    assert not is_contradicted(found)


def test_there_is_no_verdict_before_all_is_measured():
    found = measurements((0.3, 0.8))
    found[Rival.EDGES, 0] = Measured(0.1)
    assert verdict_of(found) is None
    assert verdict_of({}) is None


def test_an_answer_that_never_changes_says_nothing():
    found = {
        key: Measured(measured.road, curve(0.001, 0.001))
        for key, measured in measurements((0.3, 0.8)).items()
    }
    assert verdict_of(found) is Verdict.FLAT


def test_each_question_is_measured_by_what_it_asks():
    answers = np.array([[0.7, 0.2, 0.1]], np.float32)
    assert score_of(Question(0), answers) == pytest.approx(0.7)
    assert score_of(Question(0, Kind.AGAINST), answers) == pytest.approx(0.3)
    assert score_of(Question(0, Kind.RATHER, 2), answers) == pytest.approx(0.6)
