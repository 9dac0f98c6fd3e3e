"""Means of each channel's gradient over its positions, without the gradient.

Grad-CAM uses only the means `[M, C]` of a gradient `[M, C, h, w]`. If the operators behind the target layer
keep channels apart and end in an average (BatchNorm, ReLU, pooling: most classifiers), these can be computed
at a lower cost. Let z = f(a) be the average, `[N, C, oh, ow]`, and S' the gradient of the score at z. Then

    sum_ij dS/da_kij  =  sum_pq S'_kpq t_kpq,   t_k = sum_ij df_k/da_kij

and t, the derivative of f_k when all positions of channel k increase together, does not depend on the score:
it is computed once per image, by one forward sweep (Griewank and Walther, *Evaluating Derivatives*, 2nd ed.,
SIAM 2008, section 3.1), and S' is as small as the pooled map. The derivative of pointwise operators is
diagonal, so that the rule for cotangents serves for t as well; averages are linear and applied to t as they
are; a sum with tensors that do not depend on a, such as a residual block's other branch, does not change t.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper

from whylight.autodiff.forward_values import ForwardValues
from whylight.autodiff.node_context import NodeContext
from whylight.autodiff.registry import RULES
from whylight.graphs.builder import GraphBuilder
from whylight.graphs.graph_view import Graph, TensorInfo, attributes_of
from whylight.tensor_names import WITH_GRADIENTS

_AVERAGES = frozenset(("AveragePool", "GlobalAveragePool"))
_REDUCED = {2, 3}
"""Axes of a ReduceMean that is a global average, as PyTorch's newer exporter writes it."""


def channelwise_chain(
    nodes: Sequence[onnx.NodeProto], target: str, infos: Mapping[str, TensorInfo], graph: Graph
) -> list[onnx.NodeProto]:
    """Return the nodes from the target to the last average that keep channels apart.

    Args:
        nodes: those through which gradients flow to the target, in the order of computation.
        target: float32 `[N, C, h, w]`.
        infos: shapes of all tensors.
        graph: the network, for its constants.

    Returns:
        An empty list if another operator comes first, or if the target or a result of it is used twice.
    """
    chain: list[onnx.NodeProto] = []
    if infos[target].rank != 4:
        return chain
    length, tensor = 0, target
    while True:
        takers = [node for node in nodes if tensor in node.input]
        if len(takers) != 1 or list(takers[0].input).count(tensor) != 1:
            break
        (node,) = takers
        if node.op_type == "Add":  # whatever else is added has not come of the target, which is taken once
            fits = infos[node.output[0]].shape == infos[tensor].shape
        else:
            fits = (_is_pointwise(node) or _is_average(node, graph)) and node.input[0] == tensor
        rank = infos[node.output[0]].rank
        if not fits or (rank != 4 and not _is_average(node, graph)):
            break
        chain.append(node)
        tensor = node.output[0]
        if _is_average(node, graph):
            length = len(chain)
        if rank != 4:  # the average of all places, without them
            break
    return chain[:length]


def _is_pointwise(node: onnx.NodeProto) -> bool:
    return node.op_type in RULES and RULES[node.op_type].pointwise


def _is_average(node: onnx.NodeProto, graph: Graph) -> bool:
    """Whether a node averages over places of `[N, C, h, w]`, all of them or windows."""
    if node.op_type != "ReduceMean":
        return node.op_type in _AVERAGES
    axes = attributes_of(node).get("axes")
    if axes is None and len(node.input) > 1 and node.input[1] in graph.constants:
        axes = graph.constants[node.input[1]].tolist()
    return axes is not None and {axis % 4 for axis in axes} == _REDUCED


def append_channel_means(
    chain: Sequence[onnx.NodeProto],
    values: ForwardValues,
    active: Collection[str],
    cotangent: str,
    image_index: str,
) -> str:
    """Append the nodes that compute the means `[M, C]`; return their name.

    Args:
        chain: from `channelwise_chain`, not empty.
        values: of the gradient graph under construction.
        active: the tensors through which gradients flow.
        cotangent: of the chain's last output, `[M, C, oh, ow]` or `[M, C]`.
        image_index: int64 `[M]`.
    """
    builder, target = values.builder, chain[0].input[0]
    images = values.by_image()
    # It stays a single 1 for as long as no place differs from another: the runtime drops products with it.
    tangent, everywhere = builder.constant(np.ones((1, 1, 1, 1))), True
    for node in chain:
        if node.op_type == "Add":
            continue
        if _is_average(node, values.graph):
            if everywhere:
                shape = builder.op("Shape", values.of_node(node, node.input[0]))
                tangent, everywhere = builder.op("Expand", tangent, shape), False
            if node.op_type == "ReduceMean":
                keepdims = attributes_of(node).get("keepdims", 1)
                axes = builder.constant(sorted(_REDUCED), np.int64)
                tangent = builder.op("ReduceMean", tangent, axes, keepdims=keepdims)
                continue
            made = builder.unique("tangent")
            builder.copy(node, [tangent], [made])
            tangent = made
            continue
        (found, *_) = RULES[node.op_type].function(NodeContext(node, images, active, [tangent]), tangent)
        assert found is not None
        # Of the rules that change the tangent, BatchNormalization's alone has one slope for all places.
        everywhere = everywhere and (found == tangent or node.op_type == "BatchNormalization")
        tangent = found
    products = builder.op("Mul", cotangent, builder.op("Gather", tangent, image_index, axis=0))
    sums = products
    if values.infos[chain[-1].output[0]].rank == 4:
        sums = builder.op("ReduceSum", products, builder.constant([2, 3], np.int64), keepdims=0)
    places = math.prod(values.infos[target].reshape_target()[2:])
    return builder.op("Mul", sums, builder.constant(1 / places))


def gate_gradients(builder: GraphBuilder, made: str, shape: Sequence[int], always: Collection[str]) -> str:
    """Move the nodes that only one tensor needs into an optional branch.

    The branch's condition is the initializer `WITH_GRADIENTS`.

    Args:
        builder: the graph under construction.
        made: the tensor, float32.
        shape: of `made` without its first dimension.
        always: tensors that are always computed; their nodes stay where they are.

    Returns:
        A tensor that is `made` if the condition is true, else empty.
    """
    needed = set(always)
    for node in reversed(builder.nodes):
        if not needed.isdisjoint(node.output):
            needed.update(node.input)
    inside = [node for node in builder.nodes if needed.isdisjoint(node.output)]
    builder.nodes[:] = [node for node in builder.nodes if not needed.isdisjoint(node.output)]
    nothing = helper.make_tensor("nothing", TensorProto.FLOAT, [0, *shape], [])
    empty = builder.unique(f"{made}.none")
    branches = (
        ("then_branch", inside, made),
        ("else_branch", [helper.make_node("Constant", [], [empty], value=nothing)], empty),
    )
    bodies = {
        name: helper.make_graph(
            nodes, name, [], [helper.make_tensor_value_info(output, TensorProto.FLOAT, [None, *shape])]
        )
        for name, nodes, output in branches
    }
    builder.initializer(WITH_GRADIENTS, np.array(True))
    return builder.op("If", WITH_GRADIENTS, **bodies)
