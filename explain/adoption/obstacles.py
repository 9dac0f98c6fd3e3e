"""What stands between a layer and its gradients: operators without a rule."""

from __future__ import annotations

import onnx

from explain.adoption.layers import Layer, real_tensors
from explain.adoption.preparing import Network
from explain.adoption.scores import LOGITS
from explain.autodiff import RULES
from explain.errors import UnsupportedOperatorError

WITHOUT_GRADIENTS = "Methods that need no gradients (occlusion, RISE, Score-CAM) still apply to the model"


def obstacles(network: Network) -> dict[str, onnx.NodeProto]:
    """The node without a rule that lies behind a tensor, for every tensor that has one (the deepest)."""
    needed = network.graph.upstream([LOGITS]) & real_tensors(network.graph, network.probed)
    found: dict[str, onnx.NodeProto] = {}
    for node in reversed(network.graph.nodes):
        if needed.isdisjoint(node.output):
            continue
        obstacle = next((found[name] for name in node.output if name in found), None)
        if obstacle is None and node.op_type not in RULES:
            obstacle = node
        if obstacle is not None:
            for name in node.input:
                found.setdefault(name, obstacle)
    return found


def require_rules(network: Network, layer: Layer) -> None:
    """Refuse a layer behind which an operator without a rule lies, and say what to do instead.

    Raises:
        UnsupportedOperatorError: there is one.
    """
    blocked = obstacles(network)
    if layer.name not in blocked:
        return
    node = blocked[layer.name]
    free = [layer.name for layer in network.layers if layer.name not in blocked]
    advice = (
        f"choose a layer behind it with --layer, such as '{free[-1]}'"
        if free
        else "no layer lies behind it, so that none has gradients"
    )
    raise UnsupportedOperatorError(
        node.op_type, node.name or node.output[0], f"{advice}. {WITHOUT_GRADIENTS}"
    )
