"""PyTorch modules become pairs in one call, compared with the module itself by autograd in float64."""

from __future__ import annotations

import subprocess
import sys
import types
import warnings
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import torch
from PIL import Image
from torch import nn
from torchvision import models
from torchvision.transforms import v2 as transforms

import whylight
from whylight.adoption import torch_module
from whylight.adoption.cache import adopted_pair
from whylight.adoption.compare_with_module import closest_ending, compare_with_module, over_ties
from whylight.bundled import sample_images
from whylight.errors import ModelError
from whylight.pair.build import Pair

pytestmark = pytest.mark.slow

SIZE = 32
EXAMPLE = torch.zeros(1, 3, SIZE, SIZE)


class Plain(nn.Module):
    """A module of no library: convolution, ReLU in place, pooling, and a linear layer."""

    def __init__(self, answer: Callable[[torch.Tensor, torch.Tensor], object] | None = None) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.first = nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1), nn.BatchNorm2d(6), nn.ReLU(inplace=True))
        self.second = nn.Conv2d(6, 8, 3, padding=1)
        self.head = nn.Linear(8, 4)
        self.answer = answer
        self.first[1].running_mean.normal_()
        self.first[1].running_var.uniform_(0.5, 2)

    def forward(self, images: torch.Tensor) -> object:
        logits = self.head(self.second(self.first(images)).relu().square().mean((2, 3)))
        return logits if self.answer is None else self.answer(logits, images)


def test_a_module_becomes_a_verified_pair(tmp_path: Path) -> None:
    module = Plain().train()
    steps = transforms.Compose(
        [
            transforms.Resize((SIZE, SIZE)),
            transforms.ToImage(),
            transforms.ToDtype(torch.float32, scale=True),
            transforms.Normalize((0.5, 0.4, 0.3), (0.2, 0.3, 0.4)),
        ]
    )
    pair = whylight.adopt(
        module, tmp_path / "plain.onnx", preprocessing=steps, classes=list("abcd"), name="Mine"
    )
    assert module.training, "it is left as it was"
    assert pair.card.verification["module_logits"] < 1e-5
    assert pair.card.verification["module_gradients"] < 1e-5
    explainer = whylight.Explainer(tmp_path / "plain.onnx")
    assert (explainer.card.name, explainer.card.classes) == ("Mine", ("a", "b", "c", "d"))
    # The whole path, from the image on, against the owner's transform.
    from PIL import Image

    image = Image.open(sample_images()[0]).convert("RGB")
    with torch.no_grad():
        expected = module.eval()(steps(image)[None])[0].numpy()
    found = explainer.logits(np.asarray(image)[None])[0]
    np.testing.assert_allclose(found, expected, atol=2e-3 * np.abs(expected).max())


ANSWERS: dict[str, Callable[[torch.Tensor, torch.Tensor], object]] = {
    "tuple": lambda logits, images: (logits, images),
    "features first": lambda logits, images: (images, logits),
    "loss first": lambda logits, images: {"loss": images.mean(), "logits": logits},
    "dictionary": lambda logits, images: {"mine": logits},
    "map of one place": lambda logits, images: logits[:, :, None, None],
    "softmax": lambda logits, images: logits.softmax(1),
    "log-softmax": lambda logits, images: logits.log_softmax(1),
    "sigmoid": lambda logits, images: logits.sigmoid(),
}
"""What modules make of their logits."""


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_logits_of_other_answers(answer: str) -> None:
    pair = whylight.adopt(Plain(ANSWERS[answer]), example=EXAMPLE, preprocessing="unit")
    assert pair.card.target_layer == "second"
    assert pair.card.verification["module_logits"] < 1e-5
    assert pair.card.verification["module_gradients"] < 1e-4


class Segmenter(nn.Module):
    """A map of scores for each class, enlarged to the image's size."""

    def __init__(self, answer: Callable[[torch.Tensor], object]) -> None:
        super().__init__()
        torch.manual_seed(8)
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 12, 3, 1, 1), nn.ReLU())
        self.head = nn.Conv2d(12, 5, 1)
        self.answer = answer

    def forward(self, images: torch.Tensor) -> object:
        scores = nn.functional.interpolate(self.head(self.body(images)), scale_factor=2, mode="bilinear")
        return self.answer(scores)


@pytest.mark.parametrize(
    "answer",
    [
        lambda scores: {"aux": scores * 2, "out": scores},  # as TorchVision's
        lambda scores: scores.softmax(1),
        lambda scores: scores.sigmoid(),
    ],
)
def test_segmenters(answer: Callable[[torch.Tensor], object]) -> None:
    pair = whylight.adopt(Segmenter(answer), example=EXAMPLE, preprocessing="unit")
    assert pair.card.segmenter.grid == (SIZE, SIZE)
    assert pair.card.verification["module_logits"] < 1e-5
    assert pair.card.verification["module_gradients"] < 1e-4


def test_detectors_are_named() -> None:
    class OfQueries(Plain):
        def forward(self, images: torch.Tensor) -> object:
            scores = super().forward(images)
            return types.SimpleNamespace(logits=scores[:, None].repeat(1, 7, 1), pred_boxes=scores)

    with pytest.raises(ModelError, match="a detector is adopted as an ONNX file"):
        whylight.adopt(OfQueries(), example=EXAMPLE, preprocessing="unit")


def test_two_classes_by_one_score() -> None:
    class Single(Plain):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return super().forward(images)[:, :1]

    for module in (Single(), nn.Sequential(Single(), nn.Sigmoid())):
        pair = whylight.adopt(module, example=EXAMPLE, preprocessing="unit", answers="binary")
        assert pair.card.answers == "binary"
        assert pair.card.verification["module_gradients"] < 1e-4


def test_a_wrong_gradient_is_found_behind_a_softmax() -> None:
    module = Plain(ANSWERS["softmax"])
    pair = whylight.adopt(module, example=EXAMPLE, preprocessing="unit")
    _bend_gradients(pair)
    with pytest.raises(ModelError, match=r"gradients differ from autograd's by 1\.0e-01"):
        compare_with_module(module.eval(), pair, Path("bent.onnx"))


@pytest.mark.parametrize(
    ("logits", "ending"),
    [
        (lambda z: z, ""),
        (lambda z: np.exp(z) / np.exp(z).sum(), "softmax"),
        (lambda z: z - np.log(np.exp(z).sum()), "log-softmax"),
        (lambda z: 1 / (1 + np.exp(-z)), "sigmoid"),
        (np.exp, "exponential"),
    ],
)
def test_endings_are_told_apart(logits: Callable[[np.ndarray], np.ndarray], ending: str) -> None:
    scores = np.array([1.5, -0.25, 3.0])
    found, gap = closest_ending(logits(scores), scores.astype(np.float32))
    assert (found, gap < 1e-6) == (ending, True)
    assert closest_ending(logits(scores)[:2], scores.astype(np.float32))[1] == np.inf


def _grey() -> nn.Module:
    torch.manual_seed(6)
    pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4))
    return nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), pool)


def test_modules_of_grey_images(tmp_path: Path) -> None:
    transform = transforms.Compose(
        [
            transforms.Grayscale(),
            transforms.Resize((SIZE, SIZE)),
            transforms.ToImage(),
            transforms.ToDtype(torch.float32, scale=True),
            transforms.Normalize([0.1307], [0.3081]),
        ]
    )
    network = _grey().eval()
    whylight.adopt(network, tmp_path / "m.onnx", preprocessing=transform)
    image = Image.open(sample_images()[0]).convert("RGB").resize((SIZE, SIZE))
    with torch.no_grad():
        expected = network(transform(image)[None])[0].numpy()
    found = whylight.Explainer(tmp_path / "m.onnx").explain(np.asarray(image)).logits
    # Grey is rounded to 8 bits there, and not here.
    np.testing.assert_allclose(found, expected, atol=2e-2 * np.ptp(expected))


def _with_old_weight_norm() -> nn.Module:
    module = Plain()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nn.utils.weight_norm(module.second)
    module(EXAMPLE)
    return module


WRAPPED: dict[str, Callable[[], nn.Module]] = {
    "compiled": lambda: torch.compile(Plain()),
    "of several devices": lambda: nn.DataParallel(Plain()),
    "half precision": lambda: Plain().half(),
    "double precision": lambda: Plain().double(),
    "weights that deepcopy refuses": _with_old_weight_norm,
}


@pytest.mark.parametrize("name", WRAPPED)
def test_wrapped_and_converted_modules(name: str) -> None:
    pair = whylight.adopt(WRAPPED[name](), example=EXAMPLE, preprocessing="unit")
    assert pair.card.verification["module_gradients"] < 1e-3


def test_a_layer_that_is_written_over() -> None:
    """As in AlexNet and SqueezeNet, whose last convolutions have a ReLU in place behind them."""
    torch.manual_seed(7)
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4))
    module = nn.Sequential(nn.Conv2d(3, 6, 3, 2), nn.ReLU(inplace=True), head)
    pair = whylight.adopt(module, example=EXAMPLE, preprocessing="unit", layer="0")
    assert pair.card.verification["module_gradients"] < 1e-4


def test_torchscript() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = torch.jit.trace(Plain().eval(), EXAMPLE)
    pair = whylight.adopt(module, example=EXAMPLE, preprocessing="unit")
    assert pair.card.verification["module_logits"] < 1e-5


def test_channels_the_other_way_round() -> None:
    pair = whylight.adopt(Plain(), example=EXAMPLE, preprocessing="caffe")
    assert pair.card.verification["module_logits"] < 1e-5
    assert pair.card.input.colours == "bgr"


def test_a_module_that_the_newer_exporter_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """transformers' Swin is one: a view of a tensor whose axes were swapped."""

    def refused(*_: object, **__: object) -> None:
        raise ModelError("PyTorch cannot export the network: {reason}", reason="Cannot view a tensor")

    monkeypatch.setattr(torch_module, "export_onnx", refused)
    pair = whylight.adopt(Plain(), example=EXAMPLE, preprocessing="unit")
    assert pair.card.verification["module_gradients"] < 1e-4


def _short_mobilenet() -> torch.nn.Module:
    """The first blocks alone: PyTorch's exporter takes seconds for each."""
    block = models.mobilenetv3.InvertedResidualConfig
    blocks = [block(16, 3, 16, 16, True, "RE", 2, 1, 1), block(16, 3, 72, 24, True, "HS", 2, 1, 1)]
    return models.MobileNetV3(blocks, last_channel=64)


_NETWORKS = {
    "resnet18": models.resnet18,
    "mobilenet_v3_small": _short_mobilenet,
    "swin_t": lambda: models.SwinTransformer([4, 4], 24, [2, 1], [2, 2], [7, 7]),  # one block is shifted
}


@pytest.mark.parametrize("name", _NETWORKS)
def test_networks_of_torchvision(name: str) -> None:
    torch.manual_seed(0)
    weights = models.get_model_weights(name).DEFAULT
    module = _NETWORKS[name]().eval()
    pair = whylight.adopt(module, preprocessing=weights.transforms(), classes=weights.meta["categories"])
    assert pair.card.input_size == (224, 224)
    assert pair.card.mean == (0.485, 0.456, 0.406)
    assert pair.card.classes[1] == "goldfish"
    assert pair.card.verification["module_gradients"] < 1e-3


def _bend_gradients(pair: Pair) -> None:
    """Make the gradient graph alone wrong: its linear layer gets another weight."""
    for initializer in pair.gradient.graph.initializer:
        values = np.frombuffer(initializer.raw_data, np.float32)
        if values.size == 4 * 8:
            initializer.raw_data = (values * 1.1).astype(np.float32).tobytes()


def test_a_pair_that_differs_from_the_module_is_refused() -> None:
    module = Plain()
    options = {"example": torch.zeros(1, 3, SIZE, SIZE), "preprocessing": "unit"}
    good = whylight.adopt(module, **options)
    bent = Plain()
    with torch.no_grad():
        bent.head.weight[2] *= 1.1
    with pytest.raises(ModelError, match="logits differ from the module's by"):
        compare_with_module(bent.eval(), good, Path("bent.onnx"))
    _bend_gradients(good)
    with pytest.raises(ModelError, match=r"gradients differ from autograd's by 1\.0e-01"):
        compare_with_module(module.eval(), good, Path("bent.onnx"))


def test_maxima_that_places_share_are_no_difference() -> None:
    """A global MaxPool over a channel that a ReLU left at zero, as fastai's heads have it."""
    torch.manual_seed(3)

    class Head(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = (torch.nn.Conv2d(3, 8, 5, stride=4) for _ in range(2))
            self.linear = torch.nn.Linear(16, 3)
            with torch.no_grad():
                self.left.bias[:5] = self.right.bias[:5] = -100  # dead channels
                self.linear.weight *= 10

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            found = self.left(images).relu() + self.right(images).relu()
            largest = torch.nn.functional.adaptive_max_pool2d(found, 1)
            return self.linear(torch.cat([largest.flatten(1), found.mean(dim=(2, 3))], dim=1))

    pair = whylight.adopt(Head(), preprocessing="unit", size=(32, 40))
    assert pair.card.verification["module_gradients"] < 1e-5


def test_ties_are_averaged_and_nothing_else() -> None:
    values = np.array([[[0, 0], [0, 2]], [[1, 2], [3, 4]]], np.float32)
    gradient = np.array([[[3, 0], [0, 7]], [[1, 2], [3, 4]]], np.float32)
    assert over_ties(gradient, values).tolist() == [[[1, 1], [1, 7]], [[1, 2], [3, 4]]]


def test_what_is_missing_or_not_understood_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="give an example"):
        whylight.adopt(Plain(), preprocessing="unit")
    with pytest.raises(ModelError, match=r"the example is \[3, 8, 8\]; expected images"):
        whylight.adopt(Plain(), preprocessing="unit", example=torch.zeros(3, 8, 8))
    with pytest.raises(ModelError, match="the preprocessing step RandomRotation is not understood"):
        whylight.adopt(Plain(), preprocessing=transforms.RandomRotation(3))
    with pytest.raises(ModelError, match="does not say how its images are scaled"):
        whylight.adopt(Plain(), preprocessing=transforms.Resize((SIZE, SIZE)))
    with pytest.raises(ModelError, match=r"cannot be run on images \[2, 1, 32, 32\]: RuntimeError: "):
        whylight.adopt(Plain(), preprocessing="unit", example=torch.zeros(1, 1, SIZE, SIZE))
    with pytest.raises(ModelError, match=r"TypeError: expected scores \[N, K\], .* got \['list'\]"):
        whylight.adopt(Plain(lambda *_: [[1]]), preprocessing="unit", example=EXAMPLE)
    with pytest.raises(ModelError, match=r"or a torch\.nn\.Module; got a dict"):
        whylight.adopt({})
    with pytest.raises(ModelError, match="3 labels were given; the model has 4 classes"):
        whylight.adopt(
            Plain(), preprocessing="unit", example=torch.zeros(1, 3, SIZE, SIZE), classes=["a", "b", "c"]
        )


@pytest.mark.parametrize("size", [(37, 501), (300, 211)])
def test_images_come_to_the_module_as_its_own_transform_brings_them(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """Answers for an image against the module's, behind TorchVision's resize and centre crop."""
    network = Plain().eval()
    transform = transforms.Compose(
        [
            transforms.Resize(72),
            transforms.CenterCrop(64),
            transforms.ToImage(),
            transforms.ToDtype(torch.float32, scale=True),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )
    whylight.adopt(network, tmp_path / "m.onnx", preprocessing=transform, classes=list("abcd"))
    image = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
    smooth = cv2.GaussianBlur(image, (0, 0), 3)
    with torch.no_grad():
        expected = network(transform(Image.fromarray(smooth))[None])[0].numpy()
    found = whylight.Explainer(tmp_path / "m.onnx").explain(smooth).logits
    np.testing.assert_allclose(found, expected, atol=2e-2 * np.ptp(expected) + 1e-4)


def test_a_branch_on_values_is_not_traced() -> None:
    class Branching(Plain):
        def forward(self, images: torch.Tensor) -> object:
            return super().forward(images * 2 if images.mean() > 0.1 else images)

    with pytest.raises(ModelError, match=r"PyTorch cannot export the network: .*data-dependent") as refusal:
        whylight.adopt(Branching(), preprocessing="unit", example=EXAMPLE)
    assert "\n" not in str(refusal.value)


def test_a_file_takes_a_transform_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHYLIGHT_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "theirs.onnx"
    onnx.save(torch_module.to_onnx(Plain().eval(), (3, 64, 64)), file)
    steps = [transforms.Resize((80, 80)), transforms.CenterCrop(64), transforms.ToImage()]
    scaled = transforms.Compose([*steps, transforms.ToDtype(torch.float32, scale=True)])
    described = whylight.adopt(file, preprocessing=scaled).card.input
    assert (described.geometry, described.resize, described.size) == ("stretch", 80, (64, 64))
    assert described.sources["geometry"] == "preset"
    # The cache tells transforms apart by what they do.
    kept = adopted_pair(file, {"preprocessing": scaled})
    again = transforms.Compose([*steps, transforms.ToDtype(torch.float32, scale=True)])
    assert adopted_pair(file, {"preprocessing": again}) == kept
    bytes_alone = transforms.Compose([*steps, transforms.ToDtype(torch.float32)])
    assert adopted_pair(file, {"preprocessing": bytes_alone}) != kept


def test_torch_is_not_loaded_for_a_file() -> None:
    code = "import sys, whylight; whylight.adopt; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
