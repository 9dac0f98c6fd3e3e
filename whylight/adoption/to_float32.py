"""Convert half, bfloat16 and double weights, casts and declarations to float32."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from whylight.graphs.editor import graphs_within

_REAL = (TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE)
_TYPE_ATTRIBUTES = ("to", "dtype")


def to_float32(model: onnx.ModelProto) -> list[str]:
    """Convert a model to float32, in place.

    Returns:
        The names of the real types that were found besides float32.
    """
    found: set[int] = set()
    for graph in graphs_within(model.graph):
        _convert(graph.initializer, found)
        for node in graph.node:
            for attribute in node.attribute:
                if attribute.HasField("t"):
                    _convert([attribute.t], found)
                elif attribute.name in _TYPE_ATTRIBUTES and attribute.i in _REAL:
                    found.add(attribute.i)
                    attribute.i = TensorProto.FLOAT
        for value in (*graph.input, *graph.output):
            kind = value.type.tensor_type
            if kind.elem_type in _REAL:
                found.add(kind.elem_type)
                kind.elem_type = TensorProto.FLOAT
        del graph.value_info[:]
    return sorted(TensorProto.DataType.Name(kind).lower() for kind in found)


def _convert(tensors: Iterable[onnx.TensorProto], found: set[int]) -> None:
    for tensor in tensors:
        if tensor.data_type in _REAL:
            found.add(tensor.data_type)
            value = numpy_helper.to_array(tensor).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(value, tensor.name))
