"""Change the target layer of a pair by differentiating from another tensor.

The forward pass, and with it the probabilities, stay the same. The weights of a quantised backbone stay
rounded, but the activations behind the new layer are not rounded any more, since rounding has no gradient.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import onnx

from whylight.errors import CommandHint, ModelError
from whylight.graphs.editor import GraphEditor, set_output
from whylight.graphs.graph_view import Graph, producers
from whylight.graphs.shape_probing import infer_dynamic_shapes, with_new_nodes
from whylight.layers.find_layers import Layer, behind_norm, blocks, find_layer, find_layers
from whylight.layers.influence import has_influence
from whylight.layers.to_nchw import is_rewritten, to_nchw
from whylight.pair.build import Pair, build_pair
from whylight.pair.input_stage import extract_input_stage, is_looped
from whylight.tensor_names import ACTIVATIONS, BOXES, LOGITS, MASKS, PLACE_SCORES


@dataclass(frozen=True, slots=True)
class LayerChoice:
    """Tensor of an open pair that can be explained."""

    name: str
    """Argument of `Layers.pair_for_layer` and `Explainer.with_layer`."""
    op_type: str
    """Of the node that makes it (`Conv`, `Relu`)."""
    channels: int
    size: tuple[int, int]
    """h and w of its maps."""
    is_cut: bool
    """Whether every path to the logits goes through it; else its maps explain one branch only."""
    is_main: bool
    """Whether it represents its block; a menu shows only these."""
    is_target: bool
    """Whether it is the one that the pair explains now."""


class Layers:
    """Layers of a pair, and new pairs that explain them.

    Raises:
        ModelError: the forward graph is not as `whylight.pair.build.build_pair` makes it.
    """

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._layers: list[Layer] = []
        if is_looped(pair.forward):
            return
        self._network = onnx.ModelProto()
        self._network.CopyFrom(pair.forward)
        del self._network.metadata_props[:]
        made = {name for node in self._network.graph.node for name in node.output}
        self._outputs = tuple(name for name in (LOGITS, PLACE_SCORES, BOXES, MASKS) if name in made)
        set_output(self._network, *self._outputs)
        self._target = _named_target(pair, self._network)
        self._prologue = extract_input_stage(self._network, pair.card.input_size)
        real = onnx.ModelProto()
        real.CopyFrom(self._network)
        self._real = real
        self._rounds = remove_qdq(real, self._prologue.output)
        set_output(real, *self._outputs)
        self._probed = infer_dynamic_shapes(real, self._prologue.item_shape)
        self._graph = Graph(real)
        self._graph.fold(self._probed.constants)
        scores = LOGITS if pair.card.segmenter is None else PLACE_SCORES
        found = find_layers(self._graph, self._probed, scores)
        self._layers = [layer for layer in found if not is_rewritten(layer, self._target)]

    @property
    def choices(self) -> list[LayerChoice]:
        """Tensors that can be explained, in the order in which they are computed."""
        if is_looped(self._pair.forward):
            return [_only_choice(self._pair)]
        main = self._main_names()
        return [
            LayerChoice(
                layer.name,
                layer.op_type,
                layer.layout.channels,
                layer.layout.size,
                layer.is_cut,
                layer.name in main,
                layer.name == self._target,
            )
            for layer in self._layers
        ]

    def _main_names(self) -> set[str]:
        """Return the layer of each block, up to the last one with influence."""
        main = [_main(group) for group in blocks(self._layers, self._graph)]
        while main and not self._has_influence(main[-1]):
            main.pop()
        return {layer.name for layer in main}

    def _has_influence(self, layer: Layer) -> bool:
        images = np.random.default_rng(5).standard_normal((1, *self._prologue.item_shape), dtype=np.float32)
        return has_influence(self._real, layer, LOGITS, images)

    def pair_for_layer(self, name: str, part: str = PLACE_SCORES) -> Pair:
        """Build the pair of the same model for the named layer; takes tenths of a second.

        Args:
            name: of one of `choices`, or of the node that makes it.
            part: of a detector, what is differentiated: scores at places, `boxes` (the pair's classes are the
                four numbers of a box) or `mask_parts` (the C coefficients and prototypes).

        Raises:
            ModelError: there is no such layer, or the scores (or boxes) do not depend on it.
            UnsupportedOperatorError: an operator behind it has no differentiation rule.
        """
        if is_looped(self._pair.forward):
            if part != PLACE_SCORES:
                raise ModelError(
                    "the network takes one image at a time, so positions and masks of its boxes cannot be "
                    "explained"
                )
            if name == self._pair.card.target_layer:
                return self._pair
            raise ModelError(
                "the network takes one image at a time, so that its layer is chosen when it is adopted: "
                "adopt it again{hint}",
                hint=CommandHint(" with --layer '{layer}'", layer=name),
            )
        layer = find_layer(self._layers, self._graph, name)
        if layer.name == self._target and part == PLACE_SCORES:
            return self._pair
        if not self._has_influence(layer):
            raise ModelError(
                "the scores do not change with the places of layer '{layer}' (behind the last "
                "attention only the class token counts); choose an earlier layer, see --inspect",
                layer=layer.name,
            )
        network = onnx.ModelProto()
        network.CopyFrom(self._network)
        remove_qdq(network, layer.name)
        set_output(network, *self._outputs)
        target = to_nchw(network, layer)
        known = None if self._rounds else with_new_nodes(self._probed, network)
        card = replace(self._pair.card, target_layer=layer.name)
        if part != PLACE_SCORES:
            assert card.detector is not None, "classifiers have no boxes"
            rows = card.detector.box_numbers if part == BOXES else card.detector.mask_channels
            card = replace(card, classes=rows, synonyms=(), translations={})
        return build_pair(
            network,
            card,
            target=target,
            logits=LOGITS,
            probed=known,
            prologue=self._prologue,
            part=part,
        )


def _only_choice(pair: Pair) -> LayerChoice:
    """Return the layer of a pair whose network cannot be looked into."""
    assert pair.gradient is not None, "pairs without gradients have no layers to choose"
    activations = next(value for value in pair.gradient.graph.input if value.name == ACTIVATIONS)
    _, channels, rows, columns = (dim.dim_value for dim in activations.type.tensor_type.shape.dim)
    return LayerChoice(
        pair.card.target_layer, "Scan", channels, (rows, columns), is_cut=True, is_main=True, is_target=True
    )


def retarget_layer(pair: Pair, layer: str) -> Pair:
    """Return `Layers(pair).pair_for_layer(layer)`, for a single layer."""
    return Layers(pair).pair_for_layer(layer)


def _named_target(pair: Pair, network: onnx.ModelProto) -> str:
    """Rename the target, in place, to its name on the card; return its name.

    A target that has a name of its own keeps it.
    """
    made_by = producers(pair.forward.graph)
    card_name, maker = pair.card.target_layer, made_by[ACTIVATIONS]
    if maker.op_type == "Identity":  # `build_pair` gave a tensor of the network out by this name
        return card_name if card_name in made_by else maker.input[0]
    name = GraphEditor(network).unique(card_name)
    renamed = {ACTIVATIONS: name}
    rounding = made_by.get(maker.input[0]) if maker.op_type == "DequantizeLinear" else None
    if rounding is not None:  # the layer is what is rounded; what is given out is the rounded value of it
        renamed = {rounding.input[0]: name, ACTIVATIONS: GraphEditor(network).unique(f"{card_name}.rounded")}
    for node in network.graph.node:
        for names in (node.input, node.output):
            names[:] = [renamed.get(entry, entry) for entry in names]
    return name


def remove_qdq(model: onnx.ModelProto, tensor: str) -> bool:
    """Remove rounding behind a tensor, in place; return whether there was any.

    Quantised networks round a tensor by a pair of QuantizeLinear and DequantizeLinear; those of `tensor` and
    of all that depends on it are left out. Rounded weights stay, and nodes that nothing takes any more.
    """
    graph = Graph(model)
    behind = graph.downstream(tensor)
    rounds = False
    for node in graph.nodes:
        rounding = graph.producer.get(node.input[0]) if node.op_type == "DequantizeLinear" else None
        if rounding is not None and rounding.op_type == "QuantizeLinear" and rounding.input[0] in behind:
            GraphEditor(model).replace_uses(node.output[0], rounding.input[0])
            rounds = True
    return rounds


def _main(group: list[Layer]) -> Layer:
    """Choose the cut of a block that is usually explained.

    As `whylight.layers.find_layers.choose_default` has it: the last convolution, else the last of the
    largest.
    """
    convolutions = [
        behind_norm(layer, group) for layer in group if layer.op_type in ("Conv", "ConvTranspose")
    ]
    largest = max(layer.layout.size for layer in group)
    return (convolutions or [layer for layer in group if layer.layout.size == largest])[-1]
