"""CPU sessions of in-memory models of any size."""

from __future__ import annotations

from collections.abc import Iterable

import onnx
import onnxruntime

from whylight.common.memory import LARGE, trim_heap
from whylight.runtime.external_weights import without_weights
from whylight.runtime.session import create_session


def open_in_memory(
    model: onnx.ModelProto,
    *,
    optimise: bool = False,
    outputs: Iterable[str] | None = None,
    further_nodes: Iterable[onnx.NodeProto] = (),
) -> onnxruntime.InferenceSession:
    """Open a CPU session of a model in memory.

    Args:
        model: the model; not changed.
        optimise: let the runtime fuse operators, which removes intermediate tensors.
        outputs: names of tensors to output instead of the model's outputs.
        further_nodes: nodes appended to the graph.

    Raises:
        Exception: the runtime rejects the model (its error types have no common base).
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
        # This order evaluates shapes early; the default one evaluates them last, keeping all tensors.
        options.execution_order = onnxruntime.ExecutionOrder.PRIORITY_BASED
    if outputs is not None:
        del light.graph.output[:]
        light.graph.output.extend(onnx.ValueInfoProto(name=name) for name in outputs)
    if heavy:
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in heavy.values()]
        options.add_external_initializers(list(heavy), values)
    return create_session(light.SerializeToString(), options)


def quick_session_options(size: int) -> onnxruntime.SessionOptions:
    """Return options for a few runs of a model with `size` bytes of weights.

    Prepacked weights make convolutions faster but need another copy, so `LARGE` models do without.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    if size >= LARGE:
        options.add_session_config_entry("session.disable_prepacking", "1")
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    return options
