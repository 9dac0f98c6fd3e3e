"""Small segmenters with random weights, with the endings that files have."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE = (48, 64)
CLASSES = 5
LAYER = "deep.act"
"""Input of the last convolution that is wider than one cell."""
ENDINGS = ("logits", "coarse", "softmax", "log_softmax", "channels_last", "winner", "several_labels", "mask")
_CHANNELS = 6


def segmenter(ending: str, seed: int = 0, metadata: dict[str, str] | None = None) -> onnx.ModelProto:
    """A network with 12 x 16 places, resized to the input's size but for `coarse`.

    Args:
        ending: one of `ENDINGS`; `mask` has a single score and a sigmoid, as U2-Net.
        seed: of the weights.
        metadata: of the file.
    """
    nodes: list[onnx.NodeProto] = []
    constants = weights(ending, seed)

    def node(op_type: str, inputs: list[str], output: str, **attributes: object) -> str:
        nodes.append(helper.make_node(op_type, inputs, [output], output, **attributes))
        return output

    def conv(source: str, name: str, **attributes: object) -> str:
        kernel = constants[f"{name}.w"].shape[2]
        pads = [kernel // 2] * 4 if kernel == 3 else [0] * 4
        return node("Conv", [source, f"{name}.w", f"{name}.b"], name, pads=pads, **attributes)

    place = node("Relu", [conv("images", "stem", strides=[4, 4])], "stem.act")
    place = node("Relu", [conv(place, "deep")], "deep.act")
    place = node("Relu", [conv(place, "head")], "head.act")
    scores = conv(place, "scores")
    if ending != "coarse":
        constants["scales"] = np.array([1, 1, 4, 4], np.float32)
        scores = node("Resize", [scores, "", "scales"], "large", mode="linear")
    kind = TensorProto.FLOAT
    if ending == "softmax":
        scores = node("Softmax", [scores], "out", axis=1)
    elif ending == "log_softmax":
        scores = node("LogSoftmax", [scores], "out", axis=1)
    elif ending == "channels_last":
        scores = node("Softmax", [node("Transpose", [scores], "last", perm=[0, 2, 3, 1])], "out", axis=-1)
    elif ending == "winner":
        scores, kind = node("ArgMax", [scores], "out", axis=1, keepdims=0), TensorProto.INT64
    elif ending in ("several_labels", "mask"):
        scores = node("Sigmoid", [scores], "out")
    graph = helper.make_graph(
        nodes,
        "segmenter",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, *SIZE])],
        [helper.make_tensor_value_info(scores, kind, None)],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(model, metadata or {})
    return model


def weights(ending: str, seed: int = 0) -> dict[str, np.ndarray]:
    """The weights and biases of `segmenter`."""
    rng = np.random.default_rng(seed)
    classes = 1 if ending == "mask" else CLASSES
    shapes = {
        "stem": (_CHANNELS, 3, 4, 4),
        "deep": (_CHANNELS, _CHANNELS, 3, 3),
        "head": (_CHANNELS, _CHANNELS, 3, 3),
        "scores": (classes, _CHANNELS, 1, 1),
    }
    found: dict[str, np.ndarray] = {}
    for name, shape in shapes.items():
        found[f"{name}.w"] = rng.standard_normal(shape) * np.sqrt(3 / np.prod(shape[1:]))
        found[f"{name}.b"] = 0.1 * rng.standard_normal(shape[0])
    return {name: value.astype(np.float32) for name, value in found.items()}
