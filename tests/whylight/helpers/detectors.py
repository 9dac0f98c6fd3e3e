"""Small detectors with random weights, with heads as YOLOv8 and later have them."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE = 64
CLASSES = 3
GRIDS = ((8, 8), (4, 4), (2, 2))
PLACES = sum(rows * columns for rows, columns in GRIDS)
_CHANNELS = 8
METADATA = {
    "task": "detect",
    "stride": "32",
    "imgsz": f"[{SIZE}, {SIZE}]",
    "names": "{0: 'cat', 1: 'dog', 2: 'bird'}",
}


def detector(seed: int = 0, *, metadata: dict[str, str] | None = None, fixed: bool = True) -> onnx.ModelProto:
    """Three strides; output `[1, 4 + K, P]`: centres and sizes, and sigmoids of scores."""
    rng = np.random.default_rng(seed)
    nodes: list[onnx.NodeProto] = []
    constants: dict[str, np.ndarray] = {}

    def node(op_type: str, inputs: list[str], output: str, **attributes: object) -> str:
        nodes.append(helper.make_node(op_type, inputs, [output], output, **attributes))
        return output

    def conv(source: str, name: str, channels: tuple[int, int], kernel: int, stride: int = 1) -> str:
        shape = (channels[1], channels[0], kernel, kernel)
        constants[f"{name}.w"] = rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))
        constants[f"{name}.b"] = 0.1 * rng.standard_normal(channels[1])
        pads = [kernel // 2] * 4 if kernel % 2 else [0] * 4
        taken = [source, f"{name}.w", f"{name}.b"]
        return node("Conv", taken, name, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=pads)

    def swish(source: str) -> str:
        gate = node("Sigmoid", [source], f"{source}.gate")
        return node("Mul", [source, gate], f"{source}.act")

    place = swish(conv("images", "stem", (3, _CHANNELS), 8, 8))
    boxes, scores, centres, strides = [], [], [], []
    for index, (rows, columns) in enumerate(GRIDS):
        if index:
            place = swish(conv(place, f"down{index}", (_CHANNELS, _CHANNELS), 2, 2))
        neck = swish(conv(place, f"neck{index}", (_CHANNELS, _CHANNELS), 3))
        for kind, width, parts in (("box", 4, boxes), ("class", CLASSES, scores)):
            inner = swish(conv(neck, f"{kind}{index}.inner", (_CHANNELS, _CHANNELS), 3))
            head = conv(inner, f"{kind}{index}", (_CHANNELS, width), 1)
            constants[f"{kind}{index}.shape"] = np.array([0, width, -1], np.int64)
            parts.append(node("Reshape", [head, f"{kind}{index}.shape"], f"{kind}{index}.row"))
        stride = SIZE // rows
        down, across = np.mgrid[0:rows, 0:columns]
        centres.append((np.stack([across, down]).reshape(2, -1) + 0.5) * stride)
        strides.append(np.full((1, rows * columns), stride))
    constants["centres"] = np.concatenate([np.concatenate(centres, 1), np.zeros((2, PLACES))])[None]
    constants["strides"] = np.concatenate(strides, 1)[None].astype(np.float64)
    offsets = node("Concat", boxes, "offsets", axis=2)
    sizes = node("Softplus", [offsets], "sizes")
    moved = node("Add", [node("Mul", [sizes, "strides"], "scaled"), "centres"], "decoded")
    logits = node("Concat", scores, "class_scores", axis=2)
    node("Concat", [moved, node("Sigmoid", [logits], "probabilities")], "output0", axis=1)
    batch: int | str = 1 if fixed else "batch"
    graph = helper.make_graph(
        nodes,
        "detector",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [batch, 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [batch, 4 + CLASSES, PLACES])],
        [
            numpy_helper.from_array(value.astype(np.float32) if value.dtype == np.float64 else value, name)
            for name, value in constants.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, METADATA if metadata is None else metadata)
    return model


def selective(model: onnx.ModelProto, amount: float, sharpness: float = 40) -> onnx.ModelProto:
    """The detector with class scores that differ more, and are lowered by `amount` logits."""
    heads = [f"class{index}" for index in range(len(GRIDS))]
    for tensor in model.graph.initializer:
        head, _, kind = tensor.name.rpartition(".")
        if head in heads and kind in "wb":
            value = numpy_helper.to_array(tensor)
            changed = value * np.float32(sharpness) if kind == "w" else value - np.float32(amount)
            tensor.CopyFrom(numpy_helper.from_array(changed, tensor.name))
    return model
