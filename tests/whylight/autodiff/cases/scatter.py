"""Shorthand for writing cases, and the constants that they share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
import torch
from onnx import helper

from tests.whylight.autodiff.networks import Case

_RNG = np.random.default_rng(3)
MATRIX = _RNG.standard_normal((5, 4))
WIDE = _RNG.standard_normal((50, 6))
BIAS = _RNG.standard_normal(6)
PLANE = _RNG.standard_normal((2, 5, 5))
CHANNEL = _RNG.standard_normal((2, 1, 1))
ROW = _RNG.standard_normal(5)
PAIR = _RNG.uniform(0.5, 2.0, 2)
KERNEL = _RNG.standard_normal((4, 2, 3, 3))


def node(op_type: str, inputs: str, outputs: str = "y", **attributes: object) -> onnx.NodeProto:
    """A node; tensor names are separated by blanks, `-` leaves an optional one out."""
    given, made = (["" if name == "-" else name for name in names.split()] for names in (inputs, outputs))
    return helper.make_node(op_type, given, made, **attributes)


def case(
    name: str,
    *nodes: onnx.NodeProto,
    torch: Callable[[torch.Tensor], torch.Tensor],
    features: int = 50,
    shape: tuple[int, int, int] = (2, 5, 5),
    opset: int = 20,
    reference_flaw: str = "",
    **constants: np.ndarray,
) -> Case:
    """A case whose further keywords are its constants."""
    return Case(
        name=name,
        nodes=list(nodes),
        torch=torch,
        features=features,
        shape=shape,
        opset=opset,
        reference_flaw=reference_flaw,
        constants=constants,
    )


def unary(
    op_type: str,
    function: Callable[[torch.Tensor], torch.Tensor],
    name: str | None = None,
    reference_flaw: str = "",
    **attributes: object,
) -> Case:
    """A function of the target itself."""
    made = node(op_type, "a", **attributes)
    return case(name or op_type.lower(), made, torch=function, reference_flaw=reference_flaw)


SINGLE = "computes in float32"


def positive(op_type: str, function: Callable[[torch.Tensor], torch.Tensor], **attributes: object) -> Case:
    """A function of the target's exponential, for those that are defined above zero."""
    nodes = (node("Exp", "a", "e"), node(op_type, "e", **attributes))
    return case(op_type.lower(), *nodes, torch=lambda x: function(x.exp()))


def tensor(value: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(value)


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)
