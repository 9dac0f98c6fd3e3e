"""Rewrite a network so that a layer's map has the form `[N, C, h, w]`.

The layer's tensor is converted to that form and back again, and the nodes behind it take the result, so that
the gradient with respect to the tensor in between is the layer's. Further tokens (class token) bypass the
conversion; they are an extra input of the gradient graph.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx

from whylight.graphs.editor import GraphEditor
from whylight.layers.find_layers import Layer

_REARRANGING = frozenset(("Concat", "Gather", "Reshape", "Slice", "Transpose"))
_STEMS = frozenset(("map", "back", "flat", "tokens", "all_tokens", "places", "planes", "further", "sorted"))
"""Operators that `_Rewriter` inserts, and the ends of its tensors' names."""


def to_nchw(model: onnx.ModelProto, layer: Layer) -> str:
    """Rewrite a layer's map as `[N, C, h, w]` on the way to the logits, in place.

    Returns:
        The name of that tensor: the layer's own where it has the form already.
    """
    layout = layer.layout
    if not layout.channels_last and not layout.tokens:
        return layer.name
    rewriter = _Rewriter(model, layer)
    if layout.tokens:
        return rewriter.tokens()
    return rewriter.channels_last()


def is_rewritten(other: Layer, target: str) -> bool:
    """Return whether `to_nchw` put a layer behind another one."""
    stem = other.name.removeprefix(f"{target}.").partition(".")[0]
    return other.name.startswith(f"{target}.") and stem in _STEMS and other.op_type in _REARRANGING


class _Rewriter:
    """Inserts nodes behind the one that computes the layer."""

    def __init__(self, model: onnx.ModelProto, layer: Layer) -> None:
        self.editor = GraphEditor(model)
        self.layer = layer
        self._place = self.editor.place_of(layer.name) + 1
        self._made: list[str] = []

    def channels_last(self) -> str:
        form = self._node("Transpose", [self.layer.name], "map", perm=[0, 3, 1, 2])
        self._go_on_from(self._node("Transpose", [form], "back", perm=[0, 2, 3, 1]))
        return form

    def tokens(self) -> str:
        layout, source = self.layer.layout, self.layer.name
        places = layout.size[0] * layout.size[1]
        further = ""
        if layout.extra_tokens:
            further = self._part(source, 0, layout.extra_tokens, "further")
            source = self._part(source, layout.extra_tokens, layout.extra_tokens + places, "places")
        if layout.channels_last:
            source = self._node("Transpose", [source], "planes", perm=[0, 2, 1])
        if layout.order:
            source = self._ordered(source, layout.order)
        shape = self.editor.constant([-1, layout.channels, *layout.size], stem="map_shape")
        form = self._node("Reshape", [source, shape], "map")
        flat = self.editor.constant([-1, layout.channels, places], stem="token_shape")
        back = self._node("Reshape", [form, flat], "flat")
        if layout.order:
            back = self._ordered(back, np.argsort(layout.order).tolist())
        if layout.channels_last:
            back = self._node("Transpose", [back], "tokens", perm=[0, 2, 1])
        if further:
            back = self._node("Concat", [further, back], "all_tokens", axis=1)
        self._go_on_from(back)
        return form

    def _ordered(self, planes: str, order: Sequence[int]) -> str:
        """Reorder tokens `[N, C, positions]`."""
        return self._node(
            "Gather", [planes, self.editor.constant(list(order), stem="order")], "sorted", axis=2
        )

    def _part(self, source: str, start: int, end: int, stem: str) -> str:
        bounds = [self.editor.constant([value], stem="bound") for value in (start, end, 1)]
        return self._node("Slice", [source, *bounds], stem)

    def _node(self, op_type: str, inputs: list[str], stem: str, **attributes: object) -> str:
        name = self.editor.node(
            op_type, inputs, at=self._place, stem=f"{self.layer.name}.{stem}", **attributes
        )
        self._place += 1
        self._made.append(name)
        return name

    def _go_on_from(self, back: str) -> None:
        self.editor.replace_uses(self.layer.name, back, keep=self._made)
