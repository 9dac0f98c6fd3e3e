"""D-RISE and other methods without gradients for boxes, on a detector whose right places are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import whylight
from whylight.detection.boxes import Box
from whylight.errors import QuestionError
from whylight.perturbation import d_rise

torch = pytest.importorskip("torch")

from tests.whylight.helpers.detector_modules import SIZE, export  # noqa: E402

_CELL = 8
_CELLS = SIZE // _CELL
_BRIGHT = ((1, 2), (6, 5))
"""Rows and columns of the cells that are bright red in the image."""


class RedCells(torch.nn.Module):
    """Finds red and blue: a place's box is a cell of 8 x 8 pixels, its score depends on the cell alone."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = torch.nn.Conv2d(3, 2, _CELL, _CELL)
        with torch.no_grad():
            self.mean.weight.zero_()
            self.mean.weight[0, 0] = 1 / _CELL**2
            self.mean.weight[1, 2] = 1 / _CELL**2
            self.mean.bias.zero_()
        self.head = torch.nn.Conv2d(2, 2, 1)
        with torch.no_grad():
            self.head.weight.copy_(12 * torch.eye(2)[..., None, None])
            self.head.bias.fill_(-6)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return `[N, 4 + 2, 64]`: centres and sizes, and the answers for red and for blue."""
        scores = self.head(self.mean(images).relu()).flatten(2)
        down, across = torch.meshgrid(torch.arange(_CELLS), torch.arange(_CELLS), indexing="ij")
        centres = (torch.stack([across, down]).flatten(1).float() + 0.5) * _CELL
        boxes = torch.cat([centres, torch.full_like(centres, _CELL)])[None] + 0 * scores[:, :1]
        return torch.cat([boxes, scores.sigmoid()], 1)


@pytest.fixture(scope="module")
def explainer(tmp_path_factory: pytest.TempPathFactory) -> whylight.Explainer:
    """The adopted detector."""
    folder = tmp_path_factory.mktemp("red")
    path = export(RedCells(), folder / "red.onnx", None, {"names": "['red', 'blue']"})
    whylight.adopt(path, folder / "pair.onnx", preprocessing="unit")
    return whylight.Explainer(folder / "pair.onnx")


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    """A dark image with two red cells."""
    pixels = np.full((SIZE, SIZE, 3), 40, np.uint8)
    for row, column in _BRIGHT:
        pixels[row * _CELL : (row + 1) * _CELL, column * _CELL : (column + 1) * _CELL, 0] = 250
    return pixels


def _boxes(explainer: whylight.Explainer, image: np.ndarray) -> list[Box]:
    found = {box.place: box for box in explainer.find_boxes(image)}
    assert set(found) == {row * _CELLS + column for row, column in _BRIGHT}
    return [found[row * _CELLS + column] for row, column in _BRIGHT]


@pytest.mark.parametrize("method", ["d-rise", "rise", "occlusion"])
def test_maps_mark_the_boxs_own_cell_and_not_the_other(
    explainer: whylight.Explainer, image: np.ndarray, method: str
) -> None:
    boxes = _boxes(explainer, image)
    for number, (box, (row, column)) in enumerate(zip(boxes, _BRIGHT, strict=True)):
        map_ = explainer(image, target=box, method=method).map
        cells = map_.reshape(_CELLS, _CELL, _CELLS, _CELL).mean(axis=(1, 3))
        assert np.unravel_index(cells.argmax(), cells.shape) == (row, column)
        assert cells[_BRIGHT[1 - number]] < 0.5 * cells[row, column]
    together = explainer(image, target=boxes, method=method)
    assert len(together.maps) == 2
    assert together.explanation.method == method


def test_the_expected_map_is_that_of_one_cell(explainer: whylight.Explainer, image: np.ndarray) -> None:
    """The score of a cell follows its own mask alone: the map is the masks' covariance with that score."""
    from whylight.perturbation.random_masks import random_masks

    (box, _) = _boxes(explainer, image)
    explanation = explainer(image, target=box).explanation
    *_, last = d_rise(explainer, image, explanation, masks=200, seed=5)
    same = np.random.Generator(np.random.PCG64(5))  # `default_rng` is another one in `make test-portable`
    drawn = random_masks(same, 200, (SIZE, SIZE), 16, 0.5)
    (row, column) = _BRIGHT[0]
    rows, columns = (slice(each * _CELL, (each + 1) * _CELL) for each in (row, column))
    red, _, blue = np.rint(drawn[..., None] * image)[:, rows, columns].mean(axis=(1, 2)).T
    answers = 1 / (1 + np.exp(6 - 12 * np.stack([red, blue]) / 255))
    vector = np.array([box.score, 1 / (1 + np.exp(6 - 12 * 40 / 255))])
    cosine = vector @ answers / np.linalg.norm(vector) / np.linalg.norm(answers, axis=0)
    likeness = cosine * answers.max(axis=0)
    expected = np.einsum("n,nhw->hw", likeness - likeness.mean(), drawn) / (200 * 0.5)
    assert np.allclose(last.maps[0], expected, atol=1e-4)


def test_without_gradients_d_rise_is_the_default_of_a_detector(
    explainer: whylight.Explainer, image: np.ndarray, tmp_path: Path
) -> None:
    path = export(RedCells(), tmp_path / "red.onnx", None, {"names": "['red', 'blue']"})
    whylight.adopt(path, tmp_path / "pair.onnx", preprocessing="unit", without_gradients=True)
    alone = whylight.Explainer(tmp_path / "pair.onnx")
    assert alone.methods[0] == "d-rise"
    assert alone(image).explanation.method == "d-rise"
    assert explainer.methods[0] == "layercam"
    assert "d-rise" in explainer.methods


def test_what_does_not_fit_is_refused(explainer: whylight.Explainer, image: np.ndarray) -> None:
    classifier = whylight.Explainer("caltech")
    assert "d-rise" not in classifier.methods
    with pytest.raises(QuestionError, match="no detector"):
        classifier(image, method="d-rise")
    (box, _) = _boxes(explainer, image)
    with pytest.raises(QuestionError, match="d-rise"):
        explainer(image, target=box, method="ablation-cam")
    with pytest.raises(QuestionError, match="masks"):
        next(d_rise(explainer, image, explainer(image, target=box).explanation, masks=1))
