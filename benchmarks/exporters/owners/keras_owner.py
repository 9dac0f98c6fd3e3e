"""Keras applications by `Model.export(format="onnx")`.

Packages: tensorflow, keras, tf2onnx.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from benchmarks.exporters.case import MODEL, OwnerCase

_APPLICATIONS = {
    "MobileNetV2": ("mobilenet_v2", "keras-tf"),
    "ResNet50": ("resnet", "keras-caffe"),
    "EfficientNetB0": ("efficientnet", "keras-bytes"),
    "DenseNet121": ("densenet", "keras-torch"),
    "VGG16": ("vgg16", "keras-caffe"),
}
NETWORKS = tuple(_APPLICATIONS)


def make(name: str, folder: Path, pictures: Sequence[Path]) -> OwnerCase:
    """Export an application with random weights.

    Its preprocessing is `load_img` and `preprocess_input`.
    """
    keras.utils.set_random_seed(0)
    module, preset = _APPLICATIONS[name]
    network = getattr(keras.applications, name)(weights=None)
    prepare = getattr(keras.applications, module).preprocess_input
    size = network.input_shape[1:3]
    read = [keras.utils.img_to_array(keras.utils.load_img(path, target_size=size)) for path in pictures]
    inputs = [np.asarray(prepare(values[None].copy()))[0] for values in read]
    _make_decisive(network, np.stack(inputs))
    network.export(str(folder / MODEL), format="onnx", verbose=False)
    return OwnerCase(
        family='Keras, export(format="onnx")',
        name=name,
        tools={"keras": keras.__version__, "tensorflow": tf.__version__},
        options={"preprocessing": preset},
        inputs=inputs,
        answers=[network.predict(values[None], verbose=0)[0] for values in inputs],
    )


def _make_decisive(network: keras.Model, batch: NDArray[np.float32]) -> None:
    """Set norms and the last layer so that answers depend on the image.

    As `benchmarks.exporters.owners.decisive` does it for PyTorch.
    """
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    network(batch, training=True)
    kernel, bias = network.layers[-1].get_weights()
    logits = np.log(np.maximum(network.predict(batch, verbose=0), 1e-30))
    spread = (logits - logits.mean(0)).std()
    network.layers[-1].set_weights([kernel * 2 / spread, bias])
