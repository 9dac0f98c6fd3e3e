"""Give every rounded weight a zero point of its own.

ONNX Runtime may refuse the network otherwise. The transformation behind `session.x64quantprecision` turns
int8 weights into uint8 ones and adds a zero point under a name made of the old one. Two weights that share a
zero point, as tf2onnx writes them, make it add the same name twice: "AddInitializerWithOrtValue ... Attempt
to replace the existing tensor" (seen in 1.32).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx

_OPERATORS = ("DequantizeLinear", "QuantizeLinear")


def unshare_zero_points(model: onnx.ModelProto) -> bool:
    """Copy zero points that several nodes take, in place.

    Returns:
        Whether there were any.
    """
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    taken = set(constants) | {name for node in model.graph.node for name in node.output}
    seen: set[str] = set()
    changed = False
    for node in model.graph.node:
        if node.op_type not in _OPERATORS:
            continue
        for place in (0, 2):  # a weight that two nodes take is turned twice as well
            if place >= len(node.input) or node.input[place] not in constants:
                continue
            name = node.input[place]
            if name in seen:
                number = 1
                while (own := f"{name}.{number}") in taken:
                    number += 1
                copied = model.graph.initializer.add()
                copied.CopyFrom(constants[name])
                copied.name = own
                taken.add(own)
                node.input[place] = own
                changed = True
            seen.add(name)
    return changed
