"""Convert QOperator models (QLinearConv and others) to QDQ form.

`QLinearConv` and similar operators (ONNX Runtime's "QOperator" format, as in the int8 files of the ONNX model
zoo) take and return quantised integers with their scales. Each is replaced by the standard operator between
`DequantizeLinear` and `QuantizeLinear`. Quantised networks are differentiated in this form, and the runtime
fuses it to integer arithmetic again.

https://onnx.ai/onnx/operators and https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.errors import Message, ModelError
from whylight.graphs.graph_view import attributes_of
from whylight.graphs.rewriter import GraphRewriter, Opening, Openings, rewrite


def qoperator_to_qdq(model: onnx.ModelProto) -> None:
    """Replace operators of quantised integers by QDQ form, in place.

    The model's operator set is 13 or newer.

    Raises:
        ModelError: the scale of one is computed, or it is of a form that is not known here.
    """
    if not any(node.op_type in OPENINGS for node in model.graph.node):
        return
    scales: dict[str, list[str]] = {}  # of whole numbers: names of their scale and zero

    def open_(rewriting: GraphRewriter, node: onnx.NodeProto) -> None:
        if node.op_type in OPENINGS:
            OPENINGS[node.op_type](rewriting, node)
        elif node.op_type in PASSING and node.input[0] in scales:
            _pass_on(rewriting, node, scales[node.input[0]])
        else:
            rewriting.keep(node)
        made = rewriting.last
        if made.op_type == "QuantizeLinear" and not made.attribute:
            scales[made.output[0]] = list(made.input[1:])

    rewrite(model, open_)


class _Open:
    """Quantised node being replaced: dequantizes inputs, quantizes the result."""

    def __init__(self, rewriting: GraphRewriter, node: onnx.NodeProto) -> None:
        self.node = node
        self.attributes = attributes_of(node)
        self.final = node.output[0]
        self._rewriting = rewriting
        if self.attributes.pop("channels_last", 0):
            raise self.refusal("keeps channels last, as ONNX Runtime's optimiser has it")

    def refusal(self, template: str, /, **fields: object) -> ModelError:
        """Return the error that names the node.

        The template, as of `Message`, continues "node ... is QLinearConv and".
        """
        return ModelError(
            "node '{node}' is {operator} and {reason}. Adopt the model as it was before it was quantised",
            node=self.node.name or self.final,
            operator=self.node.op_type,
            reason=Message(template, **fields),
        )

    def given(self, index: int) -> str:
        """Return the name of an input; empty where it is left out."""
        return self.node.input[index] if index < len(self.node.input) else ""

    def real(self, start: int, axis: int | None = None) -> str:
        """Dequantize three inputs: values, scale, zero point; return the result's name.

        `axis` is the axis along which scales differ, if there are several.
        """
        whole, suffix = self.given(start), f"real{start}"
        return self.dequantized(whole, self.numbers(start + 1), self.numbers(start + 2), suffix, axis)

    def dequantized(
        self,
        whole: str,
        scale: NDArray[Any] | None,
        zero: NDArray[Any] | None,
        suffix: str,
        axis: int | None = None,
    ) -> str:
        if scale is None:
            raise self.refusal("lacks a scale")
        inputs = [whole, *self._parameters(scale, zero, suffix)]
        if scale.size > 1 and axis is None:
            raise self.refusal("has {count} scales where one is expected", count=scale.size)
        attributes = {} if scale.size == 1 else {"axis": axis}
        return self.add("DequantizeLinear", inputs, suffix, **attributes)

    def add(self, op_type: str, inputs: Sequence[str], suffix: str, **attributes: Any) -> str:
        """Append a node and return its output, which is named after the opened node's."""
        return self._rewriting.add(op_type, inputs, f"{self.final}::{suffix}", **attributes)

    def finish(self, real: str, scale: int) -> None:
        """Quantize the result by the scale at an input's index and the zero point next."""
        numbers, zero = self.numbers(scale), self.numbers(scale + 1)
        if numbers is None or numbers.size > 1:
            raise self.refusal("lacks one scale for its result")
        if zero is None:  # says the type, too, which is that of what came in
            of_input = self.numbers(2)
            zero = np.zeros((), np.uint8 if of_input is None else of_input.dtype)
        self._rewriting.add("QuantizeLinear", [real, *self._parameters(numbers, zero, "result")], self.final)

    def rename(self, real: str) -> None:
        """Make a tensor the result without quantizing it."""
        self._rewriting.add("Identity", [real], self.final)

    def numbers(self, index: int) -> NDArray[Any] | None:
        """Return the value of a constant input; None where it is left out."""
        name = self.given(index)
        if not name:
            return None
        value = self._rewriting.stored(name)
        if value is None:
            raise self.refusal(
                "computes its scale '{name}', which could change from image to image", name=name
            )
        return value

    def rank(self, index: int) -> int:
        """Return the number of axes of a constant input."""
        found = self._rewriting.rank(self.given(index))
        if found is None:
            raise self.refusal(
                "has a scale for each part of '{tensor}', which is computed", tensor=self.given(index)
            )
        return found

    def _parameters(self, scale: NDArray[Any], zero: NDArray[Any] | None, suffix: str) -> list[str]:
        """Add scale and zero point in the shapes that (De)QuantizeLinear takes.

        They have the same shape, `[]` for one number.
        """
        shape = () if scale.size == 1 else (scale.size,)
        values = {"scale": scale.reshape(shape)}
        if zero is not None:
            values["zero"] = np.broadcast_to(zero.reshape(() if zero.size == 1 else -1), shape)
        prefix = f"{self.final}::{suffix}"
        return [self._rewriting.constant(f"{prefix}::{name}", value) for name, value in values.items()]


def _unary(op_type: str) -> Opening:
    """x and its scale and zero, then scale and zero of the result."""

    def change(rewriting: GraphRewriter, node: onnx.NodeProto) -> None:
        opened = _Open(rewriting, node)
        opened.attributes.pop("opset", None)  # of Softmax, whose meaning changed with operator set 13
        opened.finish(opened.add(op_type, [opened.real(0)], op_type, **opened.attributes), 3)

    return change


def _binary(op_type: str) -> Opening:
    """a, b, and the result, each with scale and zero."""

    def change(rewriting: GraphRewriter, node: onnx.NodeProto) -> None:
        opened = _Open(rewriting, node)
        opened.finish(opened.add(op_type, [opened.real(0), opened.real(3)], op_type), 6)

    return change


def _matmul(rewriting: GraphRewriter, node: onnx.NodeProto) -> None:
    opened = _Open(rewriting, node)
    scale = opened.numbers(4)
    columns = opened.rank(3) - 1 if scale is not None and scale.size > 1 else None
    opened.finish(opened.add("MatMul", [opened.real(0), opened.real(3, columns)], "MatMul"), 6)


def _conv(rewriting: GraphRewriter, node: onnx.NodeProto) -> None:
    opened = _Open(rewriting, node)
    inputs = [opened.real(0), opened.real(3, axis=0)]
    if opened.given(8):
        inputs.append(_bias(opened, 8, 1.0))
    opened.finish(opened.add("Conv", inputs, "Conv", **opened.attributes), 6)


def _gemm(rewriting: GraphRewriter, node: onnx.NodeProto) -> None:
    opened = _Open(rewriting, node)
    outputs_first = bool(opened.attributes.get("transB", 0))
    inputs = [opened.real(0), opened.real(3, axis=0 if outputs_first else 1)]
    if opened.given(6):
        inputs.append(_bias(opened, 6, float(opened.attributes.get("alpha", 1.0))))
    result = opened.add("Gemm", inputs, "Gemm", **opened.attributes)
    if opened.given(7):
        opened.finish(result, 7)
    else:
        opened.rename(result)


def _bias(opened: _Open, index: int, factor: float) -> str:
    """A bias in units of the product of both inputs' scales, times `factor`."""
    scales = opened.numbers(1), opened.numbers(4)
    if scales[0] is None or scales[1] is None:
        raise opened.refusal("lacks a scale")
    unit = (factor * scales[0].reshape(-1) * scales[1].reshape(-1)).astype(np.float32)
    axis = opened.rank(index) - 1
    return opened.dequantized(opened.given(index), unit, None, "bias", axis)


def _softmax(rewriting: GraphRewriter, node: onnx.NodeProto) -> None:
    if attributes_of(node).get("opset", 13) < 13:
        raise _Open(rewriting, node).refusal("is of an operator set before 13")
    _unary("Softmax")(rewriting, node)


def _concat(rewriting: GraphRewriter, node: onnx.NodeProto) -> None:
    opened = _Open(rewriting, node)
    parts = [opened.real(start) for start in range(2, len(node.input), 3)]
    opened.finish(opened.add("Concat", parts, "Concat", **opened.attributes), 0)


def _pass_on(rewriting: GraphRewriter, node: onnx.NodeProto, scale: Sequence[str]) -> None:
    """Dequantize before, and quantize after, an operator that only moves values."""
    final = node.output[0]
    real = rewriting.add("DequantizeLinear", [node.input[0], *scale], f"{final}::real0")
    inputs = [real, *node.input[1:]]
    moved = rewriting.add(node.op_type, inputs, f"{final}::{node.op_type}", **attributes_of(node))
    rewriting.add("QuantizeLinear", [moved, *scale], final)


PASSING = frozenset({"MaxPool", "GlobalMaxPool", "Flatten", "Reshape", "Transpose", "Squeeze", "Unsqueeze"})
"""Operators that also take quantised values and keep scale and zero point."""

OPENINGS: Openings = {
    "QLinearConv": _conv,
    "QLinearMatMul": _matmul,
    "QGemm": _gemm,
    "QLinearAdd": _binary("Add"),
    "QLinearMul": _binary("Mul"),
    "QLinearSigmoid": _unary("Sigmoid"),
    "QLinearLeakyRelu": _unary("LeakyRelu"),
    "QLinearSoftmax": _softmax,
    "QLinearGlobalAveragePool": _unary("GlobalAveragePool"),
    "QLinearAveragePool": _unary("AveragePool"),
    "QLinearConcat": _concat,
}
"""By operator: the function that replaces it."""
