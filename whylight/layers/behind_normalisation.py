"""The layer behind a normalisation, in place of the one before it.

What a normalisation takes away has no gradient, and two kinds take away what a map is computed from:

- A normalisation over the channels of a place (LayerNorm, RMSNorm) forgets by how much the activations of a
  place are multiplied. So gradient times activation sums to zero at each place (Euler's theorem for functions
  that are homogeneous of degree zero): what speaks for an answer is as much as what speaks against it, and
  LayerCAM draws the same map for both.
- A normalisation over the places of a channel (InstanceNorm) forgets what is added to a whole channel. So the
  gradients of a channel sum to zero over its places, and with them the weights of Grad-CAM.

Neither holds behind the normalisation, of whose output pytorch-grad-cam's advice for ViT speaks as well
(`blocks[-1].norm1`). Both are tried out, since exporters write a normalisation in many ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.graphs.extraction import values_at
from whylight.graphs.graph_view import Graph
from whylight.layers.find_layers import Layer
from whylight.layers.moved_values import scores_when_moved, spread_of, without_class_token

_FORGOTTEN = 1e-2
"""Change of the scores, relative to that by noise, that a normalisation leaves of what it takes away.

Not zero, for the small number that is added to a variance before it divides.
"""
_NEAR = 6
"""Layers before it that are tried: two blocks of a transformer."""
_AFFINE = frozenset(("Add", "Cast", "Identity", "Mul"))
"""What is written behind a normalisation as a part of it: its scale and its shift."""


def behind_normalisation(
    model: onnx.ModelProto,
    graph: Graph,
    layers: Sequence[Layer],
    layer: Layer,
    scores: str,
    images: NDArray[np.float32],
) -> Layer:
    """Return the layer itself, or what the normalisation behind it makes of it.

    Args:
        model: the network.
        graph: its graph.
        layers: all layers of it, in order.
        layer: one of them.
        scores: the tensor of the scores.
        images: what the network takes, one image, float32 `[1, 3, h, w]`.

    Returns:
        `layer` where it stands before no normalisation of these kinds. Else a layer of the same cells and
        channels behind it through which all influence of the cells goes. Where there is none (two norms read
        the layer, as in CaiT), the deepest one before it on every path that stands before no normalisation;
        `layer` if that is not near.
    """
    if not _may_normalise(graph, layer):
        return layer
    try_out = _TryOut(model, scores, images)
    if not try_out.is_forgotten(layer):
        return layer
    behind = graph.downstream(layer.name)
    same = [
        other
        for other in layers
        if other.name in behind
        and other.layout.size == layer.layout.size
        and other.layout.channels == layer.layout.channels
    ]
    try_out.know(other.name for other in same)
    for index, other in enumerate(same):
        if try_out.all_goes_through(other, layer) and not try_out.is_forgotten(other):
            return _with_affine(other, same[index + 1 :], graph)
    before = graph.upstream([layer.name])
    cuts = [
        other
        for other in layers
        if other.is_cut and other.name in before and other.layout.size == layer.layout.size
    ]
    near = cuts[-_NEAR:][::-1]
    try_out.know(other.name for other in near)
    return next((other for other in near if not try_out.is_forgotten(other)), layer)


def _may_normalise(graph: Graph, layer: Layer) -> bool:
    """Return whether something behind a layer divides by what it was computed from."""
    behind = graph.downstream(layer.name)
    for node in graph.nodes:
        if behind.isdisjoint(node.output):
            continue
        if "Normalization" in node.op_type and node.op_type != "BatchNormalization":
            return True
        if node.op_type in ("Pow", "Reciprocal") or (node.op_type == "Div" and node.input[1] in behind):
            return True
    return False


def _with_affine(layer: Layer, behind: Sequence[Layer], graph: Graph) -> Layer:
    """Return a normalised layer with the scale and shift that are written behind it."""
    for other in behind:
        node = graph.producer[other.name]
        varying = [name for name in node.input if name and name not in graph.constants]
        if node.op_type in _AFFINE and varying == [layer.name]:
            layer = other
    return layer


class _TryOut:
    """Moves the values of a layer and looks at the scores."""

    def __init__(self, model: onnx.ModelProto, scores: str, images: NDArray[np.float32]) -> None:
        self._model = model
        self._scores = scores
        self._images = images
        self._known: dict[str, NDArray[np.generic]] = {}

    def know(self, names: Iterable[str]) -> None:
        """Compute tensors that are not known yet, in one pass."""
        missing = tuple(name for name in dict.fromkeys(names) if name not in self._known)
        if missing:
            self._known.update(values_at(self._model, missing, self._images))

    def is_forgotten(self, layer: Layer) -> bool:
        """Return whether a normalisation behind a layer forgets what maps need.

        Also where the layer's cells have no influence at all.
        """

        def changes(values: NDArray[np.float32]) -> list[NDArray[np.floating]]:
            random, spread = np.random.default_rng(2), spread_of(values)
            axis = values.ndim - 1 if layer.layout.channels_last else 1
            one_a_cell = [1 if each == axis else size for each, size in enumerate(values.shape)]
            one_a_channel = [size if each == axis else 1 for each, size in enumerate(values.shape)]
            factors = np.exp2(random.uniform(-1, 1, one_a_cell))
            added = np.broadcast_to(spread * random.standard_normal(one_a_channel), values.shape)
            return [spread * random.standard_normal(values.shape), (factors - 1) * values, added]

        by_noise, *others = self._effects(layer, changes)
        return min(others) <= _FORGOTTEN * by_noise

    def all_goes_through(self, other: Layer, layer: Layer) -> bool:
        """Return whether the cells of a layer have no influence but by the layer `other`."""

        def changes(values: NDArray[np.float32]) -> list[NDArray[np.floating]]:
            return [spread_of(values) * np.random.default_rng(2).standard_normal(values.shape)]

        return self._effects(layer, changes, (other.name,)) == [0]

    def _effects(
        self,
        layer: Layer,
        changes: Callable[[NDArray[np.float32]], list[NDArray[np.floating]]],
        held: tuple[str, ...] = (),
    ) -> list[float]:
        """Return the largest change of a score for each change of a layer's values."""

        def known(names: tuple[str, ...]) -> dict[str, NDArray[np.generic]]:
            self.know(names)
            return self._known

        def moves(values: NDArray[np.float32]) -> list[NDArray[np.float32]]:
            layout = layer.layout
            return [values + without_class_token(layout, change) for change in changes(values)]

        before, after = scores_when_moved(self._model, layer.name, self._scores, known, moves, held)
        return [float(np.abs(moved.astype(np.float64) - before).max()) for moved in after]
