"""Build a forward graph: preprocessing, the network's nodes, public output names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import onnx
from onnx import helper

from whylight.graphs.builder import GraphBuilder, consumers_of, with_subgraph_uses
from whylight.graphs.graph_view import Graph
from whylight.pair.card import Card
from whylight.pair.input_stage import InputStage
from whylight.pair.preprocessing import append_preprocessing, image_input


def build_forward(
    source: Graph,
    card: Card,
    public: Mapping[str, str],
    outputs: Sequence[onnx.ValueInfoProto],
    prologue: InputStage | None = None,
) -> onnx.ModelProto:
    """Build the forward graph of a network, without metadata.

    Args:
        source: the network's graph, with one input.
        card: determines the preprocessing.
        public: tensors of the network by their public output names.
        outputs: declarations of these, and of further tensors that keep their names.
        prologue: input stage; None for `whylight.pair.preprocessing` according to the card.
    """
    builder = GraphBuilder(source.opset, source.model.opset_import)
    builder.reserve([*source.producer, *source.constants, *source.inputs])
    builder.reserve(name for node in with_subgraph_uses(source.nodes) for name in node.output)
    if prologue is None:
        append_preprocessing(builder, source.inputs[0], card.input_size, card.mean, card.std)
    else:
        prologue.append_to(builder)
    needed = source.upstream([*public.values(), *(value.name for value in outputs)])
    for node in source.nodes:
        if not needed.isdisjoint(node.output):
            for name in consumers_of([node]):
                if name in source.constants:
                    builder.initializer(name, source.constants[name])
            builder.copy(node, node.input, node.output)
    for name, tensor in public.items():
        if name != tensor:
            builder.copy(helper.make_node("Identity", [tensor], [name]), [tensor], [name])
    return builder.model("forward", [image_input()], outputs)
