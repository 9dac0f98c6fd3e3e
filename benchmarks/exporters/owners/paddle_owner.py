"""PaddlePaddle's classifiers by `paddle.onnx.export`.

Packages: paddlepaddle, paddle2onnx.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import paddle
from paddle.vision import models, transforms
from PIL import Image

from benchmarks.exporters.case import MODEL, OwnerCase

NETWORKS = ("resnet18", "mobilenet_v2", "mobilenet_v3_small")


def make(name: str, folder: Path, pictures: Sequence[Path]) -> OwnerCase:
    """Export a network with random weights, beside Paddle's own transforms."""
    paddle.seed(0)
    network = getattr(models, name)(pretrained=False)
    network.eval()
    prepare = transforms.Compose(
        [
            transforms.Resize(256),
            transforms.CenterCrop(224),
            transforms.ToTensor(),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )
    inputs = [np.asarray(prepare(Image.open(path).convert("RGB"))) for path in pictures]
    _make_decisive(network, paddle.to_tensor(np.stack(inputs)))
    with paddle.no_grad():
        answers = [
            np.asarray(paddle.nn.functional.softmax(network(paddle.to_tensor(values[None])), axis=1))[0]
            for values in inputs
        ]
    spec = paddle.static.InputSpec([None, 3, 224, 224], "float32", "x")
    paddle.onnx.export(
        network, str(folder / MODEL.removesuffix(".onnx")), input_spec=[spec], opset_version=13
    )
    return OwnerCase(
        family="PaddlePaddle, paddle.onnx",
        name=name,
        tools={"paddlepaddle": paddle.__version__},
        options={"preprocessing": "torchvision"},
        inputs=inputs,
        answers=answers,
    )


def _make_decisive(network: paddle.nn.Layer, batch: paddle.Tensor) -> None:
    """Set norms and the last layer so that answers depend on the image.

    As `benchmarks.exporters.owners.decisive` does it for PyTorch.
    """
    for layer in network.sublayers():
        if isinstance(layer, paddle.nn.BatchNorm2D):
            layer._momentum = 0.0
    network.train()
    with paddle.no_grad():
        network(batch)
        network.eval()
        last = [layer for layer in network.sublayers() if isinstance(layer, paddle.nn.Linear)][-1]
        logits = network(batch)
        spread = (logits - logits.mean(0)).std()
        last.weight.set_value(last.weight * (2 / spread))
