"""Reverse-mode differentiation of an ONNX graph into another ONNX graph.

The scores are linear forms of the logits, `s_m = sum_k score_weights[m, k] * logits[image_index[m], k]`,
or of logits at places, `sum_kp score_weights[m, k] * place_weights[m, p] * logits[image_index[m], k, p]`,
so the reverse sweep starts with the score weights themselves as the logits' cotangent and walks the
tail backwards, one rule a node, to the target layer. See Griewank and Walther, *Evaluating
Derivatives*, 2nd ed., SIAM 2008, section 3.2, for the method.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper

from whylight.autodiff.channel_means import append_channel_means, channelwise_chain, gate_gradients
from whylight.autodiff.forward_values import ForwardValues
from whylight.autodiff.node_context import NodeContext
from whylight.autodiff.registry import RULES
from whylight.errors import ModelError, UnsupportedOperatorError
from whylight.graphs.builder import GraphBuilder
from whylight.graphs.graph_view import Graph, TensorInfo
from whylight.graphs.shape_probing import ProbedShapes, infer_dynamic_shapes
from whylight.tensor_names import (
    ACTIVATIONS,
    CHANNEL_MEANS,
    GRADIENTS,
    IMAGE_INDEX,
    PLACE_WEIGHTS,
    SCORE_WEIGHTS,
    WITH_GRADIENTS,
)


@dataclass(frozen=True, slots=True)
class Differentiated:
    """Gradient graph of a network's tail, and the inputs it needs."""

    model: onnx.ModelProto
    extra_inputs: tuple[str, ...]
    """Tensors of the network, besides the target, that the gradient graph takes under their own names."""
    target_info: TensorInfo
    logits_info: TensorInfo


def differentiate(
    network: onnx.ModelProto,
    target: str,
    logits: str,
    item_shape: tuple[int, ...],
    probed: ProbedShapes | None = None,
    *,
    reuse: bool = False,
    means: bool = False,
) -> Differentiated:
    """Build the gradient graph of `logits` with respect to `target`.

    Inputs of the result: `activations` `[N, ...]`, the target's value; `image_index` int64 `[M]`;
    `score_weights` float32 `[M, K]`; `place_weights` float32 `[M, P]` if the logits have places; and any
    `extra_inputs`. Output: `gradients`, of the shape of `activations` with M rows.

    Args:
        network: one float32 input `[N, *item_shape]` with dynamic N.
        target: the tensor to differentiate with respect to, the batch as first dimension.
        logits: the tensor `[N, K]` or `[N, K, P]` of which scores are made.
        item_shape: the input's shape without the batch.
        probed: what `infer_dynamic_shapes` found out about this very network, if it is known already.
        reuse: take fully connected layers' results as `extra_inputs` instead of computing them again.
        means: add the output `channel_means` `[M, C]` where it can be had without `gradients`, and make these
            only if the optional input `with_gradients` is true, as it is by default
            (`whylight.autodiff.channel_means`).

    Raises:
        ModelError: a tensor is missing or of an unfit shape, or the logits do not depend on the target.
        UnsupportedOperatorError: an operator on the way has no rule.
    """
    graph = Graph(network)
    for name in (target, logits):
        if name not in graph.producer:
            raise ModelError("the network has no tensor '{name}' that a node makes", name=name)
    probed = probed or infer_dynamic_shapes(network, item_shape)
    graph.fold(probed.constants)
    infos = probed.infos
    # Whole numbers on the way (regions that were picked, indexes) have no gradient.
    real = probed.real(graph)
    active = graph.downstream(target, within=real) & graph.upstream([logits], within=real)
    nodes = [node for node in graph.nodes if target not in node.output and not active.isdisjoint(node.output)]
    if logits not in active or not nodes:
        raise ModelError(
            "the logits '{logits}' do not depend on the layer '{target}'", logits=logits, target=target
        )
    _require_rules(nodes)
    target_info, logits_info = infos[target], infos[logits]
    if not target_info.is_per_image:
        raise ModelError(
            "layer '{target}' has shape {shape}; expected the batch first",
            target=target,
            shape=target_info.shape,
        )
    if not logits_info.is_per_image or logits_info.rank not in (2, 3):
        raise ModelError(
            "the logits '{logits}' have shape {shape}; expected [N, K] or [N, K, P]",
            logits=logits,
            shape=logits_info.shape,
        )
    classes, *places = logits_info.reshape_target()[1:]

    builder = GraphBuilder(graph.opset)
    builder.reserve([ACTIVATIONS, IMAGE_INDEX, SCORE_WEIGHTS, PLACE_WEIGHTS, GRADIENTS])
    values = ForwardValues(graph, builder, probed, (target, ACTIVATIONS), IMAGE_INDEX, reuse=reuse)

    chain = channelwise_chain(nodes, target, infos, graph) if means else []
    end, at_end = (chain[-1].output[0] if chain else ""), ""
    cotangents: dict[str, list[str]] = {logits: [_seed(builder) if places else SCORE_WEIGHTS]}
    for node in reversed(nodes):
        if end in node.output and end in cotangents:
            at_end = _total(cotangents[end], builder)
            cotangents[end] = [at_end]
        _sweep(node, values, active, cotangents)
    if target not in cotangents:
        raise ModelError(
            "no gradient flows from the logits '{logits}' to the layer '{target}'",
            logits=logits,
            target=target,
        )
    total = _total(cotangents[target], builder)
    outputs = [_value_info(GRADIENTS, target_info, "M")]
    if at_end:
        found = append_channel_means(chain, values, active, at_end, IMAGE_INDEX)
        builder.copy(helper.make_node("Identity", [found], [CHANNEL_MEANS]), [found], [CHANNEL_MEANS])
        outputs.append(
            helper.make_tensor_value_info(
                CHANNEL_MEANS, TensorProto.FLOAT, ["M", target_info.reshape_target()[1]]
            )
        )
        total = gate_gradients(builder, total, target_info.reshape_target()[1:], [CHANNEL_MEANS])
    builder.copy(helper.make_node("Identity", [total], [GRADIENTS]), [total], [GRADIENTS])

    inputs = [
        _value_info(ACTIVATIONS, target_info, "N"),
        helper.make_tensor_value_info(IMAGE_INDEX, TensorProto.INT64, ["M"]),
        helper.make_tensor_value_info(SCORE_WEIGHTS, TensorProto.FLOAT, ["M", classes]),
        *(helper.make_tensor_value_info(PLACE_WEIGHTS, TensorProto.FLOAT, ["M", count]) for count in places),
        *(_value_info(name, infos[name], "N") for name in values.extra_inputs),
    ]
    if at_end:
        inputs.append(helper.make_tensor_value_info(WITH_GRADIENTS, TensorProto.BOOL, []))
    model = builder.model("gradient", inputs, outputs)
    return Differentiated(model, tuple(values.extra_inputs), target_info, logits_info)


def _seed(builder: GraphBuilder) -> str:
    """Return the cotangent `[M, K, P]` of logits at places."""
    by_class = builder.op("Unsqueeze", SCORE_WEIGHTS, builder.constant([2], np.int64))
    by_place = builder.op("Unsqueeze", PLACE_WEIGHTS, builder.constant([1], np.int64))
    return builder.op("Mul", by_class, by_place)


def _require_rules(nodes: list[onnx.NodeProto]) -> None:
    for node in nodes:
        if node.op_type not in RULES or node.domain not in ("", "ai.onnx"):
            name = f"{node.domain}.{node.op_type}" if node.domain not in ("", "ai.onnx") else node.op_type
            raise UnsupportedOperatorError(name, node.name or node.output[0])


def _sweep(
    node: onnx.NodeProto, values: ForwardValues, active: set[str], cotangents: dict[str, list[str]]
) -> None:
    """Propagate the cotangents of a node's outputs to its inputs."""
    arrived = [
        _total(cotangents.pop(name), values.builder) if name in cotangents else None for name in node.output
    ]
    first = next((cotangent for cotangent in arrived if cotangent is not None), None)
    if first is None:
        return
    context = NodeContext(node, values, active, arrived)
    entry = RULES[node.op_type]
    if not entry.all_outputs and any(cotangent is not None for cotangent in arrived[1:]):
        raise context.unsupported("the score depends on another of its outputs than the first")
    for index, cotangent in enumerate(entry.function(context, first)):
        if cotangent is not None and context.is_active(index):
            cotangents.setdefault(node.input[index], []).append(cotangent)


def _total(cotangents: list[str], builder: GraphBuilder) -> str:
    return cotangents[0] if len(cotangents) == 1 else builder.op("Sum", *cotangents)


def _value_info(name: str, info: TensorInfo, batch: str) -> onnx.ValueInfoProto:
    dims: list[str | int | None] = [dim if isinstance(dim, int) else batch for dim in info.shape]
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(info.dtype), dims)
