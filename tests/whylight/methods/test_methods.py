"""Each method against numbers worked out by hand, and against pytorch-grad-cam on random tensors."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from pytorch_grad_cam.base_cam import BaseCAM
from pytorch_grad_cam.utils.image import scale_cam_image

from tests.whylight.helpers.cam_oracles import OF_ARBITRARY_SIGN, ORACLES
from whylight.drawing.heatmap import normalize_map
from whylight.methods import METHODS, methods_of_gradients
from whylight.methods.eigen import first_projections

ACTIVATIONS = np.array([[[1, 2], [3, 4]], [[0, 1], [0, -1]]], np.float32)  # [C=2, h=2, w=2]
GRADIENTS = np.array(
    [
        [[[4, 0], [0, 0]], [[2, 2], [2, 2]]],  # means 1 and 2
        [[[-1, -1], [-1, -1]], [[8, -8], [4, 0]]],  # means -1 and 1
    ],
    np.float32,
)  # [M=2, C=2, h=2, w=2]


def random_tensors(seed: int, channels: int = 64, scores: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Activations as a network has them, some patterns and noise, and gradients of both signs."""
    random = np.random.default_rng(seed)
    patterns = np.einsum("cp,phw->chw", random.random((channels, 3)), random.standard_normal((3, 7, 9)))
    activations = np.maximum(patterns + 0.3 * random.standard_normal(patterns.shape), 0)
    gradients = random.standard_normal((scores, channels, 1, 1)) + random.standard_normal(
        (scores, channels, 7, 9)
    )
    return activations.astype(np.float32), gradients.astype(np.float32)


def oracle_maps(name: str, activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """The oracle's own code, without the network that its constructor hooks."""
    oracle = ORACLES[name]
    repeated = np.repeat(activations[None], len(gradients), axis=0)
    bare = SimpleNamespace(get_cam_weights=lambda *given: oracle.get_cam_weights(None, *given))
    return oracle.get_cam_image(bare, None, None, None, repeated, gradients, False)


def oracle_scaled(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """What pytorch-grad-cam makes of maps: ReLU, scaling, and the aggregation over one layer."""
    scaled = scale_cam_image(np.maximum(maps, 0), size[::-1])
    return BaseCAM.aggregate_multi_layers(None, [scaled[:, None]])


def test_a_denominator_of_grad_cam_plus_plus_that_vanishes_makes_no_hole_in_the_map():
    """At G = -2^-11, 2 G^2 + G^3 A + 1e-6 is zero in float32 for this A."""
    excess = np.float32(1e-6) * np.float32(2**22)
    activations = np.array([[[(np.float32(2) + excess) * np.float32(2**11), 0]]], np.float32)
    gradients = np.array([[[[-(2.0**-11), 2.0**-11]]]], np.float32)
    with np.errstate(all="raise"):
        maps = METHODS["grad-cam++"](activations, gradients)
    assert np.isfinite(maps).all()
    assert maps[0, 0, 0] > 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("grad-cam", [[[1, 4], [3, 2]], [[-1, -1], [-3, -5]]]),
        ("hirescam", [[[4, 2], [0, -2]], [[-1, -10], [-3, -4]]]),
        ("elementwise-grad-cam", [[[4, 2], [0, 0]], [[0, 0], [0, 0]]]),
        ("layercam", [[[4, 2], [0, -2]], [[0, 0], [0, 0]]]),
        # Score 0, channel 0: 4 * 1 / 10 = 0.4. Channel 1: its activations sum to 0, and so do the products;
        # 1e-7 in the denominator makes 0 of them. Score 1: -10 / 10 = -1 and -8 / 1e-7.
        ("xgrad-cam", [[[0.4, 0.8], [1.2, 1.6]], [[-1, -8e7], [-3, 8e7]]]),
        # Score 0, channel 0: 16 / (32 + 10 * 64) * 4 = 2 / 21; channel 1: 4 * 4 / 8 * 2 = 4.
        # Score 1, channel 0 has no positive gradient; channel 1: 1 / 2 * 8 + 1 / 2 * 4 = 6.
        (
            "grad-cam++",
            [[[2 / 21, 4 / 21 + 4], [6 / 21, 8 / 21 - 4]], [[0, 6], [0, -6]]],
        ),
    ],
)
def test_by_hand(name: str, expected: list) -> None:
    maps = METHODS[name](ACTIVATIONS, GRADIENTS)
    assert maps.dtype == np.float32
    np.testing.assert_allclose(maps, expected, rtol=1e-5, atol=2e-6)


def test_eigencam_by_hand() -> None:
    """Two channels that vary along (3, 4) over the places: each place's distance along that axis."""
    distances = np.array([[-2, -1], [0, 3]], np.float32)
    activations = np.array([3, 4], np.float32)[:, None, None] / 5 * distances + 7
    for sign in (1, -1):
        gradients = np.full((1, 2, 2, 2), sign, np.float32)
        maps = METHODS["eigencam"](activations, gradients)
        # The weighted map is 14 plus 1.4 distances: where it is positive, the distances' largest counts.
        np.testing.assert_allclose(maps, [distances * sign], atol=1e-5)


@pytest.mark.parametrize("name", methods_of_gradients())
def test_scaled_maps_are_the_oracles(name: str) -> None:
    for seed in range(10):
        tensors = random_tensors(seed)
        expected = oracle_maps(name, *tensors)
        found = METHODS[name](*tensors)
        assert found.dtype == np.float32
        if name in OF_ARBITRARY_SIGN:
            expected *= np.sign((expected * found).sum(axis=(1, 2), keepdims=True))
        for map_, oracle in zip(found, oracle_scaled(expected, (28, 36)), strict=True):
            np.testing.assert_allclose(normalize_map(map_, (28, 36)), oracle, atol=1e-4)


@pytest.mark.parametrize("name", sorted(OF_ARBITRARY_SIGN))
def test_eigen_maps_agree_with_the_evidence(name: str) -> None:
    signed = {"eigencam": METHODS["grad-cam"], "eigen-gradcam": METHODS["hirescam"]}[name]
    for seed in range(10):
        tensors = random_tensors(seed)
        assert ((METHODS[name](*tensors) * np.maximum(signed(*tensors), 0)).sum(axis=(1, 2)) >= 0).all()


@pytest.mark.parametrize(("channels", "size"), [(1, (5, 4)), (3, (1, 2)), (40, (3, 3)), (300, (14, 14))])
def test_projections_are_those_of_a_full_decomposition(channels: int, size: tuple[int, int]) -> None:
    """Of pure noise, whose singular values lie as close together as any network's."""
    features = np.random.default_rng(3).standard_normal((2, channels, *size)).astype(np.float32)
    for found, matrix in zip(first_projections(features), features.reshape(2, channels, -1), strict=True):
        centred = matrix.T.astype(np.float64) - matrix.T.mean(axis=0, dtype=np.float64)
        left, values, _ = np.linalg.svd(centred, full_matrices=False)
        expected = (left[:, 0] * values[0]).reshape(size)
        expected *= np.sign((expected * found).sum())
        np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("name", methods_of_gradients())
def test_nothing_gives_nothing(name: str) -> None:
    method = METHODS[name]
    assert method(ACTIVATIONS, GRADIENTS[:0]).shape == (0, 2, 2)
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(method(ACTIVATIONS * 0, GRADIENTS * 0), np.zeros((2, 2, 2)))
        assert np.isfinite(method(ACTIVATIONS, GRADIENTS * 0)).all()


@pytest.mark.parametrize("name", methods_of_gradients())
def test_scores_do_not_meet(name: str) -> None:
    """A score's map is the same alone and among others, and its tensors are left as they were."""
    activations, gradients = random_tensors(20)
    before = activations.copy(), gradients.copy()
    together = METHODS[name](activations, gradients)
    alone = np.concatenate([METHODS[name](activations, gradients[m : m + 1]) for m in range(len(gradients))])
    np.testing.assert_allclose(together, alone, atol=1e-5 * np.abs(alone).max())
    np.testing.assert_array_equal(activations, before[0])
    np.testing.assert_array_equal(gradients, before[1])
