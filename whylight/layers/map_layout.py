"""Channel axis of a tensor, by following known operators, then by its shape."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx

from whylight.graphs.graph_view import Dim, Graph, TensorInfo
from whylight.graphs.token_positions import Places, grid_of, lies_straight, trace_token_positions

FIRST, LAST = "channels first", "channels last"
_NEITHER = "no map"
"""Products of two tensors that depend on the image (attention between places), and groups of channels
flattened with their places (for a group norm): no maps, even where their shapes could be."""

_CHANNELS_FIRST = frozenset(
    (
        "Conv",
        "ConvTranspose",
        "BatchNormalization",
        "InstanceNormalization",
        "GroupNormalization",
        "MaxPool",
        "AveragePool",
        "GlobalAveragePool",
        "GlobalMaxPool",
        "LRN",
        "DepthToSpace",
        "SpaceToDepth",
        "PRelu",
    )
)
_NO_LAYOUT = frozenset(("Shape", "Size", "Gather", "Flatten"))
_PARTS = frozenset(("Slice", "Split"))
"""What they give is a part of a map, such as one of those that a shifted map is joined of again."""
_MOST_EXTRA_TOKENS = 16


@dataclass(frozen=True, slots=True)
class MapLayout:
    """Layout of a map of C channels and h x w positions in a tensor."""

    channels_last: bool
    tokens: bool
    """Rank 3: the places lie along one axis."""
    extra_tokens: int
    """Tokens in front of the places (class token, distillation token, registers)."""
    channels: int
    size: tuple[int, int]
    """h and w."""
    order: tuple[int, ...] = ()
    """Which token each place is, line by line, where tokens do not lie so; extra tokens not counted."""
    is_followed: bool = field(default=False, compare=False)
    """Whether the places were followed from where the map was made, and not guessed from its shape."""

    def describe(self) -> str:
        """Return the layout in words, such as `768 x 14 x 14, tokens behind 1 other`."""
        text = f"{self.channels} x {self.size[0]} x {self.size[1]}"
        if self.tokens:
            text += ", tokens"
        elif self.channels_last:
            text += ", channels last"
        return text + (f" behind {self.extra_tokens} other" if self.extra_tokens else "")


def find_layouts(graph: Graph, infos: Mapping[str, TensorInfo]) -> dict[str, MapLayout]:
    """Return the layouts of all tensors that hold a map of more than one position.

    Only tensors whose first dimension counts the images are looked at.
    """
    axes = _channel_axes(graph, infos)
    layouts: dict[str, MapLayout] = {}
    grids: list[tuple[int, int]] = []
    _, rows, columns = _fixed(infos[graph.inputs[0]].shape)
    moved = any(
        infos[name].is_per_image and (infos[name].rank == 3 or (infos[name].rank == 4 and axis == LAST))
        for name, axis in axes.items()
    )
    places = trace_token_positions(graph, infos) if moved else {}
    for node in graph.nodes:
        for name in filter(None, node.output):
            info = infos.get(name)
            if info is None or not info.is_per_image or info.dtype.kind != "f":
                continue
            layout = _layout(info, axes.get(name), grids, (rows, columns), places.get(name))
            if layout is not None:
                layouts[name] = layout
                # The image itself, normalised or padded, is no grid of patches, nor are means over rows.
                small = math.prod(layout.size) < rows * columns and min(layout.size) > 1
                small = small and node.op_type not in _PARTS
                if not layout.tokens and layout.size not in grids and small:
                    grids.append(layout.size)
    return layouts


def _layout(
    info: TensorInfo,
    axis: str | None,
    grids: list[tuple[int, int]],
    image: tuple[int, int],
    places: Places | None,
) -> MapLayout | None:
    dims = _fixed(info.shape[1:])
    if len(dims) != len(info.shape) - 1 or axis == _NEITHER:
        return None
    if len(dims) == 3:
        last = axis == LAST if axis else _last_by_shape(dims)
        if last is None:
            return None
        channels, size = (dims[2], (dims[0], dims[1])) if last else (dims[0], (dims[1], dims[2]))
        straight = None if places is None else lies_straight(places, channels_last=last)
        regrouped = _is_regrouped(size, grids) if straight is None else not straight
        if math.prod(size) == 1 or regrouped:
            return None
        return MapLayout(last, False, 0, channels, size, is_followed=straight is not None)
    if len(dims) == 2 and axis is not None:
        length, channels = dims if axis == LAST else dims[::-1]
        if places is not None:
            return _followed(places[0], axis == LAST)
        grid = _grid(length, grids, image, extra=axis == LAST)
        if grid is not None:
            return MapLayout(axis == LAST, True, length - math.prod(grid), channels, grid)
    return None


def _followed(places: Places, channels_last: bool) -> MapLayout | None:
    """Return the layout of tokens with known positions.

    The tokens are `[length, channels]`, or transposed.
    """
    tokens = places if channels_last else places.T
    grid = grid_of(tokens[:, 0])
    if grid is None or not np.array_equal(
        tokens, np.broadcast_to(tokens[:, :1], tokens.shape), equal_nan=True
    ):
        return None
    size, extra, order = grid
    if math.prod(size) == 1 or (extra and not channels_last):
        return None
    straight = order == tuple(range(len(order)))
    order = () if straight else order
    return MapLayout(channels_last, True, extra, tokens.shape[1], size, order, is_followed=True)


def _fixed(dims: Iterable[Dim]) -> list[int]:
    """Return the dimensions that are not the batch."""
    return [dim for dim in dims if isinstance(dim, int)]


def _last_by_shape(dims: list[int]) -> bool | None:
    """Guess whether channels are last: maps are square, channels differ from sides."""
    if dims[1] == dims[2] != dims[0]:
        return False
    if dims[0] == dims[1] != dims[2]:
        return True
    return None


def _is_regrouped(size: tuple[int, int], grids: list[tuple[int, int]]) -> bool:
    """Whether a map has the positions of an earlier one, regrouped into windows."""
    return size not in grids and any(math.prod(size) == math.prod(grid) for grid in grids)


def _grid(
    length: int, grids: list[tuple[int, int]], image: tuple[int, int], *, extra: bool
) -> tuple[int, int] | None:
    """Return height and width of a row of tokens: those of the latest map that fits.

    Where no map came before, patches were cut out without a convolution, and have the image's proportions.
    """
    most = _MOST_EXTRA_TOKENS if extra else 0
    for height, width in reversed(grids):
        if 0 <= length - height * width <= min(most, height * width - 1):
            return height, width
    for further in range(0 if grids else min(most, 2) + 1):
        places = max(length - further, 0)
        height = math.isqrt(places * image[0] // image[1])
        if places > 1 and height and places * image[0] == height**2 * image[1]:
            return height, places // height
    return None


def _channel_axes(graph: Graph, infos: Mapping[str, TensorInfo]) -> dict[str, str]:
    """Return FIRST or LAST for the tensors whose channel axis operators determine."""
    axes: dict[str, str] = {}
    for node in graph.nodes:
        if node.output[0] not in infos:
            continue
        found = _told(node, graph, infos, axes)
        if found is not None:
            axes.update({name: found for name in node.output if name})
    for node in reversed(graph.nodes):
        told = _asked(node, graph)
        if told is None:
            told = axes.get(node.output[0]) if _keeps_axes(node, graph, infos) else None
        if told in (FIRST, LAST):
            for name in node.input[:1] if _asked(node, graph) else node.input:
                if name in graph.producer:
                    axes.setdefault(name, told)
    return axes


def _told(
    node: onnx.NodeProto, graph: Graph, infos: Mapping[str, TensorInfo], axes: Mapping[str, str]
) -> str | None:
    """Return the channel axis of a node's output by its operator and inputs."""
    rank = infos[node.output[0]].rank
    if node.op_type == "InstanceNormalization" and axes.get(node.input[0]) == _NEITHER:
        return _NEITHER
    if node.op_type in _CHANNELS_FIRST and rank > 2:
        return FIRST
    known = [axes[name] for name in node.input if name in axes]
    if node.op_type == "Transpose":
        return _transposed(node, known[0], rank) if known else None
    if node.op_type == "Reshape":
        return _reshaped(node, infos, known[0]) if known else None
    if node.op_type == "MatMul" and rank == 4 and _NEITHER in known:
        return _NEITHER  # a linear map of the heads of attention
    if node.op_type == "Attention":
        return _NEITHER
    if node.op_type in ("MatMul", "Einsum") and _asked(node, graph) is None:
        return _NEITHER
    if known and _keeps_axes(node, graph, infos):
        return known[0]
    return _asked(node, graph)


def _asked(node: onnx.NodeProto, graph: Graph) -> str | None:
    """Return the channel axis of a node's input that its operator requires."""
    if node.op_type in _CHANNELS_FIRST:
        return FIRST
    attributes = {entry.name: entry for entry in node.attribute}
    if node.op_type == "LayerNormalization":
        axis = attributes["axis"].i if "axis" in attributes else -1
        return LAST if axis == -1 else None
    if node.op_type == "MatMul" and node.input[1] in graph.constants:
        return LAST if graph.constants[node.input[1]].ndim == 2 else None
    return None


def _keeps_axes(node: onnx.NodeProto, graph: Graph, infos: Mapping[str, TensorInfo]) -> bool:
    """Return whether a node's output has the axes of its inputs.

    The ranks are the same, and the operator moves no axis.
    """
    if node.op_type in _NO_LAYOUT or node.op_type in ("Transpose", "Reshape", "MatMul", "Einsum"):
        return False
    rank = infos[node.output[0]].rank if node.output[0] in infos else -1
    varying = [name for name in node.input if name in infos and name not in graph.constants]
    ranks = {infos[name].rank for name in varying}
    return ranks == {rank}


def _transposed(node: onnx.NodeProto, known: str, rank: int) -> str | None:
    if known == _NEITHER:
        return _NEITHER if rank == 4 else None
    order = next((list(entry.ints) for entry in node.attribute if entry.name == "perm"), None)
    order = order or list(reversed(range(rank)))
    place = order.index(1 if known == FIRST else rank - 1)
    return {1: FIRST, rank - 1: LAST}.get(place) if rank > 2 and order[0] == 0 else None


def _reshaped(node: onnx.NodeProto, infos: Mapping[str, TensorInfo], known: str) -> str | None:
    """Return the channel axis after a Reshape.

    Positions may be joined to tokens or split again. Where channels are split, there is no map.
    """
    before, after = infos[node.input[0]].shape, infos[node.output[0]].shape
    if known == _NEITHER and before[-2:] == after[-2:]:
        return _NEITHER  # attention of all heads, before and after they are taken apart
    if known == _NEITHER or {len(before), len(after)} - {3, 4} or before[0] != after[0]:
        return None
    kept = 1 if known == FIRST else -1
    if before[kept] == after[kept]:
        return known
    return _NEITHER if known == FIRST and (len(before), len(after)) == (4, 3) else None
