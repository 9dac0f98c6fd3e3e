"""Scaling, colours and overlay, pixel for pixel against pytorch-grad-cam."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from pytorch_grad_cam.base_cam import BaseCAM
from pytorch_grad_cam.utils.image import scale_cam_image, show_cam_on_image

from whylight.drawing.heatmap import (
    COLOUR_MAPS,
    apply_colormap,
    draw_panels,
    fuse,
    max_evidence,
    normalize_map,
    overlay,
    panels_strip,
    scale_by,
)
from whylight.errors import QuestionError

SIZES = [(28, 28), (240, 300), (97, 31), (1, 1), (5, 640)]


def random_map(seed: int, shape: tuple[int, int] = (28, 28), scale: float = 1.0) -> np.ndarray:
    return (scale * np.random.default_rng(seed).standard_normal(shape)).astype(np.float32)


def random_image(seed: int, size: tuple[int, int] = (61, 83), largest: int = 255) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, largest + 1, (*size, 3), dtype=np.uint8)


def oracle_scaled(map_: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """What `BaseCAM.forward` does with one map: ReLU and scaling, then the aggregation over its one layer."""
    scaled = scale_cam_image(np.maximum(map_[None], 0), size[::-1])
    return BaseCAM.aggregate_multi_layers(None, [scaled[:, None, :]])[0]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e4])
def test_scaling_is_the_oracles(size: tuple[int, int], scale: float) -> None:
    for seed in range(5):
        scaled = normalize_map(random_map(seed, scale=scale), size)
        assert scaled.dtype == np.float32
        np.testing.assert_array_equal(scaled, oracle_scaled(random_map(seed, scale=scale), size))


def test_scaling_without_a_size_keeps_the_maps_own() -> None:
    map_ = np.array([[-3.0, 0.0], [1.0, 4.0]], np.float32)
    np.testing.assert_allclose(normalize_map(map_), [[0, 0], [0.25, 1]], atol=1e-6)


@pytest.mark.parametrize("value", [-2.0, 0.0, 3.0])
def test_a_constant_map_becomes_zeros(value: float) -> None:
    with np.errstate(all="raise"):
        scaled = normalize_map(np.full((7, 7), value, np.float32), (20, 30))
    np.testing.assert_array_equal(scaled, np.zeros((20, 30)))


def test_scaling_leaves_its_argument_alone() -> None:
    map_ = random_map(1)
    before = map_.copy()
    normalize_map(map_, (50, 50))
    np.testing.assert_array_equal(map_, before)


@pytest.mark.parametrize("opacity", [0.0, 0.3, 0.5, 0.85, 1.0])
@pytest.mark.parametrize("largest", [255, 90])
def test_the_overlay_is_the_oracles(opacity: float, largest: int) -> None:
    image = random_image(4, largest=largest)
    scaled = normalize_map(random_map(5), image.shape[:2])
    expected = show_cam_on_image(np.float32(image) / 255, scaled, use_rgb=True, image_weight=1 - opacity)
    np.testing.assert_array_equal(overlay(image, apply_colormap(scaled), opacity), expected)


@pytest.mark.parametrize("name", sorted(COLOUR_MAPS))
def test_every_colour_map_is_opencvs_in_rgb(name: str) -> None:
    scaled = normalize_map(random_map(6), (40, 50))
    expected = cv2.applyColorMap(np.uint8(255 * scaled), COLOUR_MAPS[name])[..., ::-1]
    np.testing.assert_array_equal(apply_colormap(scaled, name), expected)


def test_jet_runs_from_blue_to_red() -> None:
    ends = apply_colormap(np.array([[0.0, 1.0]], np.float32))
    assert ends.tolist() == [[[0, 0, 128], [128, 0, 0]]]


def test_black_under_nothing_stays_black() -> None:
    black = np.zeros((4, 5, 3), np.uint8)
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(overlay(black, black, 0.5), black)


def test_panels_belong_together() -> None:
    image, map_ = random_image(8), random_map(9, (7, 7))
    panels = draw_panels(image, map_, opacity=0.4, colour_map="viridis")
    scaled = oracle_scaled(map_, image.shape[:2])
    expected = show_cam_on_image(
        np.float32(image) / 255, scaled, use_rgb=True, colormap=cv2.COLORMAP_VIRIDIS, image_weight=0.6
    )
    np.testing.assert_array_equal(panels.image, image)
    np.testing.assert_array_equal(panels.heatmap, apply_colormap(scaled, "viridis"))
    np.testing.assert_array_equal(panels.overlay, expected)


def test_the_strip_shows_them_side_by_side() -> None:
    panels = draw_panels(random_image(8), random_map(9))
    strip = panels_strip(panels, gap=5)
    assert strip.shape == (61, 3 * 83 + 10, 3)
    np.testing.assert_array_equal(strip[:, :83], panels.image)
    np.testing.assert_array_equal(strip[:, 88:171], panels.heatmap)
    np.testing.assert_array_equal(strip[:, 176:], panels.overlay)
    assert (strip[:, 83:88] == 255).all()


def test_unknown_colours_and_impossible_opacities_are_refused() -> None:
    with pytest.raises(QuestionError, match="no colour map 'rainbow'; known are jet, turbo"):
        apply_colormap(np.zeros((2, 2), np.float32), "rainbow")
    with pytest.raises(QuestionError, match=r"the opacity is 1\.5; it must lie between 0 and 1"):
        overlay(random_image(1), random_image(2), 1.5)


def test_fused_maps_are_the_oracles_aggregated_layers() -> None:
    maps = [random_map(1, (28, 28)), random_map(2, (14, 14), 100.0), random_map(3, (7, 9), 1e-3)]
    layers = [scale_cam_image(np.maximum(map_[None], 0), (83, 61))[:, None] for map_ in maps]
    expected = BaseCAM.aggregate_multi_layers(None, layers)[0]
    np.testing.assert_allclose(fuse(maps, (61, 83)), expected, atol=1e-6)


def test_maps_of_one_size_are_fused_at_it_and_others_need_one() -> None:
    one, other = np.array([[0, 4.0]], np.float32), np.array([[10, -3.0]], np.float32)
    np.testing.assert_allclose(fuse([one, other, one]), [[0, 1]], atol=1e-6)
    with pytest.raises(QuestionError, match="a size where theirs differ"):
        fuse([one, other.T])
    with pytest.raises(QuestionError, match="0 maps"):
        fuse([])


def test_a_ceiling_is_the_strongest_evidence_of_all() -> None:
    assert max_evidence([np.array([[8, -2.0]], np.float32), np.array([[3.0]], np.float32)]) == 8
    assert max_evidence([np.array([[-1.0]], np.float32)]) == max_evidence([]) == 0


def test_panels_on_a_common_scale_show_weak_evidence_weakly() -> None:
    image, map_ = np.zeros((1, 2, 3), np.uint8), np.array([[0, 1]], np.float32)
    by_itself = draw_panels(image, map_, colour_map="viridis").heatmap
    common = draw_panels(image, map_, colour_map="viridis", strongest=2).heatmap
    np.testing.assert_array_equal(by_itself, apply_colormap(normalize_map(map_), "viridis"))
    np.testing.assert_array_equal(common, apply_colormap(map_ / 2, "viridis"))


def test_a_given_scale_ends_where_it_is_told() -> None:
    map_ = np.array([[-1, 1], [2, 8]], np.float32)
    np.testing.assert_array_equal(scale_by(map_, 4), [[0, 0.25], [0.5, 1]])
    np.testing.assert_array_equal(scale_by(map_, 0, (3, 5)), np.zeros((3, 5)))
    # Resized as every other map: cv2's bilinear, between pixel centres.
    np.testing.assert_allclose(scale_by(map_[:1], 2, (1, 4)), [[0, 0.125, 0.375, 0.5]])


def test_a_strong_map_on_the_common_scale_looks_as_by_itself() -> None:
    map_ = np.maximum(random_map(3), 0)
    np.testing.assert_allclose(scale_by(map_, float(map_.max())), normalize_map(map_), atol=1e-6)
