"""Tiny networks around one operator: `images -> a -> [the operator] -> y -> logits`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

CLASSES = 3
TARGET = "a"
LOGITS = "logits"


@dataclass(frozen=True, kw_only=True)
class Case:
    """An operator (or a few) between the target `a` and `y`, and what PyTorch calls it."""

    name: str
    nodes: list[onnx.NodeProto]
    torch: Callable[[torch.Tensor], torch.Tensor]
    constants: Mapping[str, NDArray] = field(default_factory=dict)
    shape: tuple[int, int, int] = (2, 5, 5)
    """Of the target, `[C, h, w]`."""
    features: int
    """Elements of `y` an image."""
    opset: int = 20
    reference_flaw: str = ""
    """Why ONNX's reference implementation cannot be the oracle, where it cannot."""

    def head(self) -> NDArray:
        """The linear map from `y` to the logits, `[features, K]`."""
        return np.random.default_rng(7).standard_normal((self.features, CLASSES))

    def model(self, dtype: type = np.float32, start: str = "pictures") -> onnx.ModelProto:
        """The network from `start` (`images`, or `a` for the tail alone) to the logits."""
        nodes = [*self.nodes]
        if start == "pictures":
            nodes.insert(0, helper.make_node("Mul", ["pictures", "slope"], [TARGET]))
        nodes += [
            helper.make_node("Reshape", ["y", "flat"], ["features"]),
            helper.make_node("MatMul", ["features", "head"], [LOGITS]),
        ]
        constants = {**self.constants, "head": self.head(), "slope": np.full((1, 1, 1, 1), 1.5)}
        initializers = [
            numpy_helper.from_array(value.astype(dtype) if value.dtype == np.float64 else value, name)
            for name, value in constants.items()
        ]
        initializers.append(numpy_helper.from_array(np.array([-1, self.features], np.int64), "flat"))
        kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        graph = helper.make_graph(
            nodes,
            "network",
            [helper.make_tensor_value_info(start, kind, ["N", *self.shape])],
            [helper.make_tensor_value_info(LOGITS, kind, ["N", CLASSES])],
            initializers,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=11)

    def finite_differences(self, activations: NDArray, image_index: NDArray, weights: NDArray) -> NDArray:
        """Central differences in float64 with ONNX's reference implementation, `[M, C, h, w]`.

        Where that has a flaw, with PyTorch's.
        """
        tail = None if self.reference_flaw else ReferenceEvaluator(self.model(np.float64, start=TARGET))

        def scores(values: NDArray) -> NDArray:
            logits = self.logits(values) if tail is None else tail.run([LOGITS], {TARGET: values})[0]
            return (logits[image_index] * weights).sum(axis=1)

        step = 1e-6
        exact = activations.astype(np.float64)
        found = np.zeros((len(image_index), *self.shape))
        for place in np.ndindex(*self.shape):
            # One place in all images at once: a score sees its own image only.
            moved = np.zeros_like(exact)
            moved[(slice(None), *place)] = step
            found[(slice(None), *place)] = (scores(exact + moved) - scores(exact - moved)) / (2 * step)
        return found

    def logits(self, activations: NDArray) -> NDArray:
        """PyTorch's logits in float64, `[N, K]`."""
        y = self.torch(torch.tensor(activations, dtype=torch.float64))
        return (y.reshape(len(activations), -1) @ torch.from_numpy(self.head())).numpy()

    def autograd(self, activations: NDArray, image_index: NDArray, weights: NDArray) -> NDArray:
        """PyTorch's gradients in float64, `[M, C, h, w]`."""
        rows = torch.tensor(activations[image_index], dtype=torch.float64, requires_grad=True)
        logits = self.torch(rows).reshape(len(rows), -1) @ torch.from_numpy(self.head())
        (gradient,) = torch.autograd.grad((logits * torch.from_numpy(weights)).sum(), rows)
        return gradient.numpy()
