"""The fit of the last layer, against scikit-learn's, and the features that it is given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from trainer.data.batches import Batch, Batches, Normaliser
from trainer.data.statistics import Statistics
from trainer.loop.head_fit import fit_head, read_features


def _clusters(classes: int = 4, dimensions: int = 12, count: int = 200) -> tuple[torch.Tensor, torch.Tensor]:
    """Overlapping clusters of features on very different scales, one of them constant."""
    draw = np.random.default_rng(3)
    labels = draw.integers(0, classes, count)
    centres = draw.standard_normal((classes, dimensions))
    features = (centres[labels] + draw.standard_normal((count, dimensions))) * np.logspace(-2, 2, dimensions)
    features[:, 5] = 7
    return torch.from_numpy(features).float(), torch.from_numpy(labels)


def test_the_fit_is_that_of_scikit_learn() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    features, labels = _clusters()
    l2 = 1e-2
    found = fit_head(features, labels, 4, l2=l2)
    scaler = preprocessing.StandardScaler().fit(features.double().numpy())
    # scikit-learn adds up the losses, so that C = 1 / (l2 n) is the same penalty per sample.
    oracle = linear_model.LogisticRegression(C=1 / (l2 * len(labels)), max_iter=10_000, tol=1e-10)
    oracle.fit(scaler.transform(features.double().numpy()), labels.numpy())
    expected = oracle.predict_proba(scaler.transform(features.double().numpy()))
    scores = (features @ found.weight.T + found.bias).softmax(1).numpy()
    np.testing.assert_allclose(scores, expected, atol=2e-3)
    assert found.right == pytest.approx(float((expected.argmax(1) == labels.numpy()).mean()), abs=0.011)
    assert found.loss == pytest.approx(
        float(-np.log(expected[np.arange(len(labels)), labels.numpy()]).mean()), abs=2e-3
    )


class _InMemory(Batches):
    """Images in memory."""

    __slots__ = ("labels", "pixels")

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels, self.labels = pixels, np.arange(len(pixels))

    def cut(self, places: np.ndarray) -> Batch:
        return torch.from_numpy(self.pixels[places]), torch.from_numpy(self.labels[places])


def test_features_are_what_the_last_layer_is_given_and_are_kept(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 5, 3), nn.Flatten(), nn.Linear(5 * 6 * 6, 3)).eval()
    head = network[2]
    pixels = np.random.default_rng(0).integers(0, 255, (37, 8, 8, 3), dtype=np.uint8)
    normalise = Normaliser.of(Statistics((0.5,) * 3, (0.25,) * 3), torch.device("cpu"))
    told: list[int] = []
    file = tmp_path / "features.npy"

    def read() -> torch.Tensor:
        return read_features(
            network, head, _InMemory(pixels), normalise, lambda event: told.append(event.done), file
        )

    found = read()
    with torch.no_grad():
        images = normalise(torch.from_numpy(pixels))
        expected = torch.cat([network[:2](images), network[:2](images.flip(3))])
    torch.testing.assert_close(found, expected)
    assert told[-1] == 2 * len(pixels)
    before = len(told)
    torch.testing.assert_close(read(), found)
    assert len(told) == before, "they were read from the file"
