"""Dequantise whole numbers before they are moved, not behind it as tf2onnx does.

TFLite's int8 networks come as QuantizeLinear, Transpose, DequantizeLinear. With the Transpose last, rounding
and its reverse meet, which is differentiated straight through; the numbers are the same.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

from whylight.graphs.editor import GraphEditor
from whylight.graphs.graph_view import producers

_MOVES = ("Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity")
"""Operators that move numbers of any type and leave them as they are."""


def dequantize_early(model: onnx.ModelProto) -> None:
    """Exchange each DequantizeLinear with the moves in front of it, in place.

    Only where scale and zero point are one number for the whole tensor, and nothing else takes the moved
    whole numbers.
    """
    sizes = {tensor.name: numpy_helper.to_array(tensor).size for tensor in model.graph.initializer}
    changed = True
    while changed:
        changed = False
        makers = producers(model.graph)
        for node in model.graph.node:
            if node.op_type != "DequantizeLinear" or sizes.get(node.input[1]) != 1:
                continue
            move = makers.get(node.input[0])
            if move is None or move.op_type not in _MOVES or move.input[0] in sizes:
                continue
            takers = sum(list(other.input).count(move.output[0]) for other in model.graph.node)
            if takers > 1 or move.output[0] in {value.name for value in model.graph.output}:
                continue
            # move(x) -> y, dequantize(y) -> z   becomes   dequantize(x) -> y, move(y) -> z
            moved, early, late = move.output[0], onnx.NodeProto(), onnx.NodeProto()
            early.CopyFrom(node)
            late.CopyFrom(move)
            early.input[0], early.output[0] = move.input[0], moved
            late.input[0], late.output[0] = moved, node.output[0]
            early.name, late.name = node.name, move.name
            move.CopyFrom(early)
            node.CopyFrom(late)
            changed = True
    del model.graph.value_info[:]


def dequantize_input(model: onnx.ModelProto, name: str) -> None:
    """Write out the nodes that dequantise an input of whole numbers, in place."""
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in list(model.graph.node):
        if node.op_type != "DequantizeLinear" or node.input[0] != name or node.input[1] not in constants:
            continue
        scale = numpy_helper.to_array(constants[node.input[1]])
        zero = np.zeros(1) if len(node.input) < 3 else numpy_helper.to_array(constants[node.input[2]])
        if scale.size != 1:
            continue
        editor = GraphEditor(model)
        place = list(model.graph.node).index(node)
        output = node.output[0]
        model.graph.node.remove(node)
        difference = editor.node(
            "Sub",
            [name, editor.constant(float(zero.item()), "float32", "zero")],
            at=place,
            stem=f"{output}.less",
        )
        step = editor.constant(float(scale.item()), "float32", "step")
        scaled = helper.make_node("Mul", [difference, step], [output], name=output)
        model.graph.node.insert(place + 1, scaled)
