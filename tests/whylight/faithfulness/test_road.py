"""ROAD and its imputation against pytorch-grad-cam's, and by hand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from pytorch_grad_cam.metrics.cam_mult_image import DropInConfidence, IncreaseInConfidence
from pytorch_grad_cam.metrics.road import NoisyLinearImputer, ROADCombined
from pytorch_grad_cam.utils.model_targets import ClassifierOutputSoftmaxTarget
from torch import nn

from tests.whylight.helpers.networks import CARD, CLASSES, SIZE, SmallNetwork, random_image, small_pair
from whylight.errors import QuestionError
from whylight.explainer import Explainer
from whylight.faithfulness import confidence_change, road
from whylight.faithfulness.linear_imputation import impute_linear, solve
from whylight.faithfulness.pixel_ranking import evidence_ranks
from whylight.pair.files import save_pair

MEAN = torch.tensor(CARD.mean)[:, None, None]
STD = torch.tensor(CARD.std)[:, None, None]


class Bytes(nn.Module):
    """The network behind an input of whole levels, as a forward graph has it."""

    def __init__(self) -> None:
        super().__init__()
        self.network = SmallNetwork()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        levels = torch.round((255 * (x * STD + MEAN)).clamp(0, 255))
        return self.network((levels / 255 - MEAN) / STD)


@pytest.fixture(scope="module")
def explainer(tmp_path_factory: pytest.TempPathFactory) -> Explainer:
    path = tmp_path_factory.mktemp("pair") / "small.onnx"
    save_pair(small_pair(), path)
    return Explainer(path, providers=["CPUExecutionProvider"])


def tensor(image: np.ndarray) -> torch.Tensor:
    return ((torch.from_numpy(image).permute(2, 0, 1) / 255 - MEAN) / STD)[None]


def smooth_map(seed: int) -> np.ndarray:
    """Without ties, from 0 to 1."""
    map_ = cv2.resize(np.random.default_rng(seed).random((4, 5), dtype=np.float32), SIZE[::-1])
    map_ += np.random.default_rng(seed + 1).random(SIZE, dtype=np.float32) * 1e-3
    return (map_ - map_.min()) / np.ptp(map_)


def test_road_is_the_oracles(explainer: Explainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the noise, which nobody draws alike; imputed levels may be rounded the other way."""
    monkeypatch.setattr(torch, "randn_like", torch.zeros_like)
    network, largest = Bytes(), 0.0
    for seed in range(4):
        image = cv2.resize(random_image(seed), SIZE[::-1])
        map_ = smooth_map(seed)
        for index in (0, 4):
            target = [ClassifierOutputSoftmaxTarget(index)]
            (expected,) = ROADCombined()(tensor(image), map_[None], target, network)
            assert road(explainer, image, map_, index, noise=0) == pytest.approx(expected, abs=2e-4)
            largest = max(largest, abs(float(expected)))
    assert largest > 1e-3  # there is something to compare


def test_drop_and_increase_are_the_oracles(explainer: Explainer) -> None:
    """The oracle's drop is the difference, the paper's and ours its share of the probability."""
    network = Bytes()
    increases = []
    for seed in range(4):
        image = cv2.resize(random_image(seed), SIZE[::-1])
        map_ = smooth_map(seed)
        probabilities = explainer.predict(image)
        for index in range(len(CLASSES)):
            target = [ClassifierOutputSoftmaxTarget(index)]
            drop, increase = confidence_change(explainer, image, map_, index)
            (fall,) = DropInConfidence()(tensor(image), map_[None], target, network)
            (rise,) = IncreaseInConfidence()(tensor(image), map_[None], target, network)
            assert drop == pytest.approx(fall / probabilities[index], abs=1e-4)
            assert increase == rise
            increases.append(increase)
    assert set(increases) == {0, 1}


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("strongest", [True, False])
def test_imputed_pixels_are_the_oracles(share: float, strongest: bool) -> None:
    image = cv2.resize(random_image(2), (112, 96))
    map_ = cv2.resize(np.random.default_rng(5).random((6, 7), dtype=np.float32), (112, 96))
    ranks = evidence_ranks(map_, (96, 112))
    kept = ranks < share * ranks.size if strongest else ranks >= (1 - share) * ranks.size
    planes = torch.from_numpy(image.astype(np.float32)).permute(2, 0, 1)
    expected = NoisyLinearImputer(noise=0)(planes, torch.from_numpy(kept.astype(np.float32)))
    found = solve(image, kept)
    np.testing.assert_array_equal(found[kept], image[kept])
    np.testing.assert_allclose(found, expected.permute(1, 2, 0).numpy(), atol=1)
    assert np.abs(found - expected.permute(1, 2, 0).numpy()).mean() < 0.25


def test_a_single_missing_pixel_is_the_weighted_mean_of_its_neighbours() -> None:
    image = np.zeros((5, 5, 3), np.uint8)
    image[1:4, 1:4, 0] = [[120, 60, 120], [60, 255, 60], [0, 60, 0]]
    kept = np.ones((5, 5), np.bool_)
    kept[2, 2] = False
    # Four direct neighbours of 60 at 1/6, two diagonal ones of 120 at 1/12.
    np.testing.assert_array_equal(impute_linear(image, kept)[2, 2], [60, 0, 0])
    # In the corner two direct neighbours and one diagonal: 1/6, 1/6 and 1/12, scaled up to 1.
    image[0, 1], image[1, 0], image[1, 1] = 100, 50, 200
    kept[0, 0] = False
    np.testing.assert_array_equal(impute_linear(image, kept)[0, 0], [100, 100, 100])


def test_noise_falls_on_imputed_pixels_only() -> None:
    image = np.full((9, 9, 3), 100, np.uint8)
    kept = np.ones((9, 9), np.bool_)
    kept[3:6, 3:6] = False
    found = impute_linear(image, kept, np.full((9, 9, 3), 7, np.float32))
    np.testing.assert_array_equal(found, np.where(kept, 100, 107)[..., None].repeat(3, axis=2))


def test_nothing_kept_becomes_grey(explainer: Explainer) -> None:
    image = random_image(0)
    assert (impute_linear(image, np.zeros(image.shape[:2], np.bool_)) == 128).all()


def test_impossible_questions_are_refused(explainer: Explainer) -> None:
    image, map_ = random_image(0), smooth_map(0)
    with pytest.raises(QuestionError, match="no class 6: the model has classes 0 to 5"):
        road(explainer, image, map_, 6)
    for percentiles in ([], [0], [50, 101]):
        with pytest.raises(QuestionError, match="above 0 and at most 100"):
            road(explainer, image, map_, 0, percentiles=percentiles)
