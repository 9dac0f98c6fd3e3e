"""Deletion and insertion of a network whose probabilities can be worked out by hand.

`colour_network` on an image whose upper left quarter is red: while a share q of the red is left, red's
logit is `20 LEAD q / 4`, the others are 0, and black, the card's mean colour, adds nothing.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.whylight.conftest import SIZE, painted
from whylight.errors import QuestionError
from whylight.explainer import Explainer
from whylight.faithfulness import deletion, insertion
from whylight.faithfulness.pixel_ranking import evidence_ranks

LEAD = 200 / 255


def probability(red_left: np.ndarray) -> np.ndarray:
    odds = np.exp(20 * LEAD / 4 * red_left)
    return odds / (odds + 2)


@pytest.fixture
def red() -> np.ndarray:
    return painted("red", (SIZE, SIZE))


@pytest.fixture
def on_red() -> np.ndarray:
    """The map that is right: evidence on the red quarter alone, most of it above."""
    map_ = np.zeros((SIZE, SIZE), np.float32)
    map_[: SIZE // 2, : SIZE // 2] = np.linspace(2, 1, SIZE // 2)[:, None]
    return map_


def test_deletion_by_hand(explainer: Explainer, red: np.ndarray, on_red: np.ndarray) -> None:
    *_, curve = deletion(explainer, red, on_red, 0, steps=8)
    np.testing.assert_allclose(curve.fractions, np.arange(9) / 8)
    expected = probability(np.array([1, 0.5, 0, 0, 0, 0, 0, 0, 0]))
    np.testing.assert_allclose(curve.probabilities, expected, atol=1e-5)
    assert curve.complete
    assert curve.area == pytest.approx(
        (expected[0] / 2 + expected[1:-1].sum() + expected[-1] / 2) / 8, abs=1e-5
    )


def test_insertion_by_hand(explainer: Explainer, red: np.ndarray, on_red: np.ndarray) -> None:
    *_, curve = insertion(explainer, red, on_red, 0, steps=8, replacement="mean")
    expected = probability(np.array([0, 0.5, 1, 1, 1, 1, 1, 1, 1]))
    np.testing.assert_allclose(curve.probabilities, expected, atol=1e-5)


def test_a_wrong_map_is_worse(explainer: Explainer, red: np.ndarray, on_red: np.ndarray) -> None:
    def area(curves: object) -> float:
        *_, last = curves
        return last.area

    assert area(deletion(explainer, red, on_red, 0)) < area(deletion(explainer, red, -on_red, 0)) - 0.3
    assert area(insertion(explainer, red, on_red, 0)) > area(insertion(explainer, red, -on_red, 0))


def test_insertion_begins_with_the_blurred_image(explainer: Explainer, red: np.ndarray) -> None:
    first, *_ = insertion(explainer, red, np.eye(4, dtype=np.float32), 0, steps=3, batch=1)
    expected = explainer.predict(cv2.GaussianBlur(red, (11, 11), 5))[0]
    assert first.probabilities == pytest.approx([expected])
    assert (first.area, first.complete, first.total) == (0, False, 4)


def test_a_curve_grows_and_can_be_left(
    explainer: Explainer, on_red: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image of any size will do."""
    image = painted("red", (50, 70))
    curves = list(deletion(explainer, image, on_red, 0, steps=9, batch=4))
    assert [len(curve.fractions) for curve in curves] == [4, 8, 10]
    assert [curve.complete for curve in curves] == [False, False, True]
    np.testing.assert_array_equal(curves[-1].probabilities[:4], curves[0].probabilities)
    *_, at_once = deletion(explainer, image, on_red, 0, steps=9, batch=10)
    np.testing.assert_allclose(curves[-1].probabilities, at_once.probabilities, atol=1e-6)
    left = deletion(explainer, image, on_red, 0)
    next(left)
    monkeypatch.delattr(explainer, "_runs")  # nothing runs after this
    left.close()


@pytest.mark.parametrize("options", [{"class_index": 3}, {"class_index": -1}, {"steps": 0}])
def test_impossible_curves_are_refused_at_once(
    explainer: Explainer, red: np.ndarray, on_red: np.ndarray, options: dict
) -> None:
    with pytest.raises(QuestionError, match="expected class 0 to 2 and at least 1 step"):
        deletion(explainer, red, on_red, **{"class_index": 0, **options})
    with pytest.raises(QuestionError, match="no replacement 'magic'; there are mean, blurred"):
        insertion(explainer, red, on_red, 0, replacement="magic")


def test_ranks_by_hand() -> None:
    map_ = np.array([[0.5, -2.0], [3.0, 0.0]], np.float32)
    np.testing.assert_array_equal(evidence_ranks(map_, (2, 2)), [[1, 3], [0, 2]])


def test_equal_evidence_comes_in_no_particular_order_but_always_the_same() -> None:
    map_ = np.zeros((20, 30), np.float32)
    map_[5, 7] = 1
    ranks = evidence_ranks(map_, (20, 30))
    assert ranks[5, 7] == 0
    assert sorted(ranks.ravel()) == list(range(600))
    np.testing.assert_array_equal(ranks, evidence_ranks(map_, (20, 30)))
    assert 250 < ranks[:10].mean() < 350
    assert 250 < ranks[10:].mean() < 350
