"""Load an ONNX file: external weights, functions inlined, one flat graph."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import TensorProto, external_data_helper, inliner

from whylight.adoption.constant_if import CONTROL_FLOW
from whylight.common.paths import is_file
from whylight.errors import ModelError
from whylight.graphs.bounds import require_bounds, require_external
from whylight.graphs.builder import consumers_of
from whylight.graphs.editor import set_output
from whylight.graphs.graph_view import Graph
from whylight.runtime.external_weights import without_weights
from whylight.runtime.file_kind import refuse_other_files, unloadable

OLDEST_OPSET = 7
NEWEST_OPSET = onnx.defs.onnx_opset_version()

_DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")
_COMPOUND = ("Attention", "RotaryEmbedding", "Swish", "MeanVarianceNormalization", "Shrink")
"""Operators without a rule of their own, which ONNX defines by simpler ones."""
_QUANTISED = ("DynamicQuantizeLinear", "MatMulInteger", "ConvInteger")


def read_model(path: Path) -> onnx.ModelProto:
    """Load a model with its external weights, all functions inlined.

    The nodes are in topological order.

    Raises:
        ModelError: the file is missing or broken, its weights lie outside its folder, or its operator set is
            too old or new.
    """
    model = read_graph(path)
    _load_weights(model, path)
    return flatten(model)


def read_graph(path: Path) -> onnx.ModelProto:
    """Load a model without its external weights.

    Raises:
        ModelError: the file is missing or broken.
    """
    if not is_file(path):
        raise ModelError("{path}: there is no model file", path=path)
    refuse_other_files(path)
    try:
        model = onnx.load(path, load_external_data=False)
    except Exception as error:  # protobuf's errors have no common public type
        raise unloadable(path, error) from error
    if not model.graph.node or not model.graph.output:
        raise ModelError("'{path}' holds no network: its graph has no nodes or no outputs", path=path)
    require_bounds(model, path)
    _drop_unused_inputs(model)
    return model


def flatten(model: onnx.ModelProto) -> onnx.ModelProto:
    """Inline functions and compound operators.

    Raises:
        ModelError: the operator set is too old or new.
    """
    model = _inlined(model)
    version = opset(model)
    if not OLDEST_OPSET <= version <= NEWEST_OPSET:
        raise ModelError(
            "the model uses ONNX operator set {version}; expected {oldest} to {newest}. Convert it "
            "with onnx.version_converter, or export it anew",
            version=version,
            oldest=OLDEST_OPSET,
            newest=NEWEST_OPSET,
        )
    return model


def leave_out_looped(model: onnx.ModelProto) -> None:
    """Leave out outputs made by control flow or sequences, in place.

    They stay if no other output holds real numbers.

    Mask R-CNN pastes its masks into the image in a loop; its boxes and scores come without.
    """
    graph = Graph(model)
    starts = [
        name
        for node in graph.nodes
        if node.op_type in CONTROL_FLOW or node.op_type.startswith("Sequence")
        for name in node.output
        if name
    ]
    looped = set[str]().union(*(graph.downstream(name) for name in starts))
    free = [value for value in model.graph.output if value.name not in looped]
    if len(free) < len(model.graph.output) and any(
        value.type.tensor_type.elem_type == TensorProto.FLOAT for value in free
    ):
        set_output(model, *(value.name for value in free))


def refuse_operators(model: onnx.ModelProto) -> None:
    """Refuse operators that cannot be differentiated at any layer.

    Raises:
        ModelError: there is an operator that is not ONNX's own or takes its scale from the image, a loop, a
            sequence, or a branch that depends on the image.
    """
    for node in model.graph.node:
        if node.domain not in _DOMAINS:
            raise ModelError(
                "node '{node}' is the custom operator {domain}.{operator}; expected ONNX's own "
                "operators. If ONNX Runtime wrote this file when it optimised a model, adopt that model",
                node=_name(node),
                domain=node.domain,
                operator=node.op_type,
            )
        if node.op_type in _QUANTISED:
            raise ModelError(
                "node '{node}' is {operator}: it computes in whole numbers whose scale changes with "
                "the image, which have no gradient. Adopt the model as it was before it was quantised",
                node=_name(node),
                operator=node.op_type,
            )
        if node.op_type in CONTROL_FLOW or node.op_type.startswith("Sequence"):
            raise ModelError(
                "node '{node}' is {operator}: control flow and sequences are not differentiated. "
                "Export the model with fixed control flow",
                node=_name(node),
                operator=node.op_type,
            )


def opset(model: onnx.ModelProto) -> int:
    """Return the version of the default operator set."""
    for entry in model.opset_import:
        if entry.domain in ("", "ai.onnx"):
            return int(entry.version)
    raise ModelError("the model does not say which ONNX operator set it uses")


def _drop_unused_inputs(model: onnx.ModelProto) -> None:
    """Remove inputs that no node reads, as tf2onnx leaves of constants that it folded."""
    used = set(consumers_of(model.graph.node)) | {value.name for value in model.graph.output}
    inputs = [value for value in model.graph.input if value.name in used]
    if inputs:
        del model.graph.input[:]
        model.graph.input.extend(inputs)


def _load_weights(model: onnx.ModelProto, path: Path) -> None:
    """Read external weights, from the model's own folder and below only."""
    folder = path.parent.resolve()
    for tensor in external_data_helper._get_all_tensors(model):
        if tensor.data_location != TensorProto.EXTERNAL:
            continue
        location, start, length = require_external(tensor, folder, path)
        with (folder / location).open("rb") as stream:
            stream.seek(start)
            tensor.raw_data = stream.read(-1 if length is None else length)
        del tensor.external_data[:]
        tensor.data_location = TensorProto.DEFAULT


def _inlined(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with local functions and compound operators inlined.

    Large weights stay out of it: the inliner serialises its input.
    """
    compound = any(node.op_type in _COMPOUND for node in model.graph.node)
    if not model.functions and not compound:
        return model
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    opened, _ = without_weights(model)
    if model.functions:
        opened = inliner.inline_local_functions(opened)
    if compound:
        chosen = [("", name) for name in _COMPOUND]
        opened = inliner.inline_selected_functions(opened, chosen, inline_schema_functions=True)
    initializers = [weights.get(tensor.name, tensor) for tensor in opened.graph.initializer]
    del opened.graph.initializer[:]
    opened.graph.initializer.extend(initializers)
    return opened


def _name(node: onnx.NodeProto) -> str:
    return node.name or node.output[0]
