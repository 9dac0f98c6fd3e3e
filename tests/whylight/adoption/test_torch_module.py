"""PyTorch modules become pairs in one call, compared with the module itself by autograd in float64."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torchvision import models
from torchvision.transforms import v2 as transforms

import whylight
from whylight.adoption import torch_module
from whylight.bundled import sample_images
from whylight.errors import ModelError

pytestmark = pytest.mark.slow

SIZE = 32


class Plain(nn.Module):
    """A module of no library: convolution, ReLU in place, pooling, and a linear layer."""

    def __init__(self, answer: str = "tensor") -> None:
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
        if self.answer == "tuple":
            return logits, images
        return {"scores": logits} if self.answer == "dict" else logits


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


@pytest.mark.parametrize("answer", ["tuple", "dict"])
def test_the_logits_of_other_answers(answer: str) -> None:
    options = {"example": torch.zeros(1, 3, SIZE, SIZE), "preprocessing": "unit"}
    pair, plain = (whylight.adopt(Plain(kind), **options) for kind in (answer, "tensor"))
    assert pair.card.verification["module_logits"] < 1e-5
    assert pair.forward.graph.initializer == plain.forward.graph.initializer


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


def test_a_pair_that_differs_from_the_module_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    module = Plain()
    options = {"example": torch.zeros(1, 3, SIZE, SIZE), "preprocessing": "unit"}
    good = whylight.adopt(module, **options)
    bent = Plain()
    with torch.no_grad():
        bent.head.weight[2] *= 1.1
    with pytest.raises(ModelError, match="logits differ from the module's by"):
        torch_module.compare_with_module(bent.eval(), good, Path("bent.onnx"))
    # Only the gradient graph is wrong: its linear layer has another weight.
    for initializer in good.gradient.graph.initializer:
        values = np.frombuffer(initializer.raw_data, np.float32)
        if values.size == 4 * 8:
            initializer.raw_data = (values * 1.1).astype(np.float32).tobytes()
    with pytest.raises(ModelError, match=r"gradients differ from autograd's by 1\.0e-01"):
        torch_module.compare_with_module(module.eval(), good, Path("bent.onnx"))


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
    assert torch_module.over_ties(gradient, values).tolist() == [[[1, 1], [1, 7]], [[1, 2], [3, 4]]]


def test_what_is_missing_or_not_understood_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="give an example"):
        whylight.adopt(Plain(), preprocessing="unit")
    with pytest.raises(ModelError, match=r"the example is \[3, 8, 8\]; expected images"):
        whylight.adopt(Plain(), preprocessing="unit", example=torch.zeros(3, 8, 8))
    with pytest.raises(ModelError, match="the preprocessing step RandomRotation is not understood"):
        whylight.adopt(Plain(), preprocessing=transforms.RandomRotation(3))
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


def test_torch_is_not_loaded_for_a_file() -> None:
    code = "import sys, whylight; whylight.adopt; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
