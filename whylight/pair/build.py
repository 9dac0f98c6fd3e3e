"""The two graphs of one model, made from a network.

Both files carry the same `whylight.pair` identifier, the SHA-256 of the forward graph, so that a
forward graph is never used with another model's gradients. A network that cannot be differentiated has a
forward graph alone, which says so: docs/decisions/0017-forward-graph-alone.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper

from whylight.autodiff import differentiate
from whylight.errors import ModelError
from whylight.graphs.graph_view import Graph
from whylight.graphs.shape_probing import ProbedShapes
from whylight.pair.card import CARD_KEY, Card
from whylight.pair.forward_graph import build_forward
from whylight.pair.input_stage import InputStage
from whylight.pair.metadata import (
    GRADIENTS_KEY,
    NO_GRADIENTS,
    PAIR_KEY,
    metadata_of,
)
from whylight.runtime.external_weights import without_weights
from whylight.tensor_names import ACTIVATIONS, LOGITS


@dataclass(frozen=True, slots=True)
class Pair:
    """The forward graph, card included, and the gradient graph of one model."""

    forward: onnx.ModelProto
    gradient: onnx.ModelProto | None
    """None where the model has no gradients."""

    @property
    def card(self) -> Card:
        """The model's own description."""
        return Card.from_metadata(metadata_of(self.forward))


def build_pair(
    network: onnx.ModelProto,
    card: Card,
    *,
    target: str,
    logits: str,
    probed: ProbedShapes | None = None,
    prologue: InputStage | None = None,
) -> Pair:
    """Make a pair from a network.

    Args:
        network: one float32 input `[N, 3, h, w]`, normalised, of the card's size, N dynamic.
        card: becomes part of the forward graph.
        target: the tensor `[N, C, h, w]` explained.
        logits: the tensor `[N, K]` before any softmax.
        probed: what `whylight.graphs.shape_probing.infer_dynamic_shapes` found out about this very network,
            if it is known.
        prologue: how images become the network's input; None for `whylight.pair.preprocessing` by the card.

    Raises:
        ModelError: shapes do not fit each other or the card.
        UnsupportedOperatorError: the tail holds an operator without a rule.
    """
    source = Graph(network)
    if len(source.inputs) != 1:
        raise ModelError(
            "the network has {count} inputs {inputs}; expected one",
            count=len(source.inputs),
            inputs=source.inputs,
        )
    item_shape = (3, *card.input_size) if prologue is None else prologue.item_shape
    tail = differentiate(network, target, logits, item_shape, probed, reuse=True, means=True)
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

    activations = [dim if isinstance(dim, int) else "N" for dim in tail.target_info.shape]
    outputs = [
        helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, ["N", classes]),
        helper.make_tensor_value_info(ACTIVATIONS, TensorProto.FLOAT, activations),
        *(value for value in tail.model.graph.input if value.name in tail.extra_inputs),
    ]
    forward = build_forward(source, card, {LOGITS: logits, ACTIVATIONS: target}, outputs, prologue)
    return bind(forward, tail.model, card)


def bind(forward: onnx.ModelProto, gradient: onnx.ModelProto | None, card: Card) -> Pair:
    """Put the card into the forward graph and the pair's identifier into both, in place.

    Without a gradient graph the forward graph says instead that there is none.
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
