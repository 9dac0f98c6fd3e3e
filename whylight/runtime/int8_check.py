"""Detect x86 CPUs without VNNI, where int8 products saturate.

These CPUs add pairs of products of unsigned and signed 8-bit integers in 16 bits, which saturates. ONNX
Runtime avoids this with `session.x64quantprecision`, but on all CPUs and at three times the cost, so a test
product is computed to detect the kind of CPU.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime

TERMS = 64
# A model of one node: int32 Y [1, 1] = MatMulInteger(uint8 A [1, 64], int8 B), where B [64, 1] holds 127s.
# Serialised here, since importing `onnx` takes longer than the check.
_PRODUCT = (
    b'\x08\x08:\x94\x01\n\x18\n\x01A\n\x01B\x12\x01Y"\rMatMulInteger\x12\x01g*K\x08@\x08\x01\x10\x03B\x01BJ@'
    + b"\x7f" * TERMS
    + b"Z\x13\n\x01A\x12\x0e\n\x0c\x08\x02\x12\x08\n\x02\x08\x01\n\x02\x08@"
    b"b\x13\n\x01Y\x12\x0e\n\x0c\x08\x06\x12\x08\n\x02\x08\x01\n\x02\x08\x01B\x04\n\x00\x10\r"
)


_INTEGER_OPERATORS = (b"QLinear", b"QGemm", b"MatMulInteger", b"ConvInteger")
"""Substrings of the names of operators that multiply 8-bit integers."""

_QUANTIZED_OPERATORS = (b"QuantizeLinear", *_INTEGER_OPERATORS)
"""The same and of the conversions, from which the runtime makes such operators."""


def is_quantized(content: Path | bytes) -> bool:
    """Return whether a file or serialised model has 8-bit operators or conversions."""
    return _contains(content, _QUANTIZED_OPERATORS)


def has_integer_operators(content: Path | bytes) -> bool:
    """Return whether a file or serialised model itself multiplies 8-bit integers."""
    return _contains(content, _INTEGER_OPERATORS)


def _contains(content: Path | bytes, names: Iterable[bytes]) -> bool:
    if not isinstance(content, Path):
        return any(content.find(name) >= 0 for name in names)
    with content.open("rb") as file:
        if content.stat().st_size == 0:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            return any(mapped.find(name) >= 0 for name in names)


@cache
def int8_saturates() -> bool:
    """Return whether sums of 8-bit products saturate on this CPU.

    The session is created without `session.x64quantprecision`.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(_PRODUCT, options, providers=["CPUExecutionProvider"])
    (product,) = session.run(None, {"A": np.full((1, TERMS), 255, np.uint8)})
    return int(product[0, 0]) != TERMS * 255 * 127
