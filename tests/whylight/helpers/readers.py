"""A small reader of text lines (CTC) with random weights, its alphabet in its metadata."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE = (16, 64)
STEPS = 16
SIGNS = ("a", "b", "c")
CHANNELS = 6
RNG = np.random.default_rng(2)
WEIGHTS = {
    "stem": RNG.standard_normal((CHANNELS, 3, 4, 4)) * 0.3,
    "deep": RNG.standard_normal((CHANNELS, CHANNELS, 3, 3)) * 0.3,
    "head": RNG.standard_normal((CHANNELS, len(SIGNS) + 2)) * 3,
}


def reader(opset: int = 17, *, softmax: bool = True) -> onnx.ModelProto:
    """Convolutions, the mean of all rows, a linear layer at each step, a softmax over the signs."""
    nodes = [
        helper.make_node("Conv", ["x", "stem"], ["s1"], strides=[4, 4]),
        helper.make_node("Relu", ["s1"], ["s2"]),
        helper.make_node("Conv", ["s2", "deep"], ["d1"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["d1"], ["d2"]),
        helper.make_node("ReduceMean", ["d2"], ["row"], axes=[2], keepdims=0),
        helper.make_node("Transpose", ["row"], ["steps"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["steps", "head"], ["logits"]),
    ]
    if softmax:
        nodes.append(helper.make_node("Softmax", ["logits"], ["answers"], axis=2))
    graph = helper.make_graph(
        nodes,
        "reader",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, *SIZE])],
        [helper.make_tensor_value_info("answers" if softmax else "logits", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in WEIGHTS.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    helper.set_model_props(model, {"character": "\n".join(SIGNS)})
    return model
