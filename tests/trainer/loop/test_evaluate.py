from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from trainer.data.batches import DatasetSlice, Normaliser
from trainer.data.cache import ImageCache
from trainer.data.statistics import Statistics
from trainer.loop.evaluate import Evaluation, classify
from trainer.progress.event import ProgressEvent


class BrightnessVote(nn.Module):
    """Logits [0, 1] for bright images, [1, 0] for dark ones, whatever the third class."""

    def forward(self, images: Tensor) -> Tensor:
        bright = (images.mean(dim=(1, 2, 3)) > 0.5).float()
        return torch.stack([1 - bright, bright, torch.zeros_like(bright)], dim=1)


def test_accuracy_and_loss_by_hand() -> None:
    # Labels: dark dark dark bright; said: dark, dark, bright, bright. Class 2 does not occur.
    pixels = np.zeros((4, 2, 2, 3), np.uint8)
    pixels[2:] = 255
    cache = ImageCache(pixels, ("a", "b", "c", "d"), {})
    part = DatasetSlice.of(cache, [("a", 0), ("b", 0), ("c", 0), ("d", 1)])
    seen: list[ProgressEvent] = []
    predictions = classify(
        BrightnessVote().train(),
        part,
        Normaliser.of(Statistics((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), torch.device("cpu")),
        batch_size=2,
        bfloat16=False,
        title="Measuring",
        on_progress=seen.append,
    )
    total = math.log(math.e + 2)
    assert predictions.predicted.tolist() == [0, 0, 1, 1]
    assert predictions.right.tolist() == [True, True, False, True]
    np.testing.assert_allclose(predictions.probabilities, math.e / (math.e + 2), rtol=1e-6)
    outcome = Evaluation.of(predictions)
    assert outcome.top1 == 0.75
    assert outcome.mean_per_class == pytest.approx((2 / 3 + 1) / 2)
    assert outcome.loss == pytest.approx((3 * (total - 1) + total) / 4)
    assert seen == [ProgressEvent("Measuring", 2, 4), ProgressEvent("Measuring", 4, 4)]
