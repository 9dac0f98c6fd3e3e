"""Perturbations of a network so simple that the maps can be worked out by hand.

`colour_network`: a logit is 20 times the mean over the image of the colour's lead, and black, its card's
mean colour, leads nowhere. So what a covered place takes from the logit is what the place gave.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from tests.whylight.conftest import SIZE, painted
from whylight.errors import ModelError, QuestionError
from whylight.explainer import Explainer
from whylight.pair.card import Card
from whylight.pair.metadata import gradient_path
from whylight.perturbation import (
    PERTURBATIONS,
    PerturbationResult,
    ablation_cam,
    occlusion,
    rise,
    score_cam,
    with_maps,
)
from whylight.perturbation.input_resize import resize_to_input
from whylight.perturbation.random_masks import random_masks

LEAD = 200 / 255  # of red (220, 20, 20) over the mean of the other two
RED, GREEN = np.eye(3, dtype=np.float32)[[0, 1]]


def last(estimates: Iterator[PerturbationResult]) -> PerturbationResult:
    return deque(estimates, maxlen=1).pop()


@pytest.fixture
def red() -> np.ndarray:
    """Grey, its upper left quarter red, of the network's own size."""
    return painted("red", (SIZE, SIZE))


def test_occlusion_takes_away_what_the_cell_gave(explainer: Explainer, red: np.ndarray) -> None:
    found = last(occlusion(explainer, red, explainer.explain(red, classes=[0, 1]), cells=4, reach=0))
    expected = np.zeros((2, 4, 4))
    expected[0, :2, :2] = 20 * LEAD / 16
    np.testing.assert_allclose(found.maps, expected, atol=1e-5)
    assert (found.done, found.total) == (16, 16)


def test_occlusion_covers_the_neighbours_too(explainer: Explainer, red: np.ndarray) -> None:
    found = last(occlusion(explainer, red, explainer.explain(red, classes=[0]), cells=4, reach=1))
    # How many of the 2 x 2 red cells the square around each cell covers.
    covered = np.outer([2, 2, 1, 0], [2, 2, 1, 0])
    np.testing.assert_allclose(found.maps[0], 20 * LEAD / 16 * covered, atol=1e-5)


def test_occlusion_of_cells_that_do_not_divide_the_image(explainer: Explainer, red: np.ndarray) -> None:
    found = last(occlusion(explainer, red, explainer.explain(red, classes=[0]), cells=3, reach=0))
    # Cells end at 11, 21 and 32; of the red square's 16 rows and columns they hold 11, 5 and none.
    pixels = np.outer([11, 5, 0], [11, 5, 0])
    np.testing.assert_allclose(found.maps[0], 20 * LEAD / SIZE**2 * pixels, atol=1e-5)


def test_ablation_takes_away_the_whole_channel(explainer: Explainer, red: np.ndarray) -> None:
    """Channel c is the evidence for colour c alone: without it, the logit falls to zero."""
    first = explainer.explain(red, classes=[0, 1])
    further = explainer.map_for_weights(first, np.stack([RED, GREEN, RED - GREEN, -RED]))
    found = last(ablation_cam(explainer, red, further, batch=2))
    reds = first.tensors["activations"][0, 0]
    logit = 20 * LEAD / 4
    np.testing.assert_allclose(
        found.maps, [logit * reds, 0 * reds, logit * reds, -logit * reds], rtol=1e-4, atol=1e-5
    )


def test_score_cam_weighs_the_image_seen_through_each_channel(explainer: Explainer, red: np.ndarray) -> None:
    first = explainer.explain(red, classes=[0])
    found = last(score_cam(explainer, red, first))
    # The red channel's map is 1 in its 4 first rows of 8. Enlarged with corners aligned, row y of 32 lies at
    # 7 y / 31 of them: the 16 red rows are seen at 1, but for the last two, at 4 - 98 / 31 and 4 - 105 / 31.
    rows = 14 + (4 - 98 / 31) + (4 - 105 / 31)
    logit = 20 * LEAD * (rows / SIZE) ** 2
    # The other two channels are zero: their masks are empty and their scores are 0.
    weight = np.exp(logit) / (np.exp(logit) + 2)
    np.testing.assert_allclose(found.maps[0], weight * first.tensors["activations"][0, 0], rtol=1e-3)


def test_rise_with_masks_of_one_cell(explainer: Explainer, red: np.ndarray) -> None:
    """Such masks show all or nothing, so that the score is all of the logit or zero."""
    first = explainer.explain(red, classes=[0])
    found = last(rise(explainer, red, first, masks=40, grid=1, shown=0.25, seed=3))
    random = np.random.Generator(np.random.PCG64(3))  # as `rise` makes it of its seed
    whole = sum(random_masks(random, 8, (SIZE, SIZE), 1, 0.25)[:, 0, 0].sum() for _ in range(5))
    assert 0 < whole < 40
    expected = whole * (1 - whole / 40) * first.logits[0] / (40 * 0.25)
    np.testing.assert_allclose(found.maps[0], np.full((SIZE, SIZE), expected), rtol=1e-4)


def test_rise_finds_what_speaks_for_and_against(explainer: Explainer, red: np.ndarray) -> None:
    first = explainer.map_for_weights(explainer.explain(red), np.stack([RED, -RED, GREEN]))
    found = last(rise(explainer, red, first, masks=1500, grid=4)).maps
    np.testing.assert_allclose(found[1], -found[0], atol=1e-5)
    np.testing.assert_allclose(found[2], 0, atol=1e-5)
    # Each of the 4 red cells gives a quarter of the logit, and p (1 - p) / p is the share of it that shows.
    inside, outside = found[0, 4:12, 4:12], found[0, 22:, 22:]
    assert 0.3 < inside.mean() / (0.5 * first.logits[0] / 4) < 1.2
    assert np.abs(outside).mean() < 0.15 * inside.mean()


def test_the_same_seed_gives_the_same_masks(explainer: Explainer, red: np.ndarray) -> None:
    first = explainer.explain(red, classes=[0])
    maps = [last(rise(explainer, red, first, masks=30, seed=seed)).maps for seed in (5, 5, 6)]
    np.testing.assert_array_equal(maps[0], maps[1])
    assert np.abs(maps[0] - maps[2]).max() > 0


@pytest.mark.parametrize("masks", [64, 320])
def test_rise_says_how_far_other_masks_would_lead(explainer: Explainer, red: np.ndarray, masks: int) -> None:
    """The estimate from two halves is the mean correlation of maps of several seeds."""
    first = explainer.explain(red, classes=[0])
    found = [last(rise(explainer, red, first, masks=masks, grid=5, seed=seed)) for seed in range(8)]
    actual = np.corrcoef([estimate.maps[0].ravel() for estimate in found])
    mean = actual[np.triu_indices(8, 1)].mean()
    estimated = np.mean([estimate.repeatability[0] for estimate in found])
    assert 0.1 < mean < 0.99
    assert abs(estimated - mean) < 0.1


def test_rise_notes_its_repeatability(explainer: Explainer, red: np.ndarray) -> None:
    explained = explainer.explain(red, method="rise")
    assert explained.repeatability is not None
    for correlation, noted in ((0.62, True), (0.97, False)):
        repeated = replace(explained, repeatability=np.full_like(explained.repeatability, correlation))
        words = " ".join(str(message) for message in repeated.map_notes())
        assert ("correlates with this one by about 0.62" in words) is noted
    assert explained.only(slice(0, 1)).repeatability.shape == (1,)
    gradients = explainer.with_method(explainer.explain(red), "grad-cam")
    assert gradients.repeatability is None


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_each_tells_how_far_it_is_and_can_be_left(
    explainer: Explainer, red: np.ndarray, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = explainer.explain(red, classes=[0, 2])
    estimates = PERTURBATIONS[name](explainer, red, first)
    begun = next(estimates)
    assert 0 < begun.done <= begun.total
    assert begun.maps.dtype == np.float32
    early = begun.maps.copy()
    done = [begun.done, *(estimate.done for estimate in estimates)]
    assert done == sorted(set(done))
    assert done[-1] == begun.total
    np.testing.assert_array_equal(begun.maps, early)  # later ones do not write into it
    left = PERTURBATIONS[name](explainer, red, first)
    next(left)
    monkeypatch.delattr(explainer, "_runs")  # nothing runs after this
    left.close()


def test_an_explanation_takes_the_maps_and_keeps_its_gradients(explainer: Explainer, red: np.ndarray) -> None:
    first = explainer.explain(red, classes=[0])
    found = with_maps(first, "occlusion", last(occlusion(explainer, red, first, cells=5)))
    assert (found.method, found.maps.shape) == ("occlusion", (1, 5, 5))
    np.testing.assert_array_equal(explainer.with_method(found, "grad-cam").maps, first.maps)


@pytest.mark.parametrize("size", [(SIZE, SIZE), (200, 300), (9, 7), (1, 1)])
def test_a_fitted_image_is_the_same_to_the_network(explainer: Explainer, size: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    fitted = resize_to_input(explainer, image)
    assert fitted.shape == (SIZE, SIZE, 3)
    np.testing.assert_array_equal(explainer.predict(fitted), explainer.predict(image))


@pytest.mark.parametrize("options", [{"cells": 0}, {"cells": SIZE + 1}, {"reach": -1}])
def test_impossible_cells_are_refused(explainer: Explainer, red: np.ndarray, options: dict) -> None:
    with pytest.raises(QuestionError, match="expected 1 to 32 cells and a reach of at least 0"):
        next(occlusion(explainer, red, explainer.explain(red), **options))


@pytest.mark.parametrize("options", [{"masks": 1}, {"grid": 0}, {"shown": 0.0}, {"shown": 1.0}])
def test_impossible_masks_are_refused(explainer: Explainer, red: np.ndarray, options: dict) -> None:
    with pytest.raises(QuestionError, match="expected at least 2 masks"):
        next(rise(explainer, red, explainer.explain(red), **options))


def test_activations_of_another_layout_cannot_be_ablated(
    colour_model: Path, red: np.ndarray, tmp_path: Path
) -> None:
    model = onnx.load(colour_model)
    (node,) = [node for node in model.graph.node if node.output == ["activations"]]
    node.CopyFrom(onnx.helper.make_node("Transpose", node.input, node.output, perm=[0, 1, 3, 2]))
    path = tmp_path / "turned.onnx"
    onnx.save(model, path)
    gradient_path(path).write_bytes(gradient_path(colour_model).read_bytes())
    turned = Explainer(path, ["CPUExecutionProvider"])
    with pytest.raises(ModelError, match=r"by Transpose, which Ablation-CAM cannot undo"):
        next(ablation_cam(turned, red, turned.explain(red)))


class Quarter:
    """No network at all: its one logit is the light in the upper left quarter."""

    card = Card(
        name="Quarter", classes=("light",), target_layer="", input_size=(6, 8), mean=(0, 0, 0), std=(1, 1, 1)
    )

    def logits(self, images: np.ndarray, /) -> np.ndarray:
        return images[:, :3, :4].mean(axis=(1, 2, 3), dtype=np.float32)[:, None] / 255


def test_anything_that_answers_can_be_covered(explainer: Explainer) -> None:
    """Cells default to one a pixel where there are fewer than fourteen."""
    white = np.full((6, 8, 3), 255, np.uint8)
    begun = replace(
        explainer.forward_only(white),
        logits=Quarter().logits(white[None])[0],
        score_weights=np.ones((1, 1), np.float32),
        tensors={},
    )
    found = last(occlusion(Quarter(), white, begun, reach=0))
    expected = np.zeros((6, 6))
    edges = np.round(np.arange(7) * 8 / 6)
    expected[:3] = np.diff(np.minimum(edges, 4)) / 12
    np.testing.assert_allclose(found.maps[0], expected, atol=1e-6)
    inside = last(rise(Quarter(), white, begun, masks=200)).maps[0]
    assert inside[:3, :4].mean() > 4 * abs(inside[3:, 4:].mean())
    with pytest.raises(QuestionError, match="no layer with a map"):
        last(score_cam(Quarter(), white, begun))
