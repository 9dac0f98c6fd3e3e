"""Evaluate ONNX graphs in float64, with PyTorch kernels for slow operators.

Based on ONNX's reference implementation. At the kinks of ReLU, ReLU6, HardSwish and maxima, float32 rounding
can select another slope than the oracle; in float64 this practically disappears, while an error in a rule
remains.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun
from onnx.reference.ops.op_average_pool import AveragePool_19
from onnx.reference.ops.op_conv import Conv as ReferenceConv
from onnx.reference.ops.op_conv_transpose import ConvTranspose as ReferenceConvTranspose
from onnx.reference.ops.op_max_pool import MaxPool as ReferenceMaxPool
from onnx.reference.ops.op_pad import Pad_18
from torch.nn import functional

from whylight.graphs.graph_view import Graph

Value = NDArray[Any]


def evaluate(
    model: onnx.ModelProto, outputs: Iterable[str], feed: Mapping[str, Value]
) -> dict[str, NDArray[np.float64]]:
    """Compute tensors of a float32 model in float64.

    Any tensors can be fed, not only inputs; nothing before them is computed.
    """
    graph = Graph(model)
    wanted = list(outputs)
    values: dict[str, Value] = {name: _wide(value) for name, value in feed.items()}
    needed = set(wanted)
    nodes: list[onnx.NodeProto] = []
    for node in reversed(list(_unbranched(graph.nodes))):
        if not needed.isdisjoint(node.output) and values.keys().isdisjoint(node.output):
            nodes.append(node)
            needed.update(node.input)
    uses = Counter(name for node in nodes for name in node.input)
    uses.update(wanted)
    for node in reversed(nodes):
        inputs = [
            values[name] if name in values else _wide(graph.constants[name]) for name in node.input if name
        ]
        values.update(_run(node, graph.opset, inputs))
        for name in node.input:  # free values after their last use
            uses[name] -= 1
            if not uses[name]:
                values.pop(name, None)
    return {name: values[name] for name in wanted}


def _unbranched(nodes: Iterable[onnx.NodeProto]) -> Iterator[onnx.NodeProto]:
    """Yield nodes with `If` branches inlined, as used by gradient graphs."""
    for node in nodes:
        if node.op_type != "If":
            yield node
            continue
        branch = next(entry.g for entry in node.attribute if entry.name == "then_branch")
        yield from branch.node
        yield helper.make_node("Identity", [value.name for value in branch.output], node.output)


def _run(node: onnx.NodeProto, opset: int, inputs: list[Value]) -> dict[str, Value]:
    feed = dict(zip(filter(None, node.input), inputs, strict=True))
    made = [name for name in node.output if name]
    graph = helper.make_graph([_widened(node)], "node", _declared(feed), _declared(made))
    single = ReferenceEvaluator(graph, opsets={"": opset}, new_ops=_KERNELS)
    # Some operators default to float32, such as ConstantOfShape without a value.
    return dict(zip(made, map(_wide, single.run(None, feed)), strict=True))


def _declared(names: Iterable[str]) -> list[onnx.ValueInfoProto]:
    return [onnx.ValueInfoProto(name=name) for name in names]


def _wide(value: Value) -> Value:
    return value.astype(np.float64) if value.dtype == np.float32 else value


def _widened(node: onnx.NodeProto) -> onnx.NodeProto:
    """Return the node with float32 type attributes replaced by float64."""
    wide = onnx.NodeProto()
    wide.CopyFrom(node)
    for attribute in wide.attribute:
        if attribute.name in ("to", "dtype") and attribute.i == TensorProto.FLOAT:
            attribute.i = TensorProto.DOUBLE
        elif attribute.HasField("t") and attribute.t.data_type == TensorProto.FLOAT:
            exact = numpy_helper.to_array(attribute.t).astype(np.float64)
            attribute.t.CopyFrom(numpy_helper.from_array(exact))
    return wide


class Conv(ReferenceConv):
    """PyTorch's convolution; falls back to the reference for `auto_pad`."""

    def _run(self, x: Value, w: Value, b: Value | None = None, **how: Any) -> tuple[Value]:
        if how["auto_pad"] not in (None, "NOTSET") or x.ndim != 4:
            return super()._run(x, w, b, **how)
        padded = functional.pad(_torch(x), _pads(how["pads"]))
        bias = None if b is None else _torch(b)
        strides, dilations, group = how["strides"] or 1, how["dilations"] or 1, how["group"] or 1
        return (functional.conv2d(padded, _torch(w), bias, strides, 0, dilations, group).numpy(),)


class ConvTranspose(ReferenceConvTranspose):
    """PyTorch's transposed convolution without padding, cropped afterwards."""

    def _run(self, x: Value, w: Value, b: Value | None = None, **how: Any) -> tuple[Value]:
        if how["auto_pad"] not in (None, "NOTSET") or how["output_shape"] or x.ndim != 4:
            return super()._run(x, w, b, **how)
        strides, dilations, group = how["strides"] or [1, 1], how["dilations"] or [1, 1], how["group"] or 1
        bias = None if b is None else _torch(b)
        whole = functional.conv_transpose2d(_torch(x), _torch(w), bias, strides, 0, 0, group, dilations)
        left, right, top, bottom = _pads(how["pads"])
        more_rows, more_columns = how["output_padding"] or (0, 0)
        # Output padding contains only the bias, which gradient graphs do not have.
        whole = functional.pad(whole, (-left, more_columns - right, -top, more_rows - bottom))
        return (whole.numpy(),)


class MaxPool(ReferenceMaxPool):
    """PyTorch's max pooling, with ONNX's indices counted over the whole batch."""

    def _run(self, x: Value, **how: Any) -> tuple[Value, ...]:
        left, right, top, bottom = _pads(how["pads"])
        by_torch = how["auto_pad"] in (None, "NOTSET") and x.ndim == 4 and not how["storage_order"]
        if not by_torch or (left, top) != (right, bottom):
            return super()._run(x, **how)
        found, places = functional.max_pool2d(
            _torch(x),
            how["kernel_shape"],
            how["strides"] or 1,
            (top, left),
            how["dilations"] or 1,
            ceil_mode=bool(how["ceil_mode"]),
            return_indices=True,
        )
        if len(self.output) == 1:
            return (found.numpy(),)
        planes = np.arange(x.shape[0] * x.shape[1]).reshape(*x.shape[:2], 1, 1) * (x.shape[2] * x.shape[3])
        return found.numpy(), places.numpy() + planes


class AveragePool(AveragePool_19):
    """PyTorch's average pooling where it is equivalent."""

    def _run(self, x: Value, **how: Any) -> tuple[Value]:
        left, right, top, bottom = _pads(how["pads"])
        by_torch = (
            how["auto_pad"] in (None, "NOTSET")
            and x.ndim == 4
            and not any(dilation > 1 for dilation in how["dilations"] or ())
        )
        if not by_torch or (left, top) != (right, bottom):
            return super()._run(x, **how)
        found = functional.avg_pool2d(
            _torch(x),
            how["kernel_shape"],
            how["strides"] or 1,
            (top, left),
            bool(how["ceil_mode"]),
            bool(how["count_include_pad"]),
        )
        return (found.numpy(),)


class Pad(Pad_18):
    """Padding that supports negative pads, unlike the reference."""

    def _run(self, data: Value, pads: Value, constant_value: Value | None = None, **how: Any) -> tuple[Value]:
        taken = how.pop("axes", None)
        axes = range(data.ndim) if taken is None else [int(axis) % data.ndim for axis in taken]
        inside = [slice(None)] * data.ndim
        for axis, begin, end in zip(axes, *np.split(pads, 2), strict=True):
            inside[axis] = slice(max(-begin, 0), data.shape[axis] - max(-end, 0))
        kept = data[tuple(inside)]
        return super()._run(kept, np.maximum(pads, 0), constant_value, axes=taken, **how)


class Erf(OpRun):
    """PyTorch's erf; the reference calls a Python function per element."""

    op_domain = ""

    def _run(self, x: Value) -> tuple[Value]:
        return (torch.special.erf(_torch(x)).numpy(),)


class LRN(OpRun):
    """Local response normalisation in the input's precision.

    The reference computes in float32.
    """

    op_domain = ""

    def _run(self, x: Value, alpha: float, beta: float, bias: float, size: int) -> tuple[Value]:
        squares = np.zeros_like(x)
        before, after = (size - 1) // 2, size // 2
        for channel in range(x.shape[1]):
            near = x[:, max(channel - before, 0) : channel + after + 1]
            squares[:, channel] = (near**2).sum(axis=1)
        return (x / (bias + alpha / size * squares) ** beta,)


_KERNELS: list[type[OpRun]] = [Conv, ConvTranspose, MaxPool, AveragePool, Pad, Erf, LRN]


def _torch(value: Value) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(value))


def _pads(pads: list[int] | None) -> tuple[int, int, int, int]:
    """Convert ONNX pads to left, right, top, bottom, PyTorch's order."""
    top, left, bottom, right = pads or (0, 0, 0, 0)
    return left, right, top, bottom
