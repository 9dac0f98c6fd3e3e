"""Each method against numbers worked out by hand, and against pytorch-grad-cam on random tensors."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.base_cam import BaseCAM

from explain.methods import METHODS

ACTIVATIONS = np.array([[[1, 2], [3, 4]], [[0, 1], [0, -1]]], np.float32)  # [C=2, h=2, w=2]
GRADIENTS = np.array(
    [
        [[[4, 0], [0, 0]], [[2, 2], [2, 2]]],  # means 1 and 2
        [[[-1, -1], [-1, -1]], [[8, -8], [4, 0]]],  # means -1 and 1
    ],
    np.float32,
)  # [M=2, C=2, h=2, w=2]


def test_grad_cam_by_hand() -> None:
    maps = METHODS["grad-cam"](ACTIVATIONS, GRADIENTS)
    assert maps.dtype == np.float32
    np.testing.assert_array_equal(maps, [[[1, 4], [3, 2]], [[-1, -1], [-3, -5]]])


def test_grad_cam_is_the_oracles() -> None:
    random = np.random.default_rng(0)
    activations = random.standard_normal((64, 7, 9)).astype(np.float32)
    gradients = random.standard_normal((5, 64, 7, 9)).astype(np.float32)
    # The oracle's own code, without the network that its constructor hooks.
    oracle = SimpleNamespace(get_cam_weights=lambda *given: GradCAM.get_cam_weights(None, *given))
    expected = BaseCAM.get_cam_image(oracle, None, None, None, activations[None], gradients)
    np.testing.assert_allclose(METHODS["grad-cam"](activations, gradients), expected, atol=1e-5)


def test_no_scores_give_no_maps() -> None:
    assert METHODS["grad-cam"](ACTIVATIONS, GRADIENTS[:0]).shape == (0, 2, 2)
