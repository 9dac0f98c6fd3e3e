"""Run a network that takes one image only once for each image of a batch, by Scan.

Dynamic quantisation takes its scales from all that it is given, so that images of a batch would change
each other's answers; files of a fixed batch hide that number in constants; a loop may run as often as one
image asks for; a sequence has no shape to be probed. The network becomes the body of a `Scan` over the
images, as it is. What is inside can be run, and no more: it has no layers and no gradients.
"""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper

from whylight.adoption.constant_if import CONTROL_FLOW
from whylight.graphs.builder import LARGEST_MESSAGE, model_size
from whylight.graphs.editor import GraphEditor, graphs_within

_MIXING = ("DynamicQuantizeLinear", "DynamicQuantizeMatMul", "DynamicQuantizeLSTM")


def depends_across_batch(model: onnx.ModelProto) -> bool:
    """Whether a network holds what may mix the images of a batch, even if it did not with those tried."""
    nodes = [node for graph in graphs_within(model.graph) for node in graph.node]
    kinds = {node.op_type for node in nodes}
    return not kinds.isdisjoint((*_MIXING, *CONTROL_FLOW)) or any("Sequence" in kind for kind in kinds)


def wrap_in_scan(model: onnx.ModelProto, output: str, width: int) -> str:
    """Let a network that takes one image take any number, in place.

    Args:
        model: of one input `[N, 3, h, w]` that may do with N = 1 only.
        output: the tensor of it that holds the answer, of any shape.
        width: how many numbers that holds.

    Returns:
        The new network's output `[N, width]`.
    """
    editor, graph = GraphEditor(model), model.graph
    (images,) = graph.input
    shape = [dim.dim_value for dim in images.type.tensor_type.shape.dim[1:]]
    one = editor.unique(f"{images.name}.one")
    batch_axis = editor.constant([0], stem="batch_axis")
    flat_shape = editor.constant([width], stem="answer_shape")
    batch = editor.node("Unsqueeze", [one, batch_axis], at=0, stem=f"{images.name}.batch_of_one")
    editor.replace_uses(images.name, batch)
    answer = editor.node("Reshape", [output, flat_shape], stem="answer")
    body = helper.make_graph(
        list(graph.node),
        "one_picture",
        [helper.make_tensor_value_info(one, TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(answer, TensorProto.FLOAT, [width])],
    )
    del graph.node[:]
    if model_size(model) <= LARGEST_MESSAGE:
        # The runtime fuses nodes and lays weights out anew where it finds these in the same graph; without,
        # resnet18 takes 1.6 times as long. Where they need a file of their own, they stay where they are.
        body.initializer.extend(graph.initializer)
        del graph.initializer[:]
    return editor.node("Scan", [images.name], stem="answers", body=body, num_scan_inputs=1)
