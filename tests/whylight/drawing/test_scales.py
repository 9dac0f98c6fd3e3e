"""What 1 on the colour bar stands for, against numbers worked out by hand."""

from __future__ import annotations

import re

import numpy as np
import pytest

from whylight.drawing.heatmap import normalize_map
from whylight.drawing.scales import ABSOLUTE, COMPARED, IMAGE, scale_maps, strongest
from whylight.errors import QuestionError
from whylight.explainer import Explainer
from whylight.methods import METHODS

MAPS = np.array([[[8, -2], [0, 4]], [[2, 1], [-9, 0]], [[-1, -1], [-1, -1]]], np.float32)


def test_a_image_of_its_own_is_scaled_as_ever() -> None:
    np.testing.assert_array_equal(strongest(MAPS, IMAGE), [8, 2, 0])
    np.testing.assert_array_equal(
        scale_maps(MAPS, size=(5, 6)), [normalize_map(map_, (5, 6)) for map_ in MAPS]
    )


def test_a_common_scale_lets_weak_evidence_look_weak() -> None:
    np.testing.assert_array_equal(strongest(MAPS, COMPARED), [8, 8, 8])
    expected = [[[1, 0], [0, 0.5]], [[0.25, 0.125], [0, 0]], [[0, 0], [0, 0]]]
    np.testing.assert_array_equal(scale_maps(MAPS, COMPARED), expected)
    assert scale_maps(MAPS, COMPARED, (5, 6)).shape == (3, 5, 6)
    assert scale_maps(MAPS[:0], COMPARED, (5, 6)).shape == (0, 5, 6)
    np.testing.assert_array_equal(scale_maps(MAPS[2:], COMPARED), np.zeros((1, 2, 2)))


def test_the_absolute_scale_is_in_logits_and_blind_to_resolution_and_company() -> None:
    # Four places: a share of 2 logits is a density of 8.
    np.testing.assert_array_equal(strongest(MAPS, ABSOLUTE, full_scale=16), [4, 4, 4])
    alone = scale_maps(MAPS[1:2], ABSOLUTE, full_scale=16)
    np.testing.assert_array_equal(alone[0], [[0.5, 0.25], [0, 0]])
    # The same evidence from a layer of twice the size: every share is spread over four places.
    finer = MAPS.repeat(2, axis=1).repeat(2, axis=2) / 4
    expected = scale_maps(MAPS, ABSOLUTE, full_scale=16).repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_array_equal(scale_maps(finer, ABSOLUTE, full_scale=16), expected)


def test_shares_add_up_to_the_score_before_a_linear_tail(explainer: Explainer) -> None:
    # The colour model: an average and a linear layer without bias behind the target.
    image = np.random.default_rng(0).integers(0, 256, (20, 24, 3), np.uint8)
    explanation = explainer.explain(image, classes=[0, 1])
    for method in ("grad-cam", "hirescam"):
        maps = explainer.with_method(explanation, method).maps
        np.testing.assert_allclose(maps.sum(axis=(1, 2)), explanation.logits[:2], rtol=1e-4)


@pytest.mark.parametrize("method", ["grad-cam++", "eigencam", "rise"])
def test_maps_that_are_no_shares_have_no_absolute_scale(method: str) -> None:
    assert not METHODS[method].additive
    expected = f"{re.escape(method)} maps are not additive.*use 'image' or 'compared'"
    with pytest.raises(QuestionError, match=expected):
        scale_maps(MAPS, ABSOLUTE, method=method)
    assert scale_maps(MAPS, COMPARED, method=method).max() == 1


def test_unknown_scales_and_impossible_amounts_are_refused() -> None:
    with pytest.raises(QuestionError, match="no scale 'folder'; there are image, compared, absolute"):
        strongest(MAPS, "folder")
    for full_scale in (0, -1, np.inf, np.nan):
        with pytest.raises(QuestionError, match="must be a number above 0"):
            strongest(MAPS, ABSOLUTE, full_scale=full_scale)
