"""Build the two graphs of a model from a network.

Both files carry the same `whylight.pair` identifier, the SHA-256 of the forward graph, so that a forward
graph is never used with another model's gradients. A network that is not differentiable has a forward graph
only, which records this: docs/decisions/0017-forward-graph-alone.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import onnx
from onnx import TensorProto, helper

from whylight.autodiff import differentiate
from whylight.errors import ModelError
from whylight.graphs.graph_view import Graph
from whylight.graphs.receptive_field import trace_placement
from whylight.graphs.shape_probing import ProbedShapes, infer_dynamic_shapes
from whylight.pair.card import CARD_KEY, Card
from whylight.pair.forward_graph import build_forward
from whylight.pair.input_stage import InputStage
from whylight.pair.metadata import (
    GRADIENTS_KEY,
    NO_GRADIENTS,
    PAIR_KEY,
    metadata_of,
)
from whylight.placement import Placement
from whylight.runtime.external_weights import without_weights
from whylight.tensor_names import ACTIVATIONS, BOXES, LOGITS, MASKS, PLACE_SCORES


@dataclass(frozen=True, slots=True)
class Pair:
    """Forward graph (with card) and gradient graph of a model."""

    forward: onnx.ModelProto
    gradient: onnx.ModelProto | None
    """None if the model has no gradients."""

    @property
    def card(self) -> Card:
        """The model card."""
        return Card.from_metadata(metadata_of(self.forward))


def build_pair(
    network: onnx.ModelProto,
    card: Card,
    *,
    target: str,
    logits: str,
    probed: ProbedShapes | None = None,
    prologue: InputStage | None = None,
    part: str = PLACE_SCORES,
) -> Pair:
    """Build a pair from a network.

    Args:
        network: one normalised float32 input `[N, 3, h, w]` of the card's size, N dynamic; with shapes of
            `infer_static_shapes`, N = 1, and the pair is for one image and one score
            (`whylight.pair.one_by_one`).
        card: stored in the forward graph.
        target: the tensor `[N, C, h, w]` to explain.
        logits: the tensor `[N, K]` before any softmax. If the network also has the output `place_scores`, as
            detectors and segmenters have, that is differentiated; it and a detector's `boxes` are given out.
        probed: result of `whylight.graphs.shape_probing.infer_dynamic_shapes` for this network, if available.
        prologue: input stage; None for `whylight.pair.preprocessing` according to the card.
        part: of a detector, the output that is differentiated, `place_scores`, `boxes` or `mask_parts`; the
            card's classes are its rows.

    Raises:
        ModelError: shapes are inconsistent with each other or the card.
        UnsupportedOperatorError: the tail contains an operator without a rule.
    """
    source = Graph(network)
    if len(source.inputs) != 1:
        raise ModelError(
            "the network has {count} inputs {inputs}; expected one",
            count=len(source.inputs),
            inputs=source.inputs,
        )
    # Build the gradient graph, and check its shapes.
    item_shape = (3, *card.input_size) if prologue is None else prologue.item_shape
    probed = probed or infer_dynamic_shapes(network, item_shape)
    given_out = {value.name for value in network.graph.output}
    placed = PLACE_SCORES in given_out
    differentiated = part if placed else logits
    means = not probed.is_static
    tail = differentiate(network, target, differentiated, item_shape, probed, reuse=True, means=means)
    if tail.target_info.rank != 4:
        raise ModelError(
            "layer '{target}' has shape {shape}; expected [N, C, h, w]",
            target=target,
            shape=tail.target_info.shape,
        )
    classes = tail.logits_info.shape[1]
    if classes != len(card.classes):
        raise ModelError(
            "the network has {logits} logits, the card {classes} classes",
            logits=classes,
            classes=len(card.classes),
        )

    card = replace(card, placement=_placement(network, probed, target, card.input_size))

    # Outputs: logits, activations and further inputs of the gradient graph.
    activations = [dim if isinstance(dim, int) else "N" for dim in tail.target_info.shape]
    outputs = [
        _declared(logits, probed, LOGITS),
        helper.make_tensor_value_info(ACTIVATIONS, TensorProto.FLOAT, activations),
        *(value for value in tail.model.graph.input if value.name in tail.extra_inputs),
        *(
            _declared(name, probed)
            for name in (PLACE_SCORES, BOXES, MASKS)
            if name in given_out and name not in tail.extra_inputs
        ),
    ]
    forward = build_forward(source, card, {LOGITS: logits, ACTIVATIONS: target}, outputs, prologue)
    return bind(forward, tail.model, card)


def _declared(name: str, probed: ProbedShapes, called: str = "") -> onnx.ValueInfoProto:
    dims = [dim if isinstance(dim, int) else "N" for dim in probed.infos[name].shape]
    return helper.make_tensor_value_info(called or name, TensorProto.FLOAT, dims)


def _placement(
    network: onnx.ModelProto, probed: ProbedShapes, target: str, size: tuple[int, int]
) -> Placement | None:
    graph = Graph(network)  # folding would put real weights in the place of rounded ones
    graph.fold(probed.constants)
    return trace_placement(graph, probed.infos, target, size)


def bind(forward: onnx.ModelProto, gradient: onnx.ModelProto | None, card: Card) -> Pair:
    """Store the card in the forward graph and the pair's identifier in both, in place.

    Without a gradient graph, the forward graph is marked as having none.
    """
    _set_metadata(forward, {CARD_KEY: card.to_json()})
    if gradient is None:
        _set_metadata(forward, {**metadata_of(forward), GRADIENTS_KEY: NO_GRADIENTS})
        return Pair(forward, None)
    identifier = _digest(forward)
    for model in (forward, gradient):
        _set_metadata(model, {**metadata_of(model), PAIR_KEY: identifier})
    return Pair(forward, gradient)


def _digest(model: onnx.ModelProto) -> str:
    """SHA-256 of a model of any size."""
    light, heavy = without_weights(model)
    digest = hashlib.sha256(light.SerializeToString(deterministic=True))
    for value in heavy.values():
        digest.update(np.ascontiguousarray(value).data)
    return digest.hexdigest()


def _set_metadata(model: onnx.ModelProto, entries: Mapping[str, str]) -> None:
    del model.metadata_props[:]
    model.metadata_props.extend(
        onnx.StringStringEntryProto(key=key, value=value) for key, value in entries.items()
    )
