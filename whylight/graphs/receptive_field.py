"""Receptive field centres of a layer's cells, followed from the image.

Positions are followed as `whylight.graphs.token_positions` does, but the cells that a convolution makes get
the positions at which it looks, instead of equal parts of the image. So the same rules follow rows of tokens
and windows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.graphs.graph_view import Graph, TensorInfo, attributes_of
from whylight.graphs.token_positions import Places, equal_parts, shape_of, trace_token_positions
from whylight.placement import Placement

_TOLERANCE = 0.02
"""Of the distance between two cells, by which rows may be uneven."""


def trace_placement(
    graph: Graph, infos: Mapping[str, TensorInfo], target: str, input_size: tuple[int, int]
) -> Placement | None:
    """Return where the cells of a layer look.

    Args:
        graph: the network, one input `[N, C, H, W]`.
        infos: shapes of its tensors.
        target: the layer, `[N, C, h, w]`.
        input_size: height and width of the image in pixels, of which the input may hold blocks as channels.

    Returns:
        The placement in pixels of the input; None if the cells cannot be followed from there, or do not lie
        in even rows and columns.
    """
    (image,) = graph.inputs
    size = shape_of(infos[image])
    if len(size) != 4 or target not in infos or infos[target].rank != 4:
        return None
    given = {image: equal_parts(size)}
    found = trace_token_positions(graph, infos, number=_looked_at, given=given).get(target)
    if found is None or found.ndim != 4:
        return None
    lines = _lines(found)
    if lines is None or min(map(len, lines)) < 2:
        return None
    evens = [_even(line * side - 0.5) for line, side in zip(lines, input_size, strict=True)]
    if None in evens:
        return None
    (top, down), (left, right) = evens  # type: ignore[misc]
    return Placement((len(lines[0]), len(lines[1])), (top, left), (down, right))


def _looked_at(
    node: onnx.NodeProto, graph: Graph, infos: Mapping[str, TensorInfo], found: Mapping[str, Places]
) -> Places | None:
    """Positions of the cells of a map that a windowed operator makes."""
    shape = shape_of(infos[node.output[0]])
    if len(shape) != 4:
        return None
    source = found.get(node.input[0])
    lines = None if source is None else _lines(source)
    if lines is None or min(map(len, lines)) < 2:
        return None
    made = []
    for axis, line in enumerate(lines):
        centres = _CENTRES[node.op_type](node, graph, axis, len(line), shape[2 + axis])
        if centres is None:
            return None
        made.append(_at(line, centres))
    return np.broadcast_to((made[0][:, None] + 1j * made[1]).astype(np.complex64), shape)


def _lines(places: Places) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Rows and columns of a map `[1, C, h, w]`; None where they are not straight.

    Channels may differ by less than a cell, as where blocks of 2 x 2 pixels became channels.
    """
    if places.ndim != 4 or np.isnan(places).any():
        return None
    plane = places[0].mean(axis=0, dtype=np.complex128)
    rows, columns = plane.real, plane.imag
    least = 1e-4 / max(plane.shape)
    if np.ptp(rows, axis=1).max() > least or np.ptp(columns, axis=0).max() > least:
        return None
    return rows[:, 0], columns[0]


def _at(line: NDArray[np.float64], indexes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Positions at fractional indexes of a line of cells, even beyond its ends."""
    below = np.clip(np.floor(indexes).astype(np.int64), 0, len(line) - 2)
    return np.asarray(line[below] + (indexes - below) * (line[below + 1] - line[below]))


def _even(line: NDArray[np.float64]) -> tuple[float, float] | None:
    """First position and distance of evenly spaced cells."""
    step = float(line[-1] - line[0]) / (len(line) - 1)
    fitted = line[0] + step * np.arange(len(line))
    if step <= 0 or np.abs(line - fitted).max() > _TOLERANCE * step:
        return None
    return round(float(line[0]), 3), round(step, 4)


def _of_window(
    node: onnx.NodeProto, graph: Graph, axis: int, before: int, after: int
) -> NDArray[np.float64] | None:
    """Middles of the windows of a convolution or a pooling, in cells of its input."""
    given = attributes_of(node)
    kernel = _kernel(node, graph, given)
    if kernel is None or len(kernel) != 2:
        return None
    stride, dilation = (given.get(name, [1, 1])[axis] for name in ("strides", "dilations"))
    reach = dilation * (kernel[axis] - 1)
    pad = _pad_before(given, axis, max((after - 1) * stride + reach + 1 - before, 0))
    return np.asarray(np.arange(after) * stride - pad + reach / 2, np.float64)


def _of_transposed(
    node: onnx.NodeProto, graph: Graph, axis: int, _before: int, after: int
) -> NDArray[np.float64] | None:
    """The same of a transposed convolution, whose windows lie in its output."""
    given = attributes_of(node)
    kernel = _kernel(node, graph, given)
    if kernel is None or len(kernel) != 2 or given.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID"):
        return None
    stride, dilation = (given.get(name, [1, 1])[axis] for name in ("strides", "dilations"))
    pad = given.get("pads", [0, 0, 0, 0])[axis]
    return np.asarray((np.arange(after) + pad - dilation * (kernel[axis] - 1) / 2) / stride, np.float64)


def _of_resize(
    node: onnx.NodeProto, _graph: Graph, _axis: int, before: int, after: int
) -> NDArray[np.float64] | None:
    """The same of a resize, by its coordinate transformation."""
    mode = attributes_of(node).get("coordinate_transformation_mode", b"half_pixel")
    cells = np.arange(after, dtype=np.float64)
    if mode == b"align_corners":
        return cells * (before - 1) / max(after - 1, 1)
    if mode == b"asymmetric":
        # The nearest cell below each is repeated: the repeats together lie in its middle.
        return (cells + 0.5) * before / after - 0.5 if after > before else cells * before / after
    if mode in (b"half_pixel", b"pytorch_half_pixel", b"half_pixel_symmetric"):
        return (cells + 0.5) * before / after - 0.5
    return None


def _of_pad(
    node: onnx.NodeProto, graph: Graph, axis: int, before: int, after: int
) -> NDArray[np.float64] | None:
    """Padding looks beyond the border."""
    amounts = graph.constants.get(node.input[1]) if len(node.input) > 1 else None
    if amounts is None or len(node.input) > 3:
        return None
    first = int(amounts.reshape(2, -1)[0, 2 + axis]) if amounts.size == 8 else 0
    return np.arange(after, dtype=np.float64) - first if amounts.size == 8 or before == after else None


_CENTRES: Mapping[str, Callable[..., NDArray[np.float64] | None]] = {
    "Conv": _of_window,
    "MaxPool": _of_window,
    "AveragePool": _of_window,
    "ConvTranspose": _of_transposed,
    "Resize": _of_resize,
    "Pad": _of_pad,
}


def _kernel(node: onnx.NodeProto, graph: Graph, given: Mapping[str, Any]) -> list[int] | None:
    if "kernel_shape" in given:
        return list(given["kernel_shape"])
    weights = graph.constants.get(node.input[1]) if len(node.input) > 1 else None
    return None if weights is None else list(weights.shape[2:])


def _pad_before(given: Mapping[str, Any], axis: int, needed: int) -> int:
    how = given.get("auto_pad", b"NOTSET")
    if how == b"SAME_UPPER":
        return needed // 2
    if how == b"SAME_LOWER":
        return needed - needed // 2
    return 0 if how == b"VALID" else int(given.get("pads", [0, 0, 0, 0])[axis])
