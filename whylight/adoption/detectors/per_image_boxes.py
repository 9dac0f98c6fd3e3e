"""Boxes that a file decodes for one image alone, decoded image by image in a loop.

TorchVision's detectors take the first image's offsets out of the batch, `[P, 4]`, and decode them. Boxes are
not differentiated with the scores, so that the decoding may stand in a `Scan` over the images.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from whylight.adoption.detectors.heads import Run
from whylight.graphs.editor import GraphEditor, expose_outputs
from whylight.graphs.graph_view import Graph

Shapes = Mapping[str, tuple[int, ...]]


def loop_over_images(
    model: onnx.ModelProto, boxes: str, shapes: Shapes, run: Run
) -> Callable[[GraphEditor], str] | None:
    """Return what adds boxes `[N, P, 4]` in place of `[P, 4]`, or None.

    The loop begins at the last tensors `[1, ...]` of three axes or more that the boxes are computed from.

    Args:
        model: the network. It is not changed.
        boxes: the tensor `[P, 4]`.
        shapes: of the network's tensors for one image.
        run: see `Run`.
    """
    graph = Graph(model)
    of_image = graph.downstream(graph.inputs[0])
    starts: dict[str, None] = {}
    fixed: dict[str, None] = {}
    inside: set[str] = set()
    waiting = [boxes]
    while waiting:
        name = waiting.pop()
        node = graph.producer.get(name)
        shape = shapes.get(name, ())
        if name in inside or name in starts or name in fixed:
            continue
        if node is None or name not in of_image or node.op_type == "Shape":
            fixed[name] = None
        elif name != boxes and len(shape) >= 3 and shape[0] == 1:
            starts[name] = None
        else:
            inside.update(node.output)
            waiting.extend(each for each in node.input if each)
    nodes = [node for node in graph.nodes if not inside.isdisjoint(node.output)]
    if len(starts) != 1 or any(attribute.HasField("g") for node in nodes for attribute in node.attribute):
        return None
    (start,) = starts
    values = _values(model, graph, list(fixed), run)

    def append(editor: GraphEditor) -> str:
        body = _body(nodes, start, boxes, shapes, values)
        scan = helper.make_node(
            "Scan", [start], [editor.unique(f"{boxes}.of_images")], body=body, num_scan_inputs=1
        )
        editor.graph.node.append(scan)
        return str(scan.output[0])

    return append


def _values(
    model: onnx.ModelProto, graph: Graph, names: list[str], run: Run
) -> dict[str, NDArray[np.generic]]:
    """Return the values of tensors that are the same for all images."""
    found = {name: graph.constants[name] for name in names if name in graph.constants}
    computed = [name for name in names if name not in found]
    if computed:
        tried = onnx.ModelProto()
        tried.CopyFrom(model)
        expose_outputs(tried, computed)
        values = run(tried)
        found.update({name: values[name] for name in computed})
    return found


def _body(
    nodes: list[onnx.NodeProto],
    start: str,
    boxes: str,
    shapes: Shapes,
    values: Mapping[str, NDArray[np.generic]],
) -> onnx.GraphProto:
    """Return a graph from a row of `start` to the boxes of one image."""
    renamed = {name: f"{name}.row" for node in nodes for name in (*node.input, *node.output) if name}
    copies = []
    for node in nodes:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        for names in (copy.input, copy.output):
            names[:] = [renamed.get(name, name) for name in names]
        copies.append(copy)
    row, axis = f"{start}.image", f"{start}.axis"
    first = helper.make_node("Unsqueeze", [row, axis], [renamed[start]])
    return helper.make_graph(
        [first, *copies],
        "boxes_of_one_image",
        [helper.make_tensor_value_info(row, TensorProto.FLOAT, shapes[start][1:])],
        [helper.make_tensor_value_info(renamed[boxes], TensorProto.FLOAT, shapes[boxes])],
        [
            numpy_helper.from_array(np.array([0], np.int64), axis),
            *(numpy_helper.from_array(np.asarray(value), renamed[name]) for name, value in values.items()),
        ],
    )
