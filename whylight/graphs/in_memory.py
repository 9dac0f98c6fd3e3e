"""Running a model that is held in memory, of any size."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from whylight.common.memory import LARGE, trim_heap

_HANDED_OVER_SIZE = 1 << 14
"""Weights of so many elements on are handed over beside the serialised model, which may not pass 2 GB."""


def open_in_memory(
    model: onnx.ModelProto,
    *,
    optimise: bool = False,
    outputs: Iterable[str] | None = None,
    further_nodes: Iterable[onnx.NodeProto] = (),
) -> onnxruntime.InferenceSession:
    """A CPU session of a model in memory.

    Args:
        model: left as it is.
        optimise: let the runtime fuse operators. Fusions remove tensors that may be asked for.
        outputs: names of the tensors to give out instead of the model's outputs.
        further_nodes: appended to the graph.

    Raises:
        Exception: the runtime refuses the model (it has a family of error types of its own).
    """
    light, heavy = without_weights(model)
    size = sum(tensor.ByteSize() for tensor in model.graph.initializer)
    if size >= LARGE:
        trim_heap()
    options = quick_session_options(size)
    if not optimise:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    further = list(further_nodes)
    if further:
        light.graph.node.extend(further)
        # This order reads shapes as soon as it can; the usual one does at the end, and keeps all till then.
        options.execution_order = onnxruntime.ExecutionOrder.PRIORITY_BASED
    if outputs is not None:
        del light.graph.output[:]
        light.graph.output.extend(onnx.ValueInfoProto(name=name) for name in outputs)
    if heavy:
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in heavy.values()]
        options.add_external_initializers(list(heavy), values)
    return onnxruntime.InferenceSession(
        light.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def quick_session_options(size: int) -> onnxruntime.SessionOptions:
    """Options of a session that runs a few images, of a model with so many bytes of weights.

    Convolutions run faster on weights laid out anew, but that is a copy more, which `LARGE` ones are spared.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if size >= LARGE:
        options.add_session_config_entry("session.disable_prepacking", "1")
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    return options


class Weights(Mapping[str, NDArray[np.generic]]):
    """Large weights of a model by name, each unpacked, into a copy, only when it is looked at."""

    def __init__(self, tensors: Iterable[onnx.TensorProto]) -> None:
        self._tensors = {tensor.name: tensor for tensor in tensors}

    def __getitem__(self, name: str) -> NDArray[np.generic]:
        return numpy_helper.to_array(self._tensors[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)


def without_weights(model: onnx.ModelProto) -> tuple[onnx.ModelProto, Weights]:
    """A copy of the model that only names its large weights, and these weights, which stay where they are."""
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
