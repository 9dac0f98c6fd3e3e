"""Loops around a pair whose network takes one image alone.

A file whose batch is fixed to one, and cannot be freed, is differentiated as it is: for one image and one
score. The two graphs become bodies of `Scan` loops, over the images and over the scores, so that the pair is
used as any other. It is slower, since nothing is computed for several images or scores at once.
"""

from __future__ import annotations

from collections.abc import Iterable

import onnx
from onnx import TensorProto, helper

from whylight.graphs.builder import LARGEST_MESSAGE, model_size
from whylight.graphs.editor import GraphEditor, graphs_within
from whylight.pair.build import Pair, bind
from whylight.tensor_names import (
    ACTIVATIONS,
    GRADIENTS,
    IMAGE,
    IMAGE_INDEX,
    PLACE_WEIGHTS,
    SCORE_WEIGHTS,
)

_QUESTION = (IMAGE_INDEX, SCORE_WEIGHTS, PLACE_WEIGHTS)
"""Inputs of a gradient graph with a row for each score."""


def loop_one_by_one(pair: Pair) -> Pair:
    """Return a pair for any number of images and scores.

    Args:
        pair: of a network that takes one image; its graphs are changed.
    """
    assert pair.gradient is not None, "a pair with gradients is asked for"
    card = pair.card
    _loop_over_images(pair.forward)
    _loop_over_scores(pair.gradient)
    return bind(pair.forward, pair.gradient, card)


def _loop_over_images(model: onnx.ModelProto) -> None:
    """Make the forward graph the body of a loop over its images, in place."""
    outputs = list(model.graph.output)
    renamed = _rename(model, [IMAGE, *(value.name for value in outputs)])
    editor = GraphEditor(model)
    first = editor.constant([0], stem="first_axis")
    one = editor.unique(f"{IMAGE}.one")
    editor.graph.node.insert(0, helper.make_node("Unsqueeze", [one, first], [renamed[IMAGE]]))
    made = []
    for value in outputs:
        name, dims = renamed[value.name], value.type.tensor_type.shape.dim
        if _is_per_image(value):
            name, dims = editor.node("Squeeze", [name, first], stem=f"{value.name}.row"), dims[1:]
        kind = value.type.tensor_type.elem_type
        made.append(helper.make_tensor_value_info(name, kind, [dim.dim_value for dim in dims]))
    image = helper.make_tensor_value_info(one, TensorProto.UINT8, ["H", "W", 3])
    _wrap(model, "one_image", [image], made, [IMAGE], [value.name for value in outputs])
    # Declare the outputs anew, the images first.
    del model.graph.output[:]
    for value, row in zip(outputs, made, strict=True):
        sizes = [dim.dim_value for dim in row.type.tensor_type.shape.dim]
        model.graph.output.append(
            helper.make_tensor_value_info(value.name, row.type.tensor_type.elem_type, ["N", *sizes])
        )


def _loop_over_scores(model: onnx.ModelProto) -> None:
    """Make the gradient graph the body of a loop over its scores, in place."""
    inputs = {value.name: value for value in model.graph.input}
    (output,) = model.graph.output
    renamed = _rename(model, [*inputs, output.name])
    editor = GraphEditor(model)
    first = editor.constant([0], stem="first_axis")
    index = editor.unique("index")
    # A detector's question has weights of classes and of places.
    weights = {name: editor.unique(name) for name in _QUESTION[1:] if name in inputs}
    start = [
        helper.make_node("Unsqueeze", [index, first], [f"{index}.row"]),
        helper.make_node("Identity", [first], [renamed[IMAGE_INDEX]]),
        *(helper.make_node("Unsqueeze", [row, first], [renamed[name]]) for name, row in weights.items()),
    ]
    for name, value in inputs.items():
        if name in _QUESTION:
            continue
        # Without a batch of its own, a tensor of one image was stacked as it is.
        row = f"{index}.row" if _is_per_image(value) else index
        start.append(helper.make_node("Gather", [name, row], [renamed[name]], axis=0))
    for place, node in enumerate(start):
        model.graph.node.insert(place, node)
    gradient = editor.node("Squeeze", [renamed[GRADIENTS], first], stem="gradients.row")
    sizes = [dim.dim_value for dim in output.type.tensor_type.shape.dim[1:]]
    widths = {name: inputs[name].type.tensor_type.shape.dim[1].dim_value for name in weights}
    _wrap(
        model,
        "one_score",
        [
            helper.make_tensor_value_info(index, TensorProto.INT64, []),
            *(
                helper.make_tensor_value_info(row, TensorProto.FLOAT, [widths[name]])
                for name, row in weights.items()
            ),
        ],
        [helper.make_tensor_value_info(gradient, TensorProto.FLOAT, sizes)],
        [IMAGE_INDEX, *weights],
        [GRADIENTS],
    )
    # Tensors that were stacked have one more dimension.
    for value in model.graph.input:
        if value.name not in (ACTIVATIONS, *_QUESTION) and not _is_per_image(value):
            dims = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
            kind = value.type.tensor_type.elem_type
            value.CopyFrom(helper.make_tensor_value_info(value.name, kind, ["N", *dims]))


def _wrap(
    model: onnx.ModelProto,
    name: str,
    taken: Iterable[onnx.ValueInfoProto],
    made: Iterable[onnx.ValueInfoProto],
    inputs: list[str],
    outputs: list[str],
) -> None:
    """Replace all nodes of a graph by one loop over the first dimension of `inputs`."""
    graph = model.graph
    body = helper.make_graph(list(graph.node), name, list(taken), list(made))
    del graph.node[:]
    if model_size(model) <= LARGEST_MESSAGE:
        # The runtime fuses nodes only with weights of the same graph.
        body.initializer.extend(graph.initializer)
        del graph.initializer[:]
    scan = helper.make_node("Scan", inputs, outputs, name=name, body=body, num_scan_inputs=len(inputs))
    graph.node.append(scan)


def _rename(model: onnx.ModelProto, names: Iterable[str]) -> dict[str, str]:
    """Rename tensors within a graph that becomes a body.

    A body cannot use names of the graph around it for others.
    """
    editor = GraphEditor(model)
    renamed = {name: editor.unique(f"{name}.of_one") for name in names}
    for graph in graphs_within(model.graph):
        for node in graph.node:
            for listed in (node.input, node.output):
                for place, name in enumerate(listed):
                    listed[place] = renamed.get(name, name)
    return renamed


def _is_per_image(value: onnx.ValueInfoProto) -> bool:
    """Whether a tensor's first dimension is declared as the batch."""
    dims = value.type.tensor_type.shape.dim
    return bool(dims) and dims[0].HasField("dim_param")
