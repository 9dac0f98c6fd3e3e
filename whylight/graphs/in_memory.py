"""CPU sessions of models held in memory, of any size."""

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
    return create_session(light.SerializeToString(), options)


def quick_session_options(size: int) -> onnxruntime.SessionOptions:
    """Options of a session that runs a few images, of a model with `size` bytes of weights.

    Prepacked weights make convolutions faster but are one more copy, so `LARGE` models go without.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    if size >= LARGE:
        options.add_session_config_entry("session.disable_prepacking", "1")
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    return options
