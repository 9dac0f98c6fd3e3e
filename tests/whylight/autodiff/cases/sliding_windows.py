"""Cases of pooling, convolution and resizing."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from tests.whylight.autodiff.cases.scatter import KERNEL, SINGLE, case, ints, node, tensor

_TURNED = KERNEL.transpose(1, 0, 2, 3).copy()  # ConvTranspose: [C_in, C_out, 3, 3]
_DEPTHWISE = KERNEL[:2, :1].copy()
_TO_GRID = np.random.default_rng(8).standard_normal((50, 24)) * 0.1
_LINE = KERNEL[:, :, 0].copy()


def _pool(op_type: str, name: str, function, side: tuple[int, int], **attributes: object):
    features = 2 * side[0] * side[1]
    return case(name, node(op_type, "a", **attributes), torch=function, features=features)


def _convolution(name: str, function, weights: np.ndarray, side: tuple[int, int], **attributes: object):
    channels = weights.shape[0]
    return case(
        name,
        node("Conv", "a w", **attributes),
        w=weights,
        torch=lambda x: function(x, tensor(weights)),
        features=channels * side[0] * side[1],
    )


def _transposed(name: str, function, side: int, **attributes: object):
    return case(
        name,
        node("ConvTranspose", "a w", **attributes),
        w=_TURNED,
        torch=lambda x: function(x, tensor(_TURNED)),
        features=4 * side * side,
    )


def _resized(name: str, function, side: int, factor: float, **attributes: object):
    return case(
        name,
        node("Resize", "a - scales", **attributes),
        scales=np.array([1, 1, factor, factor], np.float32),
        torch=function,
        features=2 * side * side,
    )


def _grid_nodes(padding: str, corners: int):
    """A grid of 3 x 4 places that the target itself moves about, some beyond its margins."""
    return (
        node("Reshape", "a places", "row"),
        node("MatMul", "row to_grid", "moved"),
        node("Reshape", "moved parts", "grid"),
        node("GridSample", "a grid", mode="linear", padding_mode=padding, align_corners=corners),
    )


def _grid_of(x: torch.Tensor) -> torch.Tensor:
    return (x.flatten(1) @ tensor(_TO_GRID)).reshape(-1, 3, 4, 2)


_MIX = np.random.default_rng(5).standard_normal((25, 4)) * 0.3

CASES = [
    _pool("GlobalAveragePool", "global-average", lambda x: x.mean((2, 3), keepdim=True), (1, 1)),
    _pool("GlobalMaxPool", "global-max", lambda x: x.amax((2, 3), keepdim=True), (1, 1)),
    _pool(
        "AveragePool",
        "average-plain",
        lambda x: functional.avg_pool2d(x, 2),
        (2, 2),
        kernel_shape=[2, 2],
        strides=[2, 2],
    ),
    _pool(
        "AveragePool",
        "average-padded",
        lambda x: functional.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False),
        (3, 3),
        kernel_shape=[3, 3],
        strides=[2, 2],
        pads=[1, 1, 1, 1],
    ),
    _pool(
        "AveragePool",
        "average-counting-padding-rounded-up",
        lambda x: functional.avg_pool2d(x, (2, 3), stride=2, padding=(0, 1), ceil_mode=True),
        (3, 3),
        kernel_shape=[2, 3],
        strides=[2, 2],
        pads=[0, 1, 0, 1],
        ceil_mode=1,
        count_include_pad=1,
    ),
    case(
        "average-line",  # one spatial axis, as channel attention has it
        node("Reshape", "a rows", "r"),
        node("AveragePool", "r", kernel_shape=[2], strides=[2]),
        rows=ints(-1, 10, 5),
        torch=lambda x: functional.avg_pool1d(x.reshape(-1, 10, 5), 2),
        features=20,
    ),
    _pool(
        "MaxPool",
        "max-plain",
        lambda x: functional.max_pool2d(x, 2),
        (2, 2),
        kernel_shape=[2, 2],
        strides=[2, 2],
    ),
    _pool(
        "MaxPool",
        "max-overlapping-padded",
        lambda x: functional.max_pool2d(x, 3, stride=1, padding=1),
        (5, 5),
        kernel_shape=[3, 3],
        pads=[1, 1, 1, 1],
    ),
    _pool(
        "MaxPool",
        "max-dilated",
        lambda x: functional.max_pool2d(x, 2, stride=1, dilation=2),
        (3, 3),
        kernel_shape=[2, 2],
        dilations=[2, 2],
    ),
    _convolution("conv", lambda x, w: functional.conv2d(x, w, padding=1), KERNEL, (5, 5), pads=[1, 1, 1, 1]),
    _convolution(
        "conv-margin",  # the stride leaves the last row and column untouched
        lambda x, w: functional.conv2d(functional.pad(x, (1, 0, 1, 0)), w, stride=2)[:, :, :2, :2],
        KERNEL,
        (2, 2),
        pads=[1, 1, 0, 0],
        strides=[2, 2],
    ),
    _convolution(
        "conv-dilated",
        lambda x, w: functional.conv2d(x, w, dilation=2, padding=2),
        KERNEL,
        (5, 5),
        pads=[2, 2, 2, 2],
        dilations=[2, 2],
    ),
    _convolution(
        "conv-depthwise-same-upper",
        lambda x, w: functional.conv2d(x, w, stride=2, padding=1, groups=2),
        _DEPTHWISE,
        (3, 3),
        auto_pad="SAME_UPPER",
        strides=[2, 2],
        group=2,
    ),
    case(
        "conv-line",
        node("Reshape", "a rows", "r"),
        node("Conv", "r w"),
        rows=ints(-1, 2, 25),
        w=_LINE,
        torch=lambda x: functional.conv1d(x.reshape(-1, 2, 25), tensor(_LINE)),
        features=4 * 23,
    ),
    _transposed(
        "conv-transpose",
        lambda x, w: functional.conv_transpose2d(x, w, stride=2, padding=1, output_padding=1),
        10,
        strides=[2, 2],
        pads=[1, 1, 1, 1],
        output_padding=[1, 1],
    ),
    _transposed(
        "conv-transpose-same-upper",
        lambda x, w: functional.conv_transpose2d(x, w, stride=2)[:, :, :10, :10],
        10,
        strides=[2, 2],
        auto_pad="SAME_UPPER",
    ),
    _resized("resize-nearest", lambda x: functional.interpolate(x, scale_factor=2), 10, 2),
    _resized(
        "resize-linear",
        lambda x: functional.interpolate(x, scale_factor=2, mode="bilinear"),
        10,
        2,
        mode="linear",
    ),
    _resized(
        "resize-corners-smaller",
        lambda x: functional.interpolate(x, (3, 3), mode="bilinear", align_corners=True),
        3,
        0.6,
        mode="linear",
        coordinate_transformation_mode="align_corners",
    ),
    case(
        "resize-sizes-on-axes",
        node("Resize", "a - - sizes", mode="linear", axes=[2, 3]),
        sizes=ints(7, 8),
        torch=lambda x: functional.interpolate(x, (7, 8), mode="bilinear"),
        features=2 * 7 * 8,
    ),
    *(
        case(
            f"grid-sample-{padding}-{'corners' if corners else 'edges'}",
            *_grid_nodes(padding, corners),
            places=ints(-1, 50),
            to_grid=_TO_GRID,
            parts=ints(-1, 3, 4, 2),
            torch=lambda x, padding=padding, corners=corners: functional.grid_sample(
                x, _grid_of(x), padding_mode=padding, align_corners=bool(corners)
            ),
            features=24,
            reference_flaw="samples otherwise than the runtime and PyTorch do",
        )
        for padding in ("zeros", "border")
        for corners in (0, 1)
    ),
    *(
        case(
            f"affine-grid-{len(size)}d-{'corners' if corners else 'middles'}",
            node("Reshape", "a planes", "p"),
            node("MatMul", "p mix", "theta"),
            node("Shape", "a", "n", start=0, end=1),
            node("Concat", "n rest", "size", axis=0),
            node("AffineGrid", "theta size", align_corners=corners),
            planes=ints(-1, len(size), 25),
            mix=_MIX[:, : len(size) + 1],
            rest=ints(1, *size),
            torch=lambda x, size=size, corners=corners: functional.affine_grid(
                x.reshape(-1, len(size), 25) @ tensor(_MIX[:, : len(size) + 1]),
                (len(x), 1, *size),
                align_corners=bool(corners),
            ),
            shape=(len(size), 5, 5),
            features=int(np.prod(size)) * len(size),
            reference_flaw=SINGLE,
        )
        for size in ((4, 6), (2, 3, 4))
        for corners in (0, 1)
    ),
]
