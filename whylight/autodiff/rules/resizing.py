"""Rule of Resize."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from whylight.autodiff.node_context import NodeContext, same_rows
from whylight.autodiff.registry import Cotangents, rule
from whylight.autodiff.rules.sliding_windows import linear_map_along_axis
from whylight.graphs.in_memory import open_in_memory

_KEPT = (
    "mode",
    "coordinate_transformation_mode",
    "nearest_mode",
    "cubic_coeff_a",
    "exclude_outside",
    "antialias",
)


@rule("Resize", per_image=same_rows)
def resize(node: NodeContext, cotangent: str) -> Cotangents:
    """Interpolation, linear along each axis: `dx = R_h^T dy R_w`."""
    if node.attribute("coordinate_transformation_mode") == "tf_crop_and_resize":
        raise node.unsupported("it crops (tf_crop_and_resize); expected the whole image resized")
    rank = node.info(0).rank
    axes = [axis % rank for axis in node.attribute("axes", None) or range(rank)]
    scales = node.constant_input(2)
    for place, axis in enumerate(axes):
        if node.info(0).shape[axis] == node.output_info().shape[axis]:
            continue
        size, out = node.static_dim(0, axis), node.static_output_dims(slice(axis, axis + 1))[0]
        scale = float(scales.reshape(-1)[place]) if scales is not None and scales.size else None
        cotangent = linear_map_along_axis(node, cotangent, axis, _resize_matrix(node, size, out, scale).T)
    return (cotangent,)


def _resize_matrix(node: NodeContext, size: int, out: int, scale: float | None) -> NDArray[np.float64]:
    """Return the interpolation along one axis as a matrix `[out, size]`.

    Its columns are the runtime's results for unit vectors.
    """
    attributes = {name: value for name in _KEPT if (value := node.attribute(name)) is not None}
    inputs = ["x", "", "scales"] if scale is not None else ["x", "", "", "sizes"]
    given = (
        helper.make_tensor("scales", TensorProto.FLOAT, [4], [1.0, 1.0, scale, 1.0])
        if scale is not None
        else helper.make_tensor("sizes", TensorProto.INT64, [4], [1, size, out, 1])
    )
    graph = helper.make_graph(
        [helper.make_node("Resize", inputs, ["y"], **attributes)],
        "axis",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, size, size, 1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [given],
    )
    model: onnx.ModelProto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9
    )
    units = np.eye(size, dtype=np.float32).reshape(1, size, size, 1)
    (columns,) = open_in_memory(model).run(["y"], {"x": units})
    return np.asarray(columns.reshape(size, -1).T, np.float64)
