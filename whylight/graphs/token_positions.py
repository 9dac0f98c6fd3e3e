"""Positions of a tensor's elements in the image, followed through operators.

The order of tokens need not be line by line: Hiera sorts them so that pooling is a maximum over parts of the
row. So each element of a map gets its position where a convolution makes the map, and the positions are
computed like the values of one image: reshaped, transposed, sliced, concatenated, averaged by pooling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.graphs.graph_view import BatchMultiple, Graph, TensorInfo, attributes_of

Places = NDArray[np.complex64]
"""Position of each element of a tensor of one image: the row as the real part, the column as the imaginary
part, as shares of the image; NaN for elements without a position, such as those of a class token."""

_MAKE_MAPS = ("Conv", "ConvTranspose", "MaxPool", "AveragePool", "Resize")
_MOVING = (
    "Gemm Einsum GatherND GatherElements ScatterND ScatterElements LSTM GRU RNN GridSample Col2Im "
    "TopK CumSum DepthToSpace SpaceToDepth Tile GlobalAveragePool GlobalMaxPool"
)
_MIXING = frozenset(_MOVING.split())
_REDUCTIONS = ("ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum")
_NOWHERE = np.complex64(complex(np.nan, np.nan))
_DIGITS = 4


Number = Callable[[onnx.NodeProto, Graph, Mapping[str, TensorInfo], Mapping[str, Places]], Places | None]
"""Returns the positions of the cells of a map that a node makes, or None for `equal_parts`."""


def trace_token_positions(
    graph: Graph,
    infos: Mapping[str, TensorInfo],
    number: Number | None = None,
    given: Mapping[str, Places] | None = None,
) -> dict[str, Places]:
    """Return the positions of the elements of all tensors where they are known.

    Args:
        graph: the network.
        infos: shapes of its tensors.
        number: gives the cells of a new map their positions; None for equal parts of the image.
        given: positions known beforehand. Values that meet in an operator may then lie up to a cell apart;
            their result lies in the middle.

    Returns:
        Positions by tensor, each of the tensor's shape for one image.
    """
    found: dict[str, Places] = dict(given or {})
    for node in graph.nodes:
        made = zip(
            node.output, _follow(node, graph, infos, found, number, near=given is not None), strict=False
        )
        found.update(
            (name, places)
            for name, places in made
            if places is not None and name in infos and places.shape == shape_of(infos[name])
        )
    return found


def grid_of(places: Places) -> tuple[tuple[int, int], int, tuple[int, ...]] | None:
    """Return the grid that a row of tokens forms.

    Args:
        places: of each token.

    Returns:
        Height and width, how many tokens of no place lie in front, and the order: for each place, line by
        line, which of the tokens behind these it is. None if they form no grid.
    """
    known = ~np.isnan(places)
    extra = int(known.argmax())
    if not known[extra:].all():
        return None
    rows, row = np.unique(np.round(places[extra:].real, _DIGITS), return_inverse=True)
    columns, column = np.unique(np.round(places[extra:].imag, _DIGITS), return_inverse=True)
    order = np.argsort(row * len(columns) + column, kind="stable")
    taken = np.unique(row * len(columns) + column)
    if not len(taken) == len(rows) * len(columns) == len(row):
        return None
    return (len(rows), len(columns)), extra, tuple(order.tolist())


def lies_straight(places: Places, *, channels_last: bool) -> bool | None:
    """Return whether a map's rows and columns are those of the image.

    The map is `[1, h, w, C]` or `[1, C, h, w]`.

    Returns:
        False for windows, shifted maps and parts of maps; None where some elements are of no place.
    """
    plane = places[0] if channels_last else places[0].transpose(1, 2, 0)
    if np.isnan(plane).any():
        return None
    if not _same(plane, plane[..., :1]):
        return False
    rows, columns = np.round(plane[..., 0].real, _DIGITS), np.round(plane[..., 0].imag, _DIGITS)
    in_lines = bool((rows == rows[:, :1]).all() and (columns == columns[:1]).all())
    if not (in_lines and (np.diff(rows[:, 0]) > 0).all() and (np.diff(columns[0]) > 0).all()):
        return False
    # Places are the middles of equal parts: those of a whole map lie about the middle of the image.
    ends = (rows[0, 0] + rows[-1, 0], columns[0, 0] + columns[0, -1])
    return bool(np.abs(np.array(ends) - 1).max() <= 1 / min(plane.shape[:2]))


def _follow(
    node: onnx.NodeProto,
    graph: Graph,
    infos: Mapping[str, TensorInfo],
    found: Mapping[str, Places],
    number: Number | None,
    *,
    near: bool,
) -> Sequence[Places | None]:
    """Return the positions of a node's outputs, None where they are not known."""
    info = infos.get(node.output[0])
    if info is None:
        return ()
    shape, kind = shape_of(info), node.op_type
    if kind in _MAKE_MAPS:
        whole = len(shape) == 4 and info.is_per_image and min(shape[2:]) > 1
        if not whole:
            return ()
        numbered = number(node, graph, infos, found) if number is not None else None
        return (equal_parts(shape) if numbered is None else numbered,)
    if kind == "Pad" and number is not None and (numbered := number(node, graph, infos, found)) is not None:
        return (numbered,)
    source = found.get(node.input[0]) if node.input else None
    if kind == "MatMul":
        return (_projected(source, node, graph, shape),)
    if kind == "Concat":
        return (_joined(node, graph, infos, found),)
    if kind in _MIXING:
        return ()
    if source is not None:
        given = attributes_of(node)
        if kind in ("Reshape", "Flatten", "Squeeze", "Unsqueeze"):
            return (source.reshape(shape) if source.size == np.prod(shape) else None,)
        if kind == "Pad":
            return (_padded(source, node, graph, shape, given.get("mode", b"constant")),)
        if kind == "Transpose":
            return (source.transpose(given.get("perm")),)
        if kind in _REDUCTIONS:
            return (_reduced(source, node, graph, keepdims=bool(given.get("keepdims", 1))),)
        if kind == "Split":
            sizes = [shape_of(infos[name])[given.get("axis", 0)] for name in node.output if name in infos]
            return np.split(source, np.cumsum(sizes)[:-1], axis=given.get("axis", 0))
        if kind in ("Slice", "Gather"):
            return (_selected(source, node, graph, given.get("axis", 0)),)
    return (_agreed([found[name] for name in node.input if name in found], shape, near=near),)


def shape_of(info: TensorInfo) -> tuple[int, ...]:
    """Return the shape for one image."""
    return tuple(dim.factor if isinstance(dim, BatchMultiple) else dim for dim in info.shape)


def equal_parts(shape: tuple[int, ...]) -> Places:
    """Return the positions of a map `[1, C, h, w]`: the centres of equal parts."""
    rows, columns = ((np.arange(size) + 0.5) / size for size in shape[2:])
    return np.broadcast_to((rows[:, None] + 1j * columns).astype(np.complex64), shape)


def _projected(
    source: Places | None, node: onnx.NodeProto, graph: Graph, shape: tuple[int, ...]
) -> Places | None:
    """Return the positions after a linear map of the last axis.

    It holds the channels of one position, or of a few positions that are merged to one (patch merging).
    """
    weights = graph.constants.get(node.input[1])
    if source is None:
        return None
    if weights is None:
        return _attending(source, shape)
    if weights.ndim != 2:
        return None
    if _same(source, source[..., :1]):
        return np.broadcast_to(source[..., :1], shape)
    middle = np.asarray(source.mean(axis=-1, keepdims=True), np.complex64)
    # Parts of the image that are merged have each a middle of their own; mixed tokens all have the image's.
    if np.isnan(middle).any() or len(np.unique(np.round(middle, _DIGITS))) < middle.size:
        return None
    return np.broadcast_to(middle, shape)


def _attending(source: Places, shape: tuple[int, ...]) -> Places | None:
    """Return the positions of a product: those of its left factor's rows.

    Queries keep theirs through attention, in their likeness to the keys and in what they gather from the
    values. Where a residual goes around, it says the same; attention that makes a map smaller has none, as in
    LeViT.
    """
    rows = source[..., :1]
    if source.ndim != len(shape) or not _same(source, rows) or len(np.unique(np.round(rows, _DIGITS))) < 2:
        return None
    return np.broadcast_to(rows, shape) if rows.shape[:-1] == shape[:-1] else None


def _padded(
    source: Places, node: onnx.NodeProto, graph: Graph, shape: tuple[int, ...], mode: bytes
) -> Places | None:
    """Return the positions after padding; padded elements have none.

    Windows that do not divide the map are made by padding, which is cropped later.
    """
    amounts = graph.constants.get(node.input[1])
    if amounts is None or len(node.input) > 3 or mode != b"constant":
        return None
    before, after = amounts.reshape(2, -1).astype(np.int64)
    if before.min() < 0 or after.min() < 0 or len(before) != source.ndim:
        return None
    padded = np.pad(source, list(zip(before, after, strict=True)), constant_values=_NOWHERE)
    return padded if padded.shape == shape else None


def _joined(
    node: onnx.NodeProto, graph: Graph, infos: Mapping[str, TensorInfo], found: Mapping[str, Places]
) -> Places | None:
    parts = []
    for name in node.input:
        if name in found:
            parts.append(found[name])
            continue
        constant = graph.constants.get(name)
        shape = constant.shape if constant is not None else shape_of(infos[name]) if name in infos else ()
        parts.append(np.full(shape, _NOWHERE))
    if not any(name in found for name in node.input) or len({part.ndim for part in parts}) > 1:
        return None
    return np.concatenate(parts, axis=next(entry.i for entry in node.attribute if entry.name == "axis"))


def _reduced(source: Places, node: onnx.NodeProto, graph: Graph, *, keepdims: bool) -> Places | None:
    """Return the centres of the positions that are pooled."""
    axes = graph.constants.get(node.input[1]) if len(node.input) > 1 else np.arange(source.ndim)
    if axes is None:
        return None
    taken = tuple(int(axis) for axis in axes.reshape(-1))
    return np.asarray(source.mean(axis=taken, keepdims=keepdims), np.complex64)


def _selected(source: Places, node: onnx.NodeProto, graph: Graph, axis: int) -> Places | None:
    given = [graph.constants.get(name) for name in node.input[1:]]
    if any(value is None for value in given):
        return None
    values = [value.astype(np.int64).reshape(-1) for value in given if value is not None]
    if node.op_type == "Gather":
        index = given[0]
        return None if index is None else np.take(source, index.astype(np.int64), axis=axis)
    starts, ends = values[:2]
    axes = values[2] if len(values) > 2 else np.arange(len(starts))
    steps = values[3] if len(values) > 3 else np.ones(len(starts), np.int64)
    for start, end, along, step in zip(starts, ends, axes, steps, strict=True):
        kept = np.arange(source.shape[along])[start:end:step]
        source = np.take(source, kept, axis=along)
    return source


def _agreed(known: Sequence[Places], shape: tuple[int, ...], *, near: bool) -> Places | None:
    """Return the positions of an element-wise operator's result.

    They are those of the inputs with known positions, if these agree; if `near`, their mean where they lie
    less than a cell apart, as behind a pooling of 2 x 2 beside a convolution of 3 x 3.
    """
    fit = [places for places in known if len(places.shape) <= len(shape)]
    wide = [places for places in fit if places.shape == shape]
    if not wide:
        return None
    if all(_same(wide[0], places) for places in wide[1:]):
        return wide[0]
    if not near or len(shape) != 4:
        return None
    cell = abs(complex(1 / shape[2], 1 / shape[3]))
    if any(not np.abs(places - wide[0]).max() < cell for places in wide[1:]):
        return None
    return np.asarray(np.mean(wide, axis=0), np.complex64)


def _same(one: Places, other: Places) -> bool:
    return bool(np.array_equal(one, np.broadcast_to(other, one.shape), equal_nan=True))
