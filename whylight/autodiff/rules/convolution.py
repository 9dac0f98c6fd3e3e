"""Rules of convolutions, as functions of the image; their weights are constants."""

from __future__ import annotations

from whylight.autodiff.node_context import NodeContext
from whylight.autodiff.registry import Cotangents, rule
from whylight.autodiff.rules.sliding_windows import Window, windows


@rule("Conv", per_image=True)
def conv(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = w * x`: `dx` is the transposed convolution of `dy` with the same weights.

    Where stride and kernel leave a margin of the input untouched, `output_padding` gives it back.
    """
    inside, outside, sliding = _geometry(node)
    margin = [
        size - ((out - 1) * window.stride - window.pad_begin - window.pad_end + window.reach)
        for size, out, window in zip(inside, outside, sliding, strict=True)
    ]
    attributes = {**_attributes(node, sliding), "output_padding": margin if any(margin) else None}
    return (node.op("ConvTranspose", cotangent, node.input_rows(1), **attributes),)


@rule("ConvTranspose", per_image=True)
def conv_transpose(node: NodeContext, cotangent: str) -> Cotangents:
    """Transposed convolution: `dx` is the convolution of `dy` with the same weights."""
    inside, outside, sliding = _geometry(node)
    if node.attribute("output_shape") or node.attribute("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        further = node.attribute("output_padding", None) or [0] * len(sliding)
        sliding = [
            _transposed_padding(node, size, out - more, window)
            for size, out, more, window in zip(inside, outside, further, sliding, strict=True)
        ]
    return (node.op("Conv", cotangent, node.input_rows(1), **_attributes(node, sliding)),)


def _geometry(node: NodeContext) -> tuple[list[int], list[int], list[Window]]:
    """Return lengths of the spatial axes before and after, and the windows."""
    if node.is_active(1):
        raise node.unsupported("its weights depend on the image; expected constants")
    axes = slice(2, None)
    inside, outside = list(node.static_dims(0, axes)), list(node.static_output_dims(axes))
    return inside, outside, windows(node, node.static_dims(1, axes), inside, outside)


def _attributes(node: NodeContext, sliding: list[Window]) -> dict[str, object]:
    return {
        "kernel_shape": [window.kernel for window in sliding],
        "strides": [window.stride for window in sliding],
        "dilations": [window.dilation for window in sliding],
        "pads": [window.pad_begin for window in sliding] + [window.pad_end for window in sliding],
        "group": node.attribute("group", 1),
    }


def _transposed_padding(node: NodeContext, size: int, out: int, window: Window) -> Window:
    """Return ConvTranspose's padding by the length of the output, as ONNX defines it."""
    total = max(window.stride * (size - 1) + window.reach - out, 0)
    less, more = total // 2, total - total // 2
    begin, end = (less, more) if node.attribute("auto_pad") == "SAME_UPPER" else (more, less)
    return Window(window.kernel, window.stride, window.dilation, begin, end)
