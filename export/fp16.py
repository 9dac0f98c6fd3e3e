"""Convert the backbone to float16 for GPUs; tail and gradients stay in float32."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from whylight.tensor_names import ACTIVATIONS

from .backbone import Backbone
from .torch_to_onnx import IMAGES

_HALF = "pictures.half"


def convert_to_fp16(network: onnx.ModelProto) -> onnx.ModelProto:
    """Convert the backbone of an exported network to float16, in place.

    The images are cast to float16. The activations, and other tensors that the tail takes from the backbone
    (such as the other branch of a residual sum), are cast back. Logits and gradients are computed from these
    in float32, so the pair is used like any other.
    """
    trunk = Backbone(network)
    nodes = trunk.nodes
    graph = network.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for name in {name for node in nodes for name in node.input if name in weights}:
        if weights[name].data_type == TensorProto.FLOAT:
            trunk.set_value(name, numpy_helper.to_array(weights[name]), np.float16)
    # Tensors that leave the backbone keep their names; their float16 versions get new ones.
    inside = {name for node in nodes for name in node.output}
    tail = [node for node in graph.node if inside.isdisjoint(node.output)]
    given_out = {ACTIVATIONS} | {name for node in tail for name in node.input if name in inside}
    halves = {IMAGES: _HALF, **{name: f"{name}.half" for name in given_out}}
    ordered = [helper.make_node("Cast", [IMAGES], [_HALF], _HALF, to=TensorProto.FLOAT16)]
    for node in list(graph.node):
        ordered.append(node)
        if inside.isdisjoint(node.output):
            continue
        made = [name for name in node.output if name in given_out]
        node.input[:] = [halves.get(name, name) for name in node.input]
        node.output[:] = [halves.get(name, name) for name in node.output]
        ordered += [
            helper.make_node("Cast", [halves[name]], [name], name, to=TensorProto.FLOAT) for name in made
        ]
    del graph.node[:]
    graph.node.extend(ordered)
    return network
