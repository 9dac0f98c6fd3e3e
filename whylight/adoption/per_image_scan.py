"""Wrap a network of one image in a Scan over the images of a batch.

Dynamic quantisation takes its scales from the whole batch, so that images would change each other's answers;
files of a fixed batch have that number in constants; the number of turns of a loop may depend on the image;
a sequence has no shape that could be probed. The network becomes the unchanged body of a `Scan` over the
images. It can only be run: it has no layers and no gradients.
"""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper

from whylight.adoption.constant_if import CONTROL_FLOW
from whylight.graphs.builder import LARGEST_MESSAGE, model_size
from whylight.graphs.editor import GraphEditor, graphs_within

_MIXING = ("DynamicQuantizeLinear", "DynamicQuantizeMatMul", "DynamicQuantizeLSTM")


def depends_across_batch(model: onnx.ModelProto) -> bool:
    """Whether a network has operators that can mix the images of a batch.

    They can even if they did not for the images that were tried.
    """
    nodes = [node for graph in graphs_within(model.graph) for node in graph.node]
    kinds = {node.op_type for node in nodes}
    return not kinds.isdisjoint((*_MIXING, *CONTROL_FLOW)) or any("Sequence" in kind for kind in kinds)


def wrap_in_scan(model: onnx.ModelProto, output: str, width: int) -> str:
    """Make a network of one image take any number of images, in place.

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
