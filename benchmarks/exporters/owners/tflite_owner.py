"""TensorFlow Lite files, in 32 and in 8 bits, by tf2onnx.

Packages: tensorflow, keras, tf2onnx.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from benchmarks.exporters.case import MODEL, OwnerCase

NETWORKS = ("float32", "int8", "uint8-input")


def make(name: str, folder: Path, pictures: Sequence[Path]) -> OwnerCase:
    """Convert a small network with random weights and its scaling inside."""
    keras.utils.set_random_seed(0)
    pixels = keras.Input((224, 224, 3))
    features = keras.layers.Rescaling(1 / 127.5, offset=-1)(pixels)
    for channels in (16, 32, 64):
        convolve = keras.layers.Conv2D(
            channels, 3, 2, "same", activation="relu6", kernel_initializer="he_normal"
        )
        features = convolve(features)
    pooled = keras.layers.GlobalAveragePooling2D()(features)
    wide = keras.initializers.RandomNormal(stddev=4.0)
    network = keras.Model(pixels, keras.layers.Dense(12, "softmax", kernel_initializer=wide)(pooled))
    inputs = [
        keras.utils.img_to_array(keras.utils.load_img(path, target_size=(224, 224))) for path in pictures
    ]
    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    if name != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([values[None]] for values in inputs)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    if name == "uint8-input":
        converter.inference_input_type = tf.uint8
    converted = converter.convert()
    path = folder / "model.tflite"
    path.write_bytes(converted)
    command = [sys.executable, "-m", "tf2onnx.convert", "--tflite", str(path), "--opset", "17"]
    subprocess.run([*command, "--output", str(folder / MODEL)], check=True, capture_output=True)
    interpreter = tf.lite.Interpreter(model_content=converted)
    interpreter.allocate_tensors()
    entry, exit_ = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    answers = []
    for values in inputs:
        interpreter.set_tensor(entry["index"], values[None].astype(entry["dtype"]))
        interpreter.invoke()
        answers.append(np.array(interpreter.get_tensor(exit_["index"])[0], np.float32))
    return OwnerCase(
        family="TensorFlow Lite, tf2onnx",
        name=f"small CNN, {name}",
        tools={"tensorflow": tf.__version__, "keras": keras.__version__},
        options={"preprocessing": "keras-bytes"},
        inputs=inputs,
        answers=answers,
    )
