"""Layers of a network that can be explained, and the default one.

A *cut* is a tensor through which every path from the image to the logits goes. The default is found so:

1. Take the deepest cut that holds a map, and that has any influence on the logits through its places
   (behind the last attention of a ViT only the class token counts).
2. From there walk back over cuts as long as nothing but pooling, normalisation and activation lies between
   two of them. If a convolution made one of these cuts, take the deepest such convolution: the target
   layer of Grad-CAM's paper; where BatchNormalization was kept behind it, what that gives, so that maps do
   not depend on whether an exporter folded the two. Otherwise take the deepest of them before any pooling.

So the output of a last convolution is explained before its activation, and a residual stage after its
sum, as `layer4` of a ResNet is by custom. Where no map lies on every path (CrossViT goes two ways from the
image on), the deepest one with influence on one of them is the default.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import onnx

from whylight.autodiff import RULES
from whylight.errors import CommandHint, Message, ModelError
from whylight.graphs.graph_view import Graph
from whylight.graphs.shape_probing import ProbedShapes
from whylight.layers.map_layout import MapLayout, find_layouts

_OF_PIXELS = frozenset(
    (
        "Add",
        "BatchNormalization",
        "Cast",
        "Clip",
        "Concat",
        "DequantizeLinear",
        "Div",
        "Gather",
        "Identity",
        "Mul",
        "Pad",
        "QuantizeLinear",
        "Reshape",
        "Resize",
        "Slice",
        "SpaceToDepth",
        "Split",
        "Squeeze",
        "Sub",
        "Transpose",
        "Unsqueeze",
    )
)
"""Operators that scale, turn or cut up an image."""
_PRODUCTS = frozenset(("MatMul", "Einsum", "Attention"))
_REARRANGING = frozenset(
    ("Gather", "Reshape", "Slice", "Split", "Squeeze", "Transpose", "Unsqueeze", "Identity")
)
_BLOCKED = "com.microsoft.nchwc"
"""Operators whose results ONNX Runtime keeps in blocks of 8 or 16 channels, which nobody else can read."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Tensor that can be explained."""

    name: str
    """Of the tensor."""
    node: str
    """Name of the node that makes it."""
    op_type: str
    layout: MapLayout
    source: str
    """The tensor that the node takes first."""
    is_cut: bool
    """Whether every path to the logits goes through it."""


def find_layers(graph: Graph, probed: ProbedShapes, logits: str) -> list[Layer]:
    """Return all tensors with a map that the logits depend on.

    They are in the order in which they are computed.
    """
    layouts = find_layouts(graph, probed.infos)
    cuts = find_cuts(graph, probed, logits)
    dependent = real_tensors(graph, probed)
    needed = graph.upstream([logits], within=dependent)
    excluded = _made_of_pixels(graph) | _attention_operands(graph) | _of_regions(graph, dependent)
    return [
        Layer(name, node.name, node.op_type, layouts[name], node.input[0], name in cuts)
        for node in graph.nodes
        if node.domain != _BLOCKED
        for name in node.output
        if name in layouts and name in needed and name in dependent and name not in (*excluded, logits)
    ]


def find_cuts(graph: Graph, probed: ProbedShapes, logits: str) -> set[str]:
    """Return the tensors through which every path from image to logits goes.

    A tensor is one if the paths that lead to it, times those that lead on from it, are all there are.

    Raises:
        ModelError: real numbers do not lead all the way, as in a quantised network.
    """
    dependent = real_tensors(graph, probed)
    leading_to: dict[str, int] = {graph.inputs[0]: 1}
    for node in graph.nodes:
        count = sum(leading_to.get(name, 0) for name in node.input)
        leading_to.update({name: count for name in node.output if name in dependent and count})
    leading_on: dict[str, int] = {logits: 1}
    for node in reversed(graph.nodes):
        count = sum(leading_on.get(name, 0) for name in node.output)
        if count and not dependent.isdisjoint(node.output):
            for name in node.input:
                if name in leading_to:
                    leading_on[name] = leading_on.get(name, 0) + count
    every = leading_to.get(logits, 0)
    if every == 0:
        raise ModelError(_why_broken(graph, probed))
    return {name for name, count in leading_to.items() if count * leading_on.get(name, 0) == every}


def choose_default(layers: list[Layer], graph: Graph, responds: Callable[[Layer], bool]) -> tuple[Layer, str]:
    """Return the layer to explain if none is named, and the reason.

    Args:
        layers: all layers, in order.
        graph: the network.
        responds: whether the logits change with the places of a layer's map.

    Raises:
        ModelError: there is no map with influence on the logits.
    """
    cuts = [layer for layer in layers if layer.is_cut]
    place = next((i for i in reversed(range(len(cuts))) if responds(cuts[i])), None)
    if place is None:
        on_one_way = _deepest_stream(layers, graph, responds)
        if on_one_way is None:
            raise ModelError(
                "the network has no map of more than one place that the scores depend on; it cannot be "
                "explained by place"
            )
        return on_one_way, "no map lies on every path to the scores; this is the deepest on one of them"
    deepest = cuts[place]
    near = [deepest, *_locally_before(cuts[: place + 1], graph)]
    convolution = next((layer for layer in near if layer.op_type in ("Conv", "ConvTranspose")), None)
    if convolution is not None:
        return behind_norm(
            convolution, near
        ), "the last convolution; every path to the scores goes through it"
    largest = max(math.prod(layer.layout.size) for layer in near)
    chosen = next(layer for layer in near if math.prod(layer.layout.size) == largest)
    if place + 1 < len(cuts):
        return (
            chosen,
            "the last map whose places have influence on the scores: the input of the last attention",
        )
    return chosen, "the deepest map through which every path to the scores goes"


def behind_norm(convolution: Layer, near: Iterable[Layer]) -> Layer:
    """Return the BatchNormalization of a convolution, else the convolution.

    It must be among the layers `near`.
    """
    return next(
        (
            layer
            for layer in near
            if layer.op_type == "BatchNormalization" and layer.source == convolution.name
        ),
        convolution,
    )


def _made_of_pixels(graph: Graph) -> set[str]:
    """Return the tensors that are the image itself, scaled, transposed or cut up.

    No value in them is computed from several pixels.
    """
    found = {graph.inputs[0]}
    for node in graph.nodes:
        varying = [name for name in node.input if name and name not in graph.constants]
        if varying and node.op_type in _OF_PIXELS and found.issuperset(varying):
            found.update(filter(None, node.output))
    return found


def _of_regions(graph: Graph, dependent: Collection[str]) -> set[str]:
    """Return what is sampled from regions that the network picked, and all behind.

    Their places are places of regions, and not of the image. The grid of samples depends on the image then,
    but not by real numbers; that of a spatial transformer does so by real ones.
    """
    of_image, found = graph.downstream(graph.inputs[0]), set[str]()
    for node in graph.nodes:
        picked = node.op_type == "GridSample" and node.input[1] in of_image and node.input[1] not in dependent
        if picked or not found.isdisjoint(node.input):
            found.update(filter(None, node.output))
    return found


def _attention_operands(graph: Graph) -> set[str]:
    """Return queries, keys and values of attention before the split into heads.

    They are recognised by their use: rearranged, they only go into products.
    """
    consumers: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.nodes:
        for name in node.input:
            consumers.setdefault(name, []).append(node)
    products: dict[str, bool] = {}
    for node in reversed(graph.nodes):
        for name in filter(None, node.output):
            takers = consumers.get(name, [])
            products[name] = bool(takers) and all(
                _leads_to_product(taker, graph, products) for taker in takers
            )
    # Rearranged at least once: a value that goes straight into a product may be a map that is pooled.
    return {
        name
        for name, is_operand in products.items()
        if is_operand and not any(taker.op_type in _PRODUCTS for taker in consumers[name])
    }


def _leads_to_product(node: onnx.NodeProto, graph: Graph, products: Mapping[str, bool]) -> bool:
    varying = [name for name in node.input if name and name not in graph.constants]
    if node.op_type in _PRODUCTS:
        return len(varying) > 1
    shifted = node.op_type in ("Add", "Sub", "Mul", "Div") and len(varying) == 1
    if node.op_type in _REARRANGING or shifted:
        return any(products.get(name, False) for name in node.output)
    return False


def _deepest_stream(layers: list[Layer], graph: Graph, responds: Callable[[Layer], bool]) -> Layer | None:
    """Return the deepest map with influence.

    Of rows of tokens only sums and concatenations count, not the inside of attention.
    """
    for layer in reversed(layers):
        parts = [name for name in graph.producer[layer.name].input if name not in graph.constants]
        if (not layer.layout.tokens or len(parts) > 1) and responds(layer):
            return layer
    return None


def _locally_before(cuts: list[Layer], graph: Graph) -> Iterator[Layer]:
    """Yield the cuts before the last with only local operators in between.

    The deepest comes first.
    """
    for before, after in zip(reversed(cuts[:-1]), reversed(cuts), strict=False):
        between = graph.downstream(before.name) & graph.upstream([after.name])
        nodes = [node for node in graph.nodes if not between.isdisjoint(node.output)]
        if any(not _is_local(node) for node in nodes if before.name not in node.output):
            return
        yield before


def _is_local(node: onnx.NodeProto) -> bool:
    return node.op_type in RULES and RULES[node.op_type].local


def real_tensors(graph: Graph, probed: ProbedShapes) -> set[str]:
    """Return the real tensors that depend on the image's values."""
    real = probed.real(graph)
    reached = {graph.inputs[0]}
    for node in graph.nodes:
        if node.op_type not in ("Shape", "Size") and not reached.isdisjoint(node.input):
            reached.update(name for name in node.output if name in real)
    return reached


def _why_broken(graph: Graph, probed: ProbedShapes) -> Message:
    """Name the node that rounds the last real numbers on the way to the scores."""
    reached = real_tensors(graph, probed)
    for node in reversed(graph.nodes):
        if not reached.isdisjoint(node.input) and reached.isdisjoint(node.output):
            return Message(
                "the scores depend on the image through whole numbers only: {operator} '{node}' rounds, and "
                "what is rounded has no gradient. Adopt the model as it was before it was quantised",
                operator=node.op_type,
                node=node.name or node.output[0],
            )
    return Message("the scores do not depend on the image")


_INSPECT = CommandHint("; list the candidates with --inspect")


def find_layer(layers: list[Layer], graph: Graph, name: str) -> Layer:
    """Return the layer that a user named by its tensor or node.

    Raises:
        ModelError: there is none of that name, or it holds no map.
    """
    for layer in layers:
        if name in (layer.name, layer.node):
            return layer
    known = name in graph.producer or any(node.name == name for node in graph.nodes)
    if known:
        raise ModelError(
            "layer '{layer}' holds no map that the scores depend on{hint}",
            layer=name,
            hint=_INSPECT,
        )
    raise ModelError("the network has no layer '{layer}'{hint}", layer=name, hint=_INSPECT)


def blocks(layers: list[Layer], graph: Graph) -> list[list[Layer]]:
    """Group the cuts, in order, by whether only local operators lie between them."""
    cuts = [layer for layer in layers if layer.is_cut]
    grouped: list[list[Layer]] = []
    for index, layer in enumerate(cuts):
        if index and next(_locally_before(cuts[: index + 1], graph), None) is not None:
            grouped[-1].append(layer)
        else:
            grouped.append([layer])
    return grouped
