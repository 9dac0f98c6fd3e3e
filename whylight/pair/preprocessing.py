"""Preprocessing in the forward graph: resize, scale and normalise images.

Antialiased bilinear resizing of the uint8 image without keeping the aspect ratio (Pillow's and TorchVision's
`Resize((h, w))`), scaling to 0..1, and per-channel normalisation. Being part of the graph, it is the same for
all users of the file.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper

from whylight.graphs.builder import GraphBuilder
from whylight.tensor_names import IMAGE


def image_input() -> onnx.ValueInfoProto:
    """Return the declaration of a forward graph's input."""
    return helper.make_tensor_value_info(IMAGE, TensorProto.UINT8, ["N", "H", "W", 3])


def append_preprocessing(
    builder: GraphBuilder, output: str, size: tuple[int, int], mean: Sequence[float], std: Sequence[float]
) -> None:
    """Append nodes from `image` uint8 `[N, H, W, 3]` RGB to float32 `[N, 3, h, w]`.

    Args:
        builder: the graph under construction.
        output: name of the normalised tensor.
        size: height and width `(h, w)` in pixels.
        mean: mean of each RGB channel, for values in 0..1.
        std: standard deviation of each RGB channel, for values in 0..1.
    """
    # Resizing before the conversion to float uses integers, as Pillow does: four
    # times less memory, and a 12-megapixel image takes milliseconds.
    resized = builder.op(
        "Resize",
        IMAGE,
        "",
        "",
        builder.constant(size, np.int64, stem="input_size"),
        axes=[1, 2],
        mode="linear",
        antialias=1,
        coordinate_transformation_mode="half_pixel",
        name="resized",
    )
    planes = builder.op("Transpose", resized, perm=[0, 3, 1, 2], name="planes")
    values = builder.op("Cast", planes, to=TensorProto.FLOAT, name="values")
    # (v / 255 - mean) / std as one multiplication and one addition, rounded once from float64.
    deviation = np.asarray(std, np.float64)
    scale = (1 / (255 * deviation)).reshape(1, 3, 1, 1)
    shift = (-np.asarray(mean, np.float64) / deviation).reshape(1, 3, 1, 1)
    scaled = builder.op("Mul", values, builder.constant(scale, stem="scale"), name="scaled")
    shift_name = builder.constant(shift, stem="shift")
    builder.copy(
        helper.make_node("Add", [scaled, shift_name], [output], name=output), [scaled, shift_name], [output]
    )
