"""Pass large weights to ONNX Runtime separately, since models are limited to 2 GB."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

_HANDED_OVER_SIZE = 1 << 14
"""Minimum number of elements of weights that are passed separately."""


class Weights(Mapping[str, NDArray[np.generic]]):
    """Large weights of a model by name; each access unpacks a copy."""

    def __init__(self, tensors: Iterable[onnx.TensorProto]) -> None:
        self._tensors = {tensor.name: tensor for tensor in tensors}

    def __getitem__(self, name: str) -> NDArray[np.generic]:
        return numpy_helper.to_array(self._tensors[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)


def without_weights(model: onnx.ModelProto) -> tuple[onnx.ModelProto, Weights]:
    """Return a copy of the model without large weights, and these weights.

    The copy refers to them as external data; the tensors stay in `model` and are not copied.
    """
    light = onnx.ModelProto(ir_version=model.ir_version)
    light.opset_import.extend(model.opset_import)
    light.functions.extend(model.functions)
    light.metadata_props.extend(model.metadata_props)
    light.producer_name = model.producer_name
    graph = light.graph
    graph.name, graph.doc_string = model.graph.name, model.graph.doc_string
    graph.node.extend(model.graph.node)
    graph.input.extend(model.graph.input)
    graph.output.extend(model.graph.output)
    heavy: list[onnx.TensorProto] = []
    for tensor in model.graph.initializer:
        size = math.prod(tensor.dims)
        if size < _HANDED_OVER_SIZE or tensor.data_type == TensorProto.STRING:
            graph.initializer.append(tensor)
            continue
        heavy.append(tensor)
        stub = graph.initializer.add(name=tensor.name, data_type=tensor.data_type, dims=tensor.dims)
        stub.data_location = TensorProto.EXTERNAL
        stub.external_data.add(key="location", value="memory")
    return light, Weights(heavy)
