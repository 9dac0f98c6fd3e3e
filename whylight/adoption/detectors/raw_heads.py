"""Refuse raw heads of detectors, whose boxes are not decoded.

They would be taken for a classifier or a segmenter. Their boxes are offsets to anchors or cells that the
file does not hold.
"""

from __future__ import annotations

import onnx

from whylight.adoption.detectors.heads import FEWEST_PLACES, Values
from whylight.errors import ModelError
from whylight.graphs.graph_view import Graph

_MOVING = ("Cast", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
_BOX = 4


def refuse_raw_heads(model: onnx.ModelProto, outputs: Values) -> None:
    """Refuse outputs that are raw heads of a detector.

    They are scores `[1, P, 1]` beside at least four numbers for each of the same places (BlazeFace), or a
    map joined of parts of which some end in a sigmoid or softmax and others in none (FastestDet). A file that
    also answers for the whole image, `[1, K]`, is a classifier with further outputs.

    Args:
        model: the network.
        outputs: its values for one image.

    Raises:
        ModelError: they are.
    """
    if any(value.ndim == 2 and value.shape[1] > 1 for value in outputs.values()):
        return
    shapes = {name: value.shape for name, value in outputs.items() if value.ndim == 3}
    places = {shape[1] for shape in shapes.values() if shape[2] == 1 and shape[1] >= FEWEST_PLACES}
    beside = any(shape[1] in places and shape[2] >= _BOX for shape in shapes.values())
    graph = Graph(model)
    mixed = any(value.ndim == 4 and _is_mixed(graph, name) for name, value in outputs.items())
    if beside or mixed:
        listed = ", ".join(f"'{name}' {list(value.shape)}" for name, value in outputs.items())
        raise ModelError(
            "the model looks like a detector whose boxes are not decoded (outputs of one image: {outputs}), "
            "and the file does not hold its anchors or cells. Export it with its boxes decoded",
            outputs=listed,
        )


def _is_mixed(graph: Graph, name: str) -> bool:
    """Whether parts that end in an activation are joined with parts that do not."""
    node = graph.producer.get(name)
    while node is not None and node.op_type in _MOVING:
        node = graph.producer.get(node.input[0])
    if node is None or node.op_type != "Concat":
        return False
    endings = [_ending(graph, part) for part in node.input]
    return "Sigmoid" in endings and any(each not in ("Sigmoid", "Softmax") for each in endings)


def _ending(graph: Graph, name: str) -> str:
    """Return the operator that makes a part; empty for a constant or an input."""
    node = graph.producer.get(name)
    while node is not None and node.op_type in _MOVING:
        node = graph.producer.get(node.input[0])
    return "" if node is None else str(node.op_type)
