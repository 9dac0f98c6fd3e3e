"""A network whose trunk computes in half precision, for GPUs; its tail and gradients stay in single."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from export.network import ACTIVATIONS, PICTURES
from export.trunk import Trunk

_HALF = "pictures.half"
_RESULT = "activations.half"


def halve(network: onnx.ModelProto) -> onnx.ModelProto:
    """Let the trunk of an exported network compute in float16, in place.

    The pictures are cast before it and the activations behind it, so that logits and gradients are computed
    from them in float32, and the pair is used like any other.
    """
    trunk = Trunk(network)
    nodes = trunk.nodes
    weights = {tensor.name: tensor for tensor in network.graph.initializer}
    for name in {name for node in nodes for name in node.input if name in weights}:
        if weights[name].data_type == TensorProto.FLOAT:
            trunk.set_value(name, numpy_helper.to_array(weights[name]), np.float16)
    for node in nodes:
        node.input[:] = [_HALF if name == PICTURES else name for name in node.input]
        node.output[:] = [_RESULT if name == ACTIVATIONS else name for name in node.output]
    place = list(network.graph.node).index(nodes[-1]) + 1
    back = helper.make_node("Cast", [_RESULT], [ACTIVATIONS], ACTIVATIONS, to=TensorProto.FLOAT)
    network.graph.node.insert(place, back)
    network.graph.node.insert(0, helper.make_node("Cast", [PICTURES], [_HALF], _HALF, to=TensorProto.FLOAT16))
    return network
