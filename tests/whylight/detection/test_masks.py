"""Masks of boxes: where they lie, and why."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

import whylight
from whylight.box_questions import box_at
from whylight.detection.boxes import Box
from whylight.drawing.boxes import draw_boxes
from whylight.errors import QuestionError
from whylight.pair.card import Card

torch = pytest.importorskip("torch")

from tests.whylight.helpers.detector_modules import SIZE, YoloSegment, YoloV5, export  # noqa: E402

_NAMES = {"task": "segment", "stride": "32", "names": "['cat', 'dog', 'bird']"}
_CELL = SIZE // 16


@pytest.fixture(scope="module", params=[False, True], ids=["v8", "v5"])
def module(request: pytest.FixtureRequest) -> YoloSegment:
    """A detector of masks."""
    torch.manual_seed(4)
    return YoloSegment(objectness=request.param)


@pytest.fixture(scope="module")
def explainer(module: YoloSegment, tmp_path_factory: pytest.TempPathFactory) -> whylight.Explainer:
    """The pair adopted from it."""
    folder = tmp_path_factory.mktemp("masks")
    whylight.adopt(export(module, folder / "segment.onnx", None, _NAMES), folder / "pair.onnx")
    return whylight.Explainer(folder / "pair.onnx")


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    """An image of noise, of the input's size."""
    return np.random.default_rng(3).integers(0, 256, (SIZE, SIZE, 3), np.uint8)


def _images(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image.transpose(2, 0, 1)[None].astype(np.float64) / 255)


def _boxes(explainer: whylight.Explainer, image: np.ndarray) -> list[Box]:
    explanation = explainer.forward_only(image, top=1)
    return [box_at(explanation, explainer.card, 1, place) for place in (3, 27, 70, 83)]


def _in_box(box: Box) -> np.ndarray:
    """Cells of the prototypes that a box touches."""
    inside = np.zeros((16, 16), bool)
    left, top, right, bottom = box.corners
    cells = [int(np.floor(left / _CELL)), int(np.floor(top / _CELL))]
    ends = [int(np.ceil(right / _CELL)), int(np.ceil(bottom / _CELL))]
    inside[cells[1] : ends[1], cells[0] : ends[0]] = True
    return inside


def test_masks_are_recognised(explainer: whylight.Explainer) -> None:
    card = explainer.card
    assert card.classes == ("cat", "dog", "bird")
    assert card.detector is not None
    assert card.detector.masks == (8, 16, 16)
    assert Card.from_json(card.to_json()) == card


def test_a_mask_is_the_prototypes_interpolated_and_cropped(
    explainer: whylight.Explainer, module: YoloSegment, image: np.ndarray
) -> None:
    with torch.no_grad():
        logits = deepcopy(module).double().masks(_images(image))
        large = torch.nn.functional.interpolate(logits[None], (SIZE, SIZE), mode="bilinear")[0].numpy()
    sizes = []
    for box in _boxes(explainer, image):
        left, top, right, bottom = box.corners
        middles = np.arange(SIZE) + 0.5
        rows = (middles >= top) & (middles < bottom)
        columns = (middles >= left) & (middles < right)
        expected = (large[box.place] > 0) & rows[:, None] & columns
        assert box.mask is not None
        # Where a logit is nearly zero its sign is rounding's.
        clear = np.abs(large[box.place]) > 1e-4
        assert np.array_equal(box.mask & clear, expected & clear)
        sizes.append(int(expected.sum()) / max(int((rows[:, None] & columns).sum()), 1))
    assert any(0 < size < 1 for size in sizes), "no mask has an edge"


def test_masks_undo_the_letterbox(explainer: whylight.Explainer) -> None:
    """The mask of a wide image is that of its letterboxed input, enlarged."""
    wide = np.random.default_rng(8).integers(0, 256, (2 * SIZE, 4 * SIZE, 3), np.uint8)
    assert explainer.card.input is not None
    assert explainer.card.input.geometry == "letterbox"
    seen = explainer.prepare(wide)
    of_inputs = explainer.of_inputs
    for place in (27, 70):
        box = box_at(explainer.forward_only(wide, top=1), explainer.card, 0, place)
        small = box_at(of_inputs.forward_only(seen, top=1), explainer.card, 0, place)
        assert box.mask is not None
        assert small.mask is not None
        shown = small.mask[SIZE // 4 : 3 * SIZE // 4].repeat(4, axis=0).repeat(4, axis=1)
        assert shown.any()
        assert (shown & box.mask).sum() > 0.8 * (shown | box.mask).sum()


def test_the_gradient_of_a_mask_is_autograds(
    explainer: whylight.Explainer, module: YoloSegment, image: np.ndarray
) -> None:
    kept = {}

    def keep(_: object, __: object, out: torch.Tensor) -> torch.Tensor:
        kept["map"] = out
        return out.clone()

    assert explainer.layer
    real = deepcopy(module).double()
    real.stem[0].register_forward_hook(keep)
    logits = real.masks(_images(image).requires_grad_())
    at = explainer.with_layer(next(each.name for each in explainer.layers() if each.op_type == "Conv"))
    for box in _boxes(explainer, image):
        positive = logits[box.place].detach().numpy() > 0
        cells = _in_box(box) & positive
        cells = torch.from_numpy(cells if cells.any() else _in_box(box))
        (expected,) = torch.autograd.grad(logits[box.place][cells].mean(), kept["map"], retain_graph=True)
        result = at(image, target=box, question="mask")
        found = result.explanation.gradients
        assert found is not None
        largest = float(expected.abs().max())
        assert largest > 0
        assert np.abs(found - expected.numpy()).max() < 1e-4 * largest
        assert result.questions == (f"why is this the mask of dog at {box.position}?",)


def test_a_spot_of_a_mask_and_what_speaks_against_it(
    explainer: whylight.Explainer, module: YoloSegment, image: np.ndarray
) -> None:
    box = _boxes(explainer, image)[1]
    spot = (box.corners[0] + 1, box.corners[1] + 1)
    at = explainer(image, target=box, question="mask", region=spot, method="hirescam")
    mask = np.zeros(image.shape[:2], bool)
    row, column = (int(each // _CELL) * _CELL for each in (spot[1], spot[0]))
    mask[row : row + _CELL, column : column + _CELL] = True
    same = explainer(image, target=box, question="mask", region=mask, method="hirescam")
    assert np.allclose(at.maps, same.maps)
    against = explainer(image, target=box, question="mask", region=spot, method="hirescam", against=True)
    assert np.allclose(at.maps, -against.maps)
    whole = explainer(image, target=box, question="mask", method="hirescam")
    assert not np.allclose(at.maps, whole.maps)


def test_questions_about_masks_that_cannot_be_asked_are_refused(
    explainer: whylight.Explainer, image: np.ndarray, tmp_path: Path
) -> None:
    box = _boxes(explainer, image)[0]
    with pytest.raises(QuestionError, match="with the question 'mask'"):
        explainer(image, target=box, region=(3, 3))
    with pytest.raises(QuestionError, match="no other class"):
        explainer(image, target=box, question="mask", rather_than=2)
    with pytest.raises(QuestionError, match="explain the image again"):
        explainer(image, target=box, question="mask", method="d-rise")
    torch.manual_seed(2)
    whylight.adopt(export(YoloV5(), tmp_path / "boxes.onnx", None, _NAMES), tmp_path / "boxes.pair.onnx")
    plain = whylight.Explainer(tmp_path / "boxes.pair.onnx")
    other = plain.box_at(image, "dog", (20, 20))
    assert other.mask is None
    with pytest.raises(QuestionError, match="without masks"):
        plain(image, target=other, question="mask")


def test_a_pair_without_gradients_has_masks_as_well(
    module: YoloSegment, explainer: whylight.Explainer, image: np.ndarray, tmp_path: Path
) -> None:
    file = export(module, tmp_path / "segment.onnx", None, _NAMES)
    whylight.adopt(file, tmp_path / "pair.onnx", without_gradients=True)
    plain = whylight.Explainer(tmp_path / "pair.onnx")
    assert {"mask_parts"} <= {value.name for value in onnx.load(tmp_path / "pair.onnx").graph.output}
    for box, other in zip(_boxes(plain, image), _boxes(explainer, image), strict=True):
        assert box.mask is not None
        assert other.mask is not None
        assert (box.mask == other.mask).mean() > 0.99
    with pytest.raises(QuestionError):
        plain(image, target=_boxes(plain, image)[0], question="mask")


def test_outlines_hold_the_mask(explainer: whylight.Explainer, image: np.ndarray) -> None:
    masked = [box for box in _boxes(explainer, image) if box.mask is not None and box.mask.sum() > 50]
    assert masked
    for box in masked:
        filled = np.zeros(image.shape[:2], np.uint8)
        cv2.fillPoly(filled, [np.round(each - 0.5).astype(np.int32) for each in box.mask_outline()], 1)
        # To a pixel, but for specks: outlines go through the middles of samples, which are not the pixels'.
        mask, near = box.mask.astype(np.uint8), np.ones((3, 3), np.uint8)
        outside, missing = filled > cv2.dilate(mask, near), cv2.erode(mask, near) > filled
        assert outside.sum() + missing.sum() < 0.02 * mask.sum()


def test_the_outline_is_drawn_with_the_box(explainer: whylight.Explainer, image: np.ndarray) -> None:
    box = next(box for box in _boxes(explainer, image) if box.mask is not None and box.mask.sum() > 50)
    grey = np.full((3 * SIZE, 3 * SIZE, 3), 128, np.uint8)
    size = (SIZE, SIZE)
    drawn = draw_boxes(grey, [box], size)
    plain = draw_boxes(grey, [replace(box, mask_logits=None)], size)
    changed = (drawn != plain).any(axis=2)
    assert changed.any()
    for polygon in box.mask_outline():
        columns, rows = np.round(polygon * 3 - 0.5).astype(int).T
        assert (drawn[rows, columns] == 255).all()
