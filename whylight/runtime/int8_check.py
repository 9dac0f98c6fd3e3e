"""Whether this processor multiplies 8-bit numbers rightly, or has to be told to take a slower way.

x86-64 processors without VNNI add pairs of products of unsigned and signed 8 bits in 16 bits, which overflow
and are cut off. ONNX Runtime has a slower way without that, by `session.x64quantprecision`; but it then takes
that way on every processor, at three times the time of the quick one. So it is tried out which one this is.
"""

from __future__ import annotations

import mmap
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime

if TYPE_CHECKING:
    import onnx

TERMS = 64
# A model of one node: int32 Y [1, 1] = MatMulInteger(uint8 A [1, 64], int8 B), where B [64, 1] holds 127s.
# Written out, since importing `onnx` to make it takes longer than all the rest.
_PRODUCT = (
    b'\x08\x08:\x94\x01\n\x18\n\x01A\n\x01B\x12\x01Y"\rMatMulInteger\x12\x01g*K\x08@\x08\x01\x10\x03B\x01BJ@'
    + b"\x7f" * TERMS
    + b"Z\x13\n\x01A\x12\x0e\n\x0c\x08\x02\x12\x08\n\x02\x08\x01\n\x02\x08@"
    b"b\x13\n\x01Y\x12\x0e\n\x0c\x08\x06\x12\x08\n\x02\x08\x01\n\x02\x08\x01B\x04\n\x00\x10\r"
)


def is_quantized(source: Path | onnx.ModelProto) -> bool:
    """Whether a model computes in 8 bits, for all that can be seen without reading it as a graph."""
    if not isinstance(source, Path):
        return any("QuantizeLinear" in node.op_type for node in source.graph.node)
    with source.open("rb") as file:
        if source.stat().st_size == 0:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(b"QuantizeLinear") >= 0


@cache
def int8_saturates() -> bool:
    """Whether the quick way of this processor cuts off sums of products."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(_PRODUCT, options, providers=["CPUExecutionProvider"])
    (product,) = session.run(None, {"A": np.full((1, TERMS), 255, np.uint8)})
    return int(product[0, 0]) != TERMS * 255 * 127
