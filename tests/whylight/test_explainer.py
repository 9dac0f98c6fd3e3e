"""The engine's answers against PyTorch and pytorch-grad-cam, and its refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.image import show_cam_on_image
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torchvision.transforms import v2 as transforms

from tests.whylight.helpers.cam_oracles import OF_ARBITRARY_SIGN, ORACLES
from tests.whylight.helpers.networks import CARD, CLASSES, SIZE, SmallNetwork, random_image, small_pair
from whylight import Explainer, Explanation
from whylight.drawing.heatmap import draw_panels, normalize_map
from whylight.errors import CardError, ImageError, ModelError, QuestionError
from whylight.images.encode import write_image
from whylight.methods import methods_of_gradients
from whylight.methods.channel_weights import grad_cam
from whylight.pair.files import load_pair, save_pair
from whylight.pair.metadata import gradient_path
from whylight.score_weights import class_weights, contrast_weights, counter_weights


@pytest.fixture(scope="module")
def explainer(small_model: Path) -> Explainer:
    return Explainer(small_model, providers=["CPUExecutionProvider"])


def _tensor(image: np.ndarray) -> torch.Tensor:
    steps = [
        transforms.Resize(list(SIZE), antialias=True),
        transforms.ToImage(),
        transforms.ToDtype(torch.float32, scale=True),
        transforms.Normalize(list(CARD.mean), list(CARD.std)),
    ]
    return transforms.Compose(steps)(Image.fromarray(image))[None]


def test_probabilities_equal_torchvision_and_pytorch(explainer: Explainer) -> None:
    image = random_image()
    expected = SmallNetwork()(_tensor(image)).softmax(1)[0].detach().numpy()
    # The resize rounds to whole levels, and may round a few pixels the other way than Pillow.
    np.testing.assert_allclose(explainer.predict(image), expected, atol=5e-3)
    np.testing.assert_allclose(explainer.explain(image).probabilities, expected, atol=5e-3)


def test_maps_and_panels_equal_pytorch_grad_cam(explainer: Explainer) -> None:
    image = cv2.resize(random_image(), SIZE[::-1])  # of the network's size: no resize in the way
    network, tensor = SmallNetwork(), _tensor(image)
    found = explainer.explain(image, classes=range(len(CLASSES)))
    with GradCAM(network, [network.conv2]) as cam:
        for index in range(len(CLASSES)):
            (expected,) = cam(tensor, [ClassifierOutputTarget(index)])
            scaled = normalize_map(found.maps[index], image.shape[:2])
            np.testing.assert_allclose(scaled, expected, atol=1e-4)
            # Of the same map: 1e-4 may be a step of the colours, which are twice as far apart as this allows.
            overlay = show_cam_on_image(image / np.float32(255), scaled, use_rgb=True)
            drawn = draw_panels(image, found.maps[index]).overlay
            assert np.abs(drawn.astype(int) - overlay.astype(int)).max() <= 1


@pytest.mark.parametrize("name", ORACLES)
def test_every_method_equals_pytorch_grad_cam(explainer: Explainer, name: str) -> None:
    """From the image to the scaled map; behind a raw convolution, where activations have both signs."""
    image = cv2.resize(random_image(7), SIZE[::-1])
    network, tensor = SmallNetwork(), _tensor(image)
    found = explainer.with_method(explainer.explain(image, classes=range(len(CLASSES))), name)
    with ORACLES[name](network, [network.conv2]) as cam:
        for index, map_ in enumerate(found.maps):
            if name == "grad-cam++":  # its epsilon is of the gradients' size: the paper has none
                exact = plus_plus(found.tensors["activations"][0], explainer.gradients(found)[index])
                expected = normalize_map(exact, image.shape[:2])
            else:
                (expected,) = cam(tensor, [ClassifierOutputTarget(index)])
            scaled = normalize_map(map_, image.shape[:2])
            if name in OF_ARBITRARY_SIGN and np.abs(scaled - expected).max() > 1e-4:
                scaled = normalize_map(-map_, image.shape[:2])
            np.testing.assert_allclose(scaled, expected, atol=1e-4)


def plus_plus(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Equation 19 of Grad-CAM++ in float64, one channel at a time, with the product's epsilon.

    Without it the test hangs on chance: near a zero of the denominator the millionth counts.
    """
    total = np.zeros(activations.shape[1:])
    epsilon = 1e-6 * float(np.square(gradients, dtype=np.float64).max())
    for a, g in zip(activations.astype(np.float64), gradients.astype(np.float64), strict=True):
        share = g**2 / (2 * g**2 + g**3 * a.sum() + epsilon)
        total += (share * np.maximum(g, 0)).sum() * a
    return total.astype(np.float32)


def test_explains_the_most_probable_classes_in_order(explainer: Explainer) -> None:
    found = explainer.explain(random_image(1), top=3)
    assert list(found.classes) == list(np.argsort(-found.probabilities)[:3])
    assert found.maps.shape == (3, SIZE[0] // 2, SIZE[1] // 2)
    assert found.maps.dtype == np.float32
    assert found.image_size == (48, 70)
    assert found.provider == "CPUExecutionProvider"


def test_top_beyond_the_class_count_explains_all(explainer: Explainer) -> None:
    assert sorted(explainer.explain(random_image(), top=99).classes) == list(range(len(CLASSES)))


def test_further_questions_are_linear_in_the_score(explainer: Explainer) -> None:
    """Grad-CAM's map is linear in the gradients, so contrasts are differences of maps."""
    first = explainer.explain(random_image(2), classes=[1, 4])
    count = len(CLASSES)
    weights = np.concatenate(
        [class_weights(1, count), contrast_weights(1, 4, count), counter_weights(4, count)]
    )
    found = explainer.map_for_weights(first, weights)
    assert found.classes == (1, 1, 4)
    scale = np.abs(first.maps).max()
    np.testing.assert_allclose(found.maps[0], first.maps[0], atol=1e-6 * scale)
    np.testing.assert_allclose(found.maps[1], first.maps[0] - first.maps[1], atol=1e-6 * scale)
    np.testing.assert_allclose(found.maps[2], -first.maps[1], atol=1e-6 * scale)
    assert found.timings_ms["forward"] == 0


def test_a_further_question_runs_the_gradient_graph_alone(
    explainer: Explainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = explainer.explain(random_image())
    monkeypatch.setattr(explainer._runs, "pair", replace(explainer._runs.pair, forward=None))
    assert explainer.map_for_weights(first, class_weights(0, len(CLASSES))).maps.shape[0] == 1


def test_another_method_runs_no_graph(explainer: Explainer, monkeypatch: pytest.MonkeyPatch) -> None:
    image = random_image(3)
    first = explainer.explain(image, classes=[0, 5], method="hirescam")
    expected = {
        name: explainer.explain(image, classes=[0, 5], method=name) for name in methods_of_gradients()
    }
    monkeypatch.delattr(explainer, "_runs")
    for name in methods_of_gradients():
        found = explainer.with_method(first, name)
        assert found.method == name
        assert (found.classes, found.timings_ms["gradient"]) == ((0, 5), 0)
        # Grad-CAM by itself takes the gradients' means, which are summed in another order.
        scale = np.abs(expected[name].maps).max()
        np.testing.assert_allclose(found.maps, expected[name].maps, atol=1e-6 * scale)


def test_grad_cam_alone_makes_no_gradients_until_they_are_asked_for(explainer: Explainer) -> None:
    image = random_image(3)
    first = explainer.explain(image, classes=[0, 5])
    whole = explainer.explain(image, classes=[0, 5], method="hirescam")
    assert first.gradients is None
    np.testing.assert_array_equal(explainer.gradients(first), whole.gradients)
    np.testing.assert_array_equal(explainer.with_method(first, "hirescam").maps, whole.maps)
    scale = np.abs(first.maps).max()
    np.testing.assert_allclose(grad_cam(*_tensors(whole)), first.maps, atol=1e-6 * scale)


def _tensors(explanation: Explanation) -> tuple[np.ndarray, np.ndarray]:
    assert explanation.gradients is not None
    return explanation.tensors["activations"][0], explanation.gradients


def test_many_scores_are_differentiated_again_for_another_method(explainer: Explainer) -> None:
    first = explainer.explain(random_image(4), method="layercam")
    weights = np.concatenate([np.eye(6), -np.eye(6)]).astype(np.float32)
    many = explainer.map_for_weights(first, weights, "layercam")
    assert first.gradients is not None
    assert many.gradients is None
    found = explainer.with_method(many, "hirescam")
    np.testing.assert_array_equal(found.maps, explainer.map_for_weights(first, weights, "hirescam").maps)
    with pytest.raises(QuestionError, match="no method 'magic'"):
        explainer.with_method(many, "magic")


def test_a_batch_has_each_images_logits(explainer: Explainer) -> None:
    images = np.stack([random_image(seed) for seed in range(3)])
    expected = [explainer.explain(image).logits for image in images]
    np.testing.assert_allclose(explainer.logits(images), expected, atol=1e-5)
    with pytest.raises(ImageError, match=r"uint8 \[48, 70, 3\]; expected RGB uint8 \[N, H, W, 3\]"):
        explainer.logits(images[0])


def test_a_path_and_its_pixels_are_explained_alike(explainer: Explainer, tmp_path: Path) -> None:
    image = random_image(5)
    path = tmp_path / "bild ä.png"
    write_image(path, image)
    from_path, from_array = explainer.explain(path), explainer.explain(image)
    np.testing.assert_array_equal(from_path.maps, from_array.maps)
    assert from_path.timings_ms["decode"] > 0 == from_array.timings_ms["decode"]


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (32, 40), (700, 900)])
def test_any_image_size_is_taken(explainer: Explainer, size: tuple[int, int]) -> None:
    assert np.isfinite(explainer.explain(np.full((*size, 3), 99, np.uint8)).maps).all()


@pytest.mark.parametrize(
    "options", [{"classes": [6]}, {"classes": [-1]}, {"classes": []}, {"top": 0}, {"method": "x"}]
)
def test_impossible_questions_are_refused(explainer: Explainer, options: dict) -> None:
    with pytest.raises(QuestionError):
        explainer.explain(random_image(), **options)


@pytest.mark.parametrize("weights", [np.ones(6), np.ones((1, 5)), np.ones((0, 6)), np.full((1, 6), np.nan)])
def test_unfit_score_weights_are_refused(explainer: Explainer, weights: np.ndarray) -> None:
    with pytest.raises(QuestionError, match="score weights"):
        explainer.map_for_weights(explainer.explain(random_image()), weights)


@pytest.mark.parametrize(
    "array", [np.zeros((4, 4, 2), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)]
)
def test_arrays_that_are_no_images_are_refused(explainer: Explainer, array: np.ndarray) -> None:
    with pytest.raises(ImageError, match="expected RGB uint8"):
        explainer.explain(array)


class TestUnusableModels:
    def test_a_missing_forward_graph(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match=r"absent\.onnx: there is no model file"):
            Explainer(tmp_path / "absent.onnx")

    def test_a_file_that_is_no_model(self, tmp_path: Path) -> None:
        (tmp_path / "text.onnx").write_text("no model")
        with pytest.raises(ModelError, match=r"text\.onnx: this is text and no ONNX model"):
            Explainer(tmp_path / "text.onnx")

    def test_a_missing_gradient_graph(self, small_model: Path, tmp_path: Path) -> None:
        (tmp_path / "alone.onnx").write_bytes(small_model.read_bytes())
        with pytest.raises(ModelError, match=r"alone\.gradient\.onnx"):
            Explainer(tmp_path / "alone.onnx")

    def test_another_models_gradient_graph(self, small_model: Path, tmp_path: Path) -> None:
        save_pair(small_pair(SmallNetwork(seed=1)), tmp_path / "other.onnx")
        gradient_path(tmp_path / "other.onnx").write_bytes(gradient_path(small_model).read_bytes())
        with pytest.raises(ModelError, match="not of the same model"):
            Explainer(tmp_path / "other.onnx")
        with pytest.raises(ModelError, match="not of the same model"):
            load_pair(tmp_path / "other.onnx")

    def test_a_gradient_graph_taken_for_a_forward_graph(self, small_model: Path) -> None:
        with pytest.raises(CardError, match="is the gradient graph of a pair"):
            Explainer(gradient_path(small_model))

    def test_an_unknown_provider(self, small_model: Path) -> None:
        with pytest.raises(ModelError, match="no provider 'WarpDrive'"):
            Explainer(small_model, providers=["WarpDrive"])
