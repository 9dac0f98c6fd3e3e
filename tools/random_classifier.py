"""Write a small classifier with random weights, as a stand-in for a user's model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def write_classifier(path: Path, size: int) -> Path:
    """Write a classifier of images `[N, 3, size, size]`, ten classes; return its path."""
    random = np.random.default_rng(0)
    shapes = {"w1": (16, 3, 7, 7), "w2": (32, 16, 3, 3), "w3": (10, 32)}
    weights = [
        numpy_helper.from_array(
            (random.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32), name
        )
        for name, shape in shapes.items()
    ]
    nodes = [
        helper.make_node("Conv", ["pixels", "w1"], ["c1"], "stem", strides=[4, 4], pads=[3, 3, 3, 3]),
        helper.make_node("Relu", ["c1"], ["r1"], "stem.relu"),
        helper.make_node("Conv", ["r1", "w2"], ["c2"], "body", strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c2"], ["r2"], "body.relu"),
        helper.make_node("GlobalAveragePool", ["r2"], ["pooled"], "pool"),
        helper.make_node("Flatten", ["pooled"], ["flat"], "flatten"),
        helper.make_node("Gemm", ["flat", "w3"], ["scores"], "head", transB=1),
    ]
    inputs = [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["N", 3, size, size])]
    outputs = [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", 10])]
    graph = helper.make_graph(nodes, "classifier", inputs, outputs, weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    return path
