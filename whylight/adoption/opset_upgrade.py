"""Upgrade a model from operator set 7 or newer to the one Whylight writes.

Only what changed in meaning or form is touched; `onnx.version_converter` is not used (see
docs/decisions/0010). Each upgrade is applied to nodes of older operator sets than the one that
brought the change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike, DTypeLike
from onnx import helper, numpy_helper, shape_inference

from whylight.adoption.load_model import opset
from whylight.errors import ModelError
from whylight.graphs.builder import OPSET
from whylight.graphs.editor import graphs_within
from whylight.runtime.external_weights import without_weights

_ALL_REDUCTIONS = ("L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "SumSquare")


class Upgrade:
    """State of the upgrade of one model."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.graph = model.graph
        self.version = opset(model)
        self.ranks = _ranks(model)
        self.made: list[onnx.NodeProto] = []
        self._count = 0

    def constant(self, value: ArrayLike, dtype: DTypeLike = np.int64) -> str:
        """Add an initializer and return its name."""
        self._count += 1
        name = f"upgrade::{self._count}"
        self.graph.initializer.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name


def upgrade_opset(model: onnx.ModelProto) -> None:
    """Upgrade a model to operator set `OPSET` or newer, in place.

    The bodies of its branches and loops are upgraded as well.

    Raises:
        ModelError: a node uses something that newer operator sets no longer have.
    """
    upgrade = Upgrade(model)
    if upgrade.version >= OPSET:
        return
    for graph in reversed(list(graphs_within(model.graph))):  # the inner first, which the outer's nodes hold
        upgrade.made = []
        for node in graph.node:
            changed_in, change = _CHANGES.get(node.op_type, (0, None))
            if change is not None and upgrade.version < changed_in and node.domain in ("", "ai.onnx"):
                change(upgrade, node)
            upgrade.made.append(node)
        del graph.node[:]
        graph.node.extend(upgrade.made)
    for entry in model.opset_import:
        if entry.domain in ("", "ai.onnx"):
            entry.version = OPSET
    model.ir_version = max(model.ir_version, helper.OP_SET_ID_VERSION_MAP["ai.onnx", OPSET])


def _ranks(model: onnx.ModelProto) -> dict[str, int]:
    """Return the ranks of the tensors as far as ONNX's shape inference knows them."""
    light, _ = without_weights(model)
    inferred = shape_inference.infer_shapes(light).graph
    return {
        value.name: len(value.type.tensor_type.shape.dim)
        for value in (*inferred.value_info, *inferred.input, *inferred.output)
        if value.type.tensor_type.HasField("shape")
    }


def _take(node: onnx.NodeProto, name: str) -> Any:
    """Remove an attribute and return its value, None if it is not there."""
    for place, attribute in enumerate(node.attribute):
        if attribute.name == name:
            value = helper.get_attribute_value(attribute)
            del node.attribute[place]
            return value
    return None


def _to_inputs(
    *names: str, before: int = 1, dtype: DTypeLike = np.int64
) -> Callable[[Upgrade, onnx.NodeProto], None]:
    """Return an upgrade that turns attributes into inputs behind `before` others."""

    def change(upgrade: Upgrade, node: onnx.NodeProto) -> None:
        if len(node.input) > before:
            return
        values = [_take(node, name) for name in names]
        while values and values[-1] is None:
            values.pop()
        for value in values:
            node.input.append("" if value is None else upgrade.constant(value, dtype))

    return change


def _slice(upgrade: Upgrade, node: onnx.NodeProto) -> None:
    _to_inputs("starts", "ends", "axes")(upgrade, node)


def _pad(upgrade: Upgrade, node: onnx.NodeProto) -> None:
    if len(node.input) == 1:
        node.input.append(upgrade.constant(_take(node, "pads")))
        node.input.append(upgrade.constant(_take(node, "value") or 0.0, np.float32))


def _split(upgrade: Upgrade, node: onnx.NodeProto) -> None:
    if upgrade.version < 13:
        _to_inputs("split")(upgrade, node)
    if len(node.input) == 1:
        node.attribute.append(helper.make_attribute("num_outputs", len(node.output)))


def _squeeze(upgrade: Upgrade, node: onnx.NodeProto) -> None:
    _to_inputs("axes")(upgrade, node)


def _dropout(_upgrade: Upgrade, node: onnx.NodeProto) -> None:
    _take(node, "ratio")
    del node.output[1:]


def _batch_normalization(_upgrade: Upgrade, node: onnx.NodeProto) -> None:
    if _take(node, "spatial") == 0:
        raise ModelError(
            "BatchNormalization '{node}' keeps statistics for each place (spatial=0), which no "
            "newer operator set has; export the model anew",
            node=node.name or node.output[0],
        )
    del node.output[1:]


def _upsample(upgrade: Upgrade, node: onnx.NodeProto) -> None:
    if len(node.input) == 1:
        node.input.append(upgrade.constant(_take(node, "scales"), np.float32))
    node.op_type = "Resize"
    _old_resize(upgrade, node)


def _old_resize(upgrade: Upgrade, node: onnx.NodeProto) -> None:
    if len(node.input) != 2 or (upgrade.version >= 11 and node.op_type != "Upsample"):
        return
    node.input.insert(1, "")
    mode = "asymmetric"
    node.attribute.append(helper.make_attribute("coordinate_transformation_mode", mode))
    node.attribute.append(helper.make_attribute("nearest_mode", "floor"))


def _scatter(_upgrade: Upgrade, node: onnx.NodeProto) -> None:
    node.op_type = "ScatterElements"


def _softmax(upgrade: Upgrade, node: onnx.NodeProto) -> None:
    """Flatten the axes from `axis` on, which one softmax covered before version 13."""
    axis = _take(node, "axis")
    axis = 1 if axis is None else int(axis)
    node.attribute.append(helper.make_attribute("axis", -1))
    rank = upgrade.ranks.get(node.input[0])
    if axis == -1 or (rank is not None and axis % rank == rank - 1):
        return
    source, result = node.input[0], node.output[0]
    shape, flat, normalised = (f"{result}::{part}" for part in ("shape", "flat", "normalised"))
    upgrade.made.append(helper.make_node("Shape", [source], [shape]))
    upgrade.made.append(helper.make_node("Flatten", [source], [flat], axis=axis))
    upgrade.made.append(helper.make_node(node.op_type, [flat], [normalised], node.name, axis=-1))
    node.CopyFrom(helper.make_node("Reshape", [normalised, shape], [result]))


def _top_k(upgrade: Upgrade, node: onnx.NodeProto) -> None:
    if len(node.input) == 1:
        node.input.append(upgrade.constant([_take(node, "k")]))


def _grid_sample(_upgrade: Upgrade, node: onnx.NodeProto) -> None:
    renamed = {b"bilinear": "linear", b"bicubic": "cubic"}
    mode = _take(node, "mode")
    if mode is not None:
        node.attribute.append(helper.make_attribute("mode", renamed.get(mode, mode)))


_CHANGES: dict[str, tuple[int, Callable[[Upgrade, onnx.NodeProto], None]]] = {
    "BatchNormalization": (14, _batch_normalization),
    "Clip": (11, _to_inputs("min", "max", dtype=np.float32)),
    "Dropout": (12, _dropout),
    "GridSample": (20, _grid_sample),
    "Hardmax": (13, _softmax),
    "LogSoftmax": (13, _softmax),
    "Pad": (11, _pad),
    "ReduceSum": (13, _to_inputs("axes")),
    "Resize": (11, _old_resize),
    "Scatter": (11, _scatter),
    "Slice": (10, _slice),
    "Softmax": (13, _softmax),
    "Split": (18, _split),
    "Squeeze": (13, _squeeze),
    "TopK": (10, _top_k),
    "Unsqueeze": (13, _squeeze),
    "Upsample": (10, _upsample),
    **{f"Reduce{kind}": (18, _to_inputs("axes")) for kind in _ALL_REDUCTIONS},
}
"""By operator: the operator set that changed it, and the function that upgrades an older node."""
