"""Find the image input of a network and bring it to float32 RGB `[N, 3, h, w]`.

The adopted network takes normalised RGB float32 `[N, 3, h, w]`, whichever layout and type the file has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from whylight.errors import CommandHint, Message, MissingFactError, ModelError
from whylight.graphs.editor import GraphEditor, set_input

IMAGES = "pictures"

_SMALLEST_SIDE = 8
"""In pixels, of flattened images; fewer numbers are a table."""

LUMA = (0.299, 0.587, 0.114)
"""ITU-R BT.601, as Pillow and OpenCV turn RGB to grey."""

_SCALING = ("Add", "Sub", "Mul", "Div", "Cast", "Identity", "Pad")
"""What may lie between the input and the first convolution without moving an axis."""

_MOVES = ("Transpose", "Reshape", "Identity", "Squeeze", "Unsqueeze")
"""Operators that take numbers of any type."""

_WHOLE_ALONE = ("DequantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger")
"""Operators that take 8-bit numbers and nothing else."""

_WHOLE = (TensorProto.UINT8, TensorProto.INT8, TensorProto.INT32, TensorProto.INT64)


_NUMBERS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.UINT8)
"""Types of the pixels of flattened images."""


@dataclass(frozen=True, slots=True)
class ImageInput:
    """Image input of a model file."""

    name: str
    channels_last: bool
    """`[N, h, w, C]`, as TensorFlow has it, instead of `[N, C, h, w]`."""
    channels: int
    """3, or 1 for grey."""
    size: tuple[int, int]
    """Height and width in pixels."""
    batch: int | None
    """The batch size that the file fixes, None for any."""
    element: int
    """Type of the elements, an ONNX `TensorProto` type."""
    flat: bool = False
    """`[N, C h w]`: an image as one row of numbers."""
    alone: bool = False
    """`[3, h, w]`: one image, without an axis for several."""

    @property
    def is_whole(self) -> bool:
        """Whether it takes whole numbers: 0 to 255, or -128 to 127."""
        return self.element in _WHOLE

    @property
    def whole_range(self) -> str | None:
        """The range of whole numbers that it takes (`0..255`); None for real ones."""
        if not self.is_whole:
            return None
        return "-128..127" if self.element == TensorProto.INT8 else "0..255"

    def describe(self) -> str:
        """Return name, type and shape in words."""
        layout = "flattened NCHW" if self.flat else "NHWC" if self.channels_last else "NCHW"
        kind = TensorProto.DataType.Name(self.element).lower()
        batch = "any batch size" if self.batch is None else f"batch fixed to {self.batch}"
        if self.alone:
            layout, batch = "CHW", "one image"
        return f"'{self.name}': {kind} {layout}, {self.channels} x {self.size[0]} x {self.size[1]}, {batch}"

    def original(self, images: NDArray[np.float32], *, bgr: bool) -> NDArray[np.generic]:
        """Convert inputs of the adopted network, `[N, 3, h, w]`, to the file's format."""
        values = images[:, ::-1] if bgr else images
        if self.channels == 1:
            values = np.tensordot(images, np.array(LUMA, np.float32), (1, 0))[:, None]
        if self.channels_last:
            values = values.transpose(0, 2, 3, 1)
        if self.flat:
            values = values.reshape(len(values), -1)
        if self.alone:
            (values,) = values
        return np.ascontiguousarray(values).astype(helper.tensor_dtype_to_np_dtype(self.element))


def find_image(model: onnx.ModelProto, size: tuple[int, int] | None = None) -> ImageInput:
    """Find the one input that takes images.

    Args:
        model: as it was read.
        size: height and width in pixels, for a file that leaves them open.

    Raises:
        ModelError: there is none or more than one, or something about it is not known.
    """
    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in constants]
    # A mean and a deviation [1, 1, 1, 3] whose values an exporter lost are no images.
    if len(inputs) == 1 and (flat := _find_flat(inputs[0], size)) is not None:
        return flat
    alone = len(inputs) == 1 and _is_alone(model, inputs[0])
    found = [value for value in inputs if len(_dims(value)) == 4 and _dims(value)[1:].count(1) < 2]
    found = inputs if alone else found
    if len(found) != 1 or len(inputs) != 1:
        listed = ", ".join(f"'{value.name}' {_dims(value)}" for value in inputs) or Message("none")
        if not found:
            what = _what_else(inputs[0]) if len(inputs) == 1 else Message("no image input")
        elif len(found) > 1:
            what = Message("{count} image inputs", count=len(found))
        else:
            what = Message("further inputs beside the image")
        raise ModelError(
            "the model has {what} (inputs: {listed}); expected one input [N, C, h, w] or [N, h, w, "
            "C]{advice}",
            what=what,
            listed=listed,
            advice=Message(
                ". Models of several inputs cannot be explained from an image alone; fix the others "
                "as constants"
            )
            if len(inputs) > 1
            else Message(""),
        )
    value = found[0]
    dims = [*([1] if alone else []), *_dims(value)]
    if not {1, 3} & {dims[1], dims[3]} and 4 in (dims[1], dims[3]):
        raise ModelError(
            "input '{input}' has 4 channels ({dims}): RGB with transparency (RGBA) or one more; expected 3 "
            "(RGB) or 1 (grey). Export the model with its first three channels alone",
            input=value.name,
            dims=dims,
        )
    channels_last = _channels_last(model, value.name, dims)
    channels = dims[3] if channels_last else dims[1]
    if not isinstance(channels, int):
        channels = _first_convolution(model, value.name) or 3
    if channels not in (1, 3):
        raise ModelError(
            "input '{input}' has {channels} channels ({dims}); expected 3 (RGB) or 1 (grey)",
            input=value.name,
            channels=channels,
            dims=dims,
        )
    fixed = dims[1:3] if channels_last else dims[2:4]
    known = tuple(dim for dim in fixed if isinstance(dim, int))
    if len(known) == 2:
        if size is not None and size != known:
            raise ModelError(
                "input '{input}' fixes its size to {height} x {width}, not {size}",
                input=value.name,
                height=known[0],
                width=known[1],
                size=size,
            )
    elif size is None:
        raise MissingFactError(
            "input '{input}' {dims} leaves its size open{hint}",
            fact="size",
            input=value.name,
            dims=dims,
            hint=CommandHint("; name it with --size HEIGHT WIDTH"),
        )
    batch = dims[0] if isinstance(dims[0], int) else None
    chosen = (known[0], known[1]) if len(known) == 2 else size
    assert chosen is not None
    element = value.type.tensor_type.elem_type
    return ImageInput(value.name, channels_last, channels, chosen, batch, element, alone=alone)


def _is_alone(model: onnx.ModelProto, value: onnx.ValueInfoProto) -> bool:
    """Whether an input is one image `[3, h, w]`, as TorchVision's detectors take them."""
    dims = _dims(value)
    return len(dims) == 3 and dims[0] == 3 and any(node.op_type == "Conv" for node in model.graph.node)


def standardise_input(model: onnx.ModelProto, image: ImageInput, *, bgr: bool) -> None:
    """Make RGB float32 `[N, 3, h, w]` the network's input, in place.

    An input of whole numbers becomes float32, too; casts behind it then change nothing.
    """
    editor = GraphEditor(model)
    name = editor.unique(IMAGES)
    steps: list[tuple[str, list[str], dict[str, object]]] = []
    if image.channels == 1:
        weights = editor.constant(np.reshape(LUMA, (1, 3, 1, 1)), np.float32, "luma")
        steps.append(("Conv", [weights], {}))
    elif bgr:
        steps.append(("Gather", [editor.constant([2, 1, 0], stem="bgr")], {"axis": 1}))
    if image.channels_last:
        steps.append(("Transpose", [], {"perm": [0, 2, 3, 1]}))
    if image.flat:
        steps.append(("Flatten", [], {"axis": 1}))
    if image.alone:
        steps.append(("Squeeze", [editor.constant([0], stem="first")], {}))
    current = name
    for place, (op_type, further, attributes) in enumerate(steps):
        stem = f"{name}.{op_type.lower()}"
        current = editor.node(op_type, [current, *further], at=place, stem=stem, **attributes)
    if image.is_whole and _needs_whole(model, image.name):
        steps.append(("Cast", [], {}))
        current = editor.node("Cast", [current], at=len(steps) - 1, stem=f"{name}.cast", to=image.element)
    made = {output for node in list(model.graph.node)[: len(steps)] for output in node.output}
    editor.replace_uses(image.name, current, keep=made)
    set_input(model, name, ["N", 3, *image.size])


def _needs_whole(model: onnx.ModelProto, name: str) -> bool:
    """Return whether DequantizeLinear, which needs whole numbers, takes the input."""
    moved = {name}
    for node in model.graph.node:
        if moved.isdisjoint(node.input):
            continue
        if node.op_type in _MOVES:
            moved.update(node.output)
        elif node.op_type in _WHOLE_ALONE:
            return True
    return False


def _find_flat(value: onnx.ValueInfoProto, size: tuple[int, int] | None) -> ImageInput | None:
    """Return an input that takes images as rows of numbers `[N, C h w]`, or None.

    Raises:
        ModelError: it could, and the size is not known or not the row's.
    """
    dims = _dims(value)
    if len(dims) != 2 or not isinstance(dims[1], int) or value.type.tensor_type.elem_type not in _NUMBERS:
        return None
    count = dims[1]
    if size is not None:
        channels, left = divmod(count, size[0] * size[1])
        if left or channels not in (1, 3):
            raise ModelError(
                "input '{input}' {dims} takes rows of {count} numbers, which are no images of {height} x "
                "{width} pixels in grey or RGB",
                input=value.name,
                dims=dims,
                count=count,
                height=size[0],
                width=size[1],
            )
        batch = dims[0] if isinstance(dims[0], int) else None
        return ImageInput(
            value.name, False, channels, size, batch, value.type.tensor_type.elem_type, flat=True
        )
    side = next((math.isqrt(count // c) for c in (1, 3) if c * math.isqrt(count // c) ** 2 == count), 0)
    if side < _SMALLEST_SIDE:
        return None
    raise MissingFactError(
        "input '{input}' {dims} takes flattened images, rows of {count} numbers, whose size the file does "
        "not say{hint}",
        fact="size",
        input=value.name,
        dims=dims,
        count=count,
        hint=CommandHint("; name it with --size HEIGHT WIDTH (perhaps --size {side} {side})", side=side),
    )


def _what_else(value: onnx.ValueInfoProto) -> Message:
    """Describe an input that takes something other than images."""
    dims, element = _dims(value), value.type.tensor_type.elem_type
    if element == TensorProto.STRING or (
        len(dims) == 2 and element in (TensorProto.INT32, TensorProto.INT64)
    ):
        return Message("an input for text, or numbers that stand for words, and no image input")
    if len(dims) in (1, 2):
        return Message("an input for tables, a row of numbers each, and no image input")
    if len(dims) == 3:
        return Message("an input for sequences, and no image input")
    if len(dims) == 5:
        return Message("an input for videos or volumes, and no image input")
    return Message("no image input")


def _dims(value: onnx.ValueInfoProto) -> list[int | str]:
    return [
        dim.dim_value if dim.dim_value > 0 else (dim.dim_param or "?")
        for dim in value.type.tensor_type.shape.dim
    ]


def _channels_last(model: onnx.ModelProto, name: str, dims: list[int | str]) -> bool:
    first, last = dims[1] in (1, 3), dims[3] in (1, 3)
    if first != last:
        return last
    denoted = _denotations(model, name)
    if "DATA_CHANNEL" in denoted:  # the file says it (docs/DimensionDenotation.md of the ONNX repository)
        return denoted.index("DATA_CHANNEL") == 3
    if _first_convolution(model, name) is not None:
        return False
    raise ModelError(
        "input '{name}' {dims} may be [N, C, h, w] or [N, h, w, C]; export the model with its "
        "number of channels fixed to 3 or 1",
        name=name,
        dims=dims,
    )


def _denotations(model: onnx.ModelProto, name: str) -> list[str]:
    """Return the denotation of each dimension of an input."""
    value = next(value for value in model.graph.input if value.name == name)
    return [dim.denotation for dim in value.type.tensor_type.shape.dim]


def _first_convolution(model: onnx.ModelProto, name: str) -> int | None:
    """Return the input channels of the first convolution, None if there is none."""
    shapes = {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    reached = {name}
    for node in model.graph.node:
        if reached.isdisjoint(node.input):
            continue
        if node.op_type == "Conv" and node.input[1] in shapes:
            return int(shapes[node.input[1]][1])
        if node.op_type in _SCALING:
            reached.update(node.output)
    return None
