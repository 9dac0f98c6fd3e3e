"""Smoothed maps of boxes and regions, and classes of a detector asked without a box."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

import whylight
from tests.whylight.helpers.detectors import GRIDS, SIZE, detector
from tests.whylight.helpers.segmenters import segmenter
from whylight.box_questions import explain_boxes
from whylight.detection.boxes import Box
from whylight.drawing.heatmap import fuse
from whylight.errors import QuestionError


@pytest.fixture(scope="module")
def explainer(tmp_path_factory: pytest.TempPathFactory) -> whylight.Explainer:
    """A detector that sees a mirror image as it sees the image, but mirrored."""
    folder = tmp_path_factory.mktemp("smooth")
    onnx.save(_mirrored_alike(detector()), folder / "theirs.onnx")
    whylight.adopt(folder / "theirs.onnx", folder / "pair.onnx")
    return whylight.Explainer(folder / "pair.onnx")


def _mirrored_alike(model: onnx.ModelProto) -> onnx.ModelProto:
    """Make all kernels symmetrical, and the boxes of each place centred."""
    for tensor in model.graph.initializer:
        value = onnx.numpy_helper.to_array(tensor)
        if value.ndim == 4:
            value = (value + value[..., ::-1]) / 2
        head, _, kind = tensor.name.rpartition(".")
        if head in ("box0", "box1", "box2") and kind == "w":
            value = 0 * value
        if head in ("box0", "box1", "box2") and kind == "b":
            value = np.array([-30.0, -30.0, 2.0, 2.0], np.float32)  # no offset from the cell's middle
        tensor.CopyFrom(onnx.numpy_helper.from_array(np.ascontiguousarray(value), tensor.name))
    return model


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    """An image of noise."""
    return np.random.default_rng(3).integers(0, 256, (SIZE, SIZE, 3), np.uint8)


def test_a_smoothed_box_is_the_mean_over_mirror_images_and_contrasts(
    explainer: whylight.Explainer, image: np.ndarray
) -> None:
    row, column = 2, 5
    columns = GRIDS[0][1]
    box = Box(1, "dog", 0.5, (0, 0, 9, 9), row * columns + column)
    expected = np.zeros((SIZE, SIZE), np.float32)
    weights = np.eye(3, dtype=np.float32)[[1]]
    colour = np.array(explainer.card.mean, np.float32) * 255
    for mirrored in (False, True):
        seen = cv2.flip(image, 1) if mirrored else image
        place = row * columns + (columns - 1 - column if mirrored else column)
        for contrast in (0.9, 1.0, 1.1):
            altered = np.rint(np.clip((seen - colour) * np.float32(contrast) + colour, 0, 255))
            there = Box(1, "dog", 0.5, (0, 0, 9, 9), place)
            found = explain_boxes(explainer, altered.astype(np.uint8), [there], weights, "layercam")
            scaled = fuse([found.maps[0]], (SIZE, SIZE), [None])
            expected += (scaled[:, ::-1] if mirrored else scaled) / 6
    result = explainer(image, target=box, smooth=True)
    plain = explainer(image, target=box)
    assert np.allclose(result.maps[0], expected, atol=1e-5)
    assert not np.allclose(cv2.resize(plain.maps[0], (SIZE, SIZE)), expected, atol=1e-2)
    assert result.asked == (box,)


def test_other_questions_about_a_box_are_not_smoothed(
    explainer: whylight.Explainer, image: np.ndarray
) -> None:
    with pytest.raises(QuestionError, match="smoothed"):
        explainer(image, target=Box(1, "dog", 0.5, (0, 0, 9, 9), 3), question="position", smooth=True)
    with pytest.raises(QuestionError, match="explain the image again"):
        explainer(image, target=Box(1, "dog", 0.5, (0, 0, 9, 9), 3), method="occlusion", smooth=True)


def test_a_class_without_a_box_is_spread_as_its_best_box_is(
    explainer: whylight.Explainer, image: np.ndarray
) -> None:
    explanation = explainer.forward_only(image, top=1)
    place = int(explanation.tensors["place_scores"][0][2].argmax())
    of_class = explainer(image, target="bird")
    of_box = explainer(image, target=Box(2, "bird", 0.5, (0, 0, 9, 9), place))
    assert of_class.maps.shape == of_box.maps.shape
    assert np.allclose(of_class.maps, of_box.maps, atol=1e-6)
    assert of_class.questions == ("why bird?",)


def test_the_region_of_a_segmenter_is_mirrored_with_the_image(tmp_path: Path) -> None:
    onnx.save(segmenter("logits"), tmp_path / "theirs.onnx")
    whylight.adopt(tmp_path / "theirs.onnx", tmp_path / "pair.onnx", preprocessing="unit")
    explainer = whylight.Explainer(tmp_path / "pair.onnx")
    height, width = explainer.card.input_size
    image = np.random.default_rng(4).integers(0, 256, (height, width, 3), np.uint8)
    region = np.zeros((height, width), bool)
    region[4:16, 2:14] = True
    found = explainer(image, target=1, region=region, smooth=True).maps[0]
    other = explainer(cv2.flip(image, 1), target=1, region=region[:, ::-1], smooth=True).maps[0]
    assert np.allclose(found, other[:, ::-1], atol=1e-4)
    whole = explainer(image, target=1, smooth=True).maps[0]
    assert not np.allclose(found, whole, atol=1e-2)
