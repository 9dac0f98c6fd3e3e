"""The class for nothing, by what a network's own selection reads."""

from __future__ import annotations

import onnx

from whylight.graphs.graph_view import Graph

_PASSED = ("Identity", "Cast", "Split", "Squeeze", "Unsqueeze")


def unread_class(
    model: onnx.ModelProto, scores: str, rank: int, count: int, *, classes_last: bool
) -> int | None:
    """Return the first or last class if the network picks every class but this one.

    TorchVision's SSD picks each class's column of the shares, apart from that for nothing. A network with
    random weights says by its selection which class that is, and by its shares it does not.

    Args:
        model: the network.
        scores: the tensor of scores of one image.
        rank: its number of axes.
        count: the number of classes, that for nothing included.
        classes_last: whether classes are the last axis, otherwise the last but one.
    """
    graph = Graph(model)
    behind_classes = 0 if classes_last else 1
    read: set[int] = set()
    reached = [(scores, rank)]
    seen = {scores}
    while reached:
        name, axes = reached.pop()
        for node in graph.nodes:
            if not node.input or node.input[0] != name:
                continue
            after = axes
            if node.op_type == "Gather":
                indices = graph.constants.get(node.input[1])
                axis = next((each.i for each in node.attribute if each.name == "axis"), 0) % axes
                if axis == axes - 1 - behind_classes:
                    if indices is None:
                        return None
                    read.update(int(index) % count for index in indices.reshape(-1))
                    continue
                if indices is None or axis > axes - 1 - behind_classes:
                    continue
                after = axes - 1 + indices.ndim
            elif node.op_type == "Squeeze":
                after = axes - 1
            elif node.op_type == "Unsqueeze":
                after = axes + 1
            elif node.op_type not in _PASSED or len(node.output) != 1:
                continue
            if node.output[0] not in seen:
                seen.add(node.output[0])
                reached.append((node.output[0], after))
    unread = set(range(count)) - read
    return unread.pop() if len(unread) == 1 and unread <= {0, count - 1} else None
