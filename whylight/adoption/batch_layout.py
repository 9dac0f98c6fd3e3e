"""Layout of two images in a tensor computed from both together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.errors import Message, ModelError

Value = NDArray[np.generic]


@dataclass(slots=True)
class BatchProbe:
    """A tensor of the first image, of the second, and of both together."""

    first: Value
    second: Value
    both: Value


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Position of two images in a tensor computed from both."""

    axis: int
    inner: bool
    """Whether they alternate along the axis, instead of following each other."""


def arrangement(first: Value, second: Value, both: Value) -> Arrangement | None:
    """Return how `both` is composed of `first` and `second`; None if it is not."""
    if first.ndim != both.ndim or first.shape != second.shape:
        return None
    for axis, (one, two) in enumerate(zip(first.shape, both.shape, strict=True)):
        if two != 2 * one or both.size != 2 * first.size:
            continue
        if _close(both, np.concatenate([first, second], axis)):
            return Arrangement(axis, inner=False)
        if _close(both, np.stack([first, second], axis + 1).reshape(both.shape)):
            return Arrangement(axis, inner=True)
    if first.shape == both.shape and _close(first, second) and _close(both, first):
        return Arrangement(-1, inner=False)
    return None


def _close(found: Value, expected: Value) -> bool:
    if found.dtype.kind != "f":
        return bool(np.array_equal(found, expected))
    scale = float(np.abs(expected).max(initial=0.0))
    return bool(np.allclose(found, expected, rtol=1e-3, atol=1e-4 * scale, equal_nan=True))


class UnbatchableNodeError(ModelError):
    """A node is not sound and cannot be made so."""

    @property
    def node(self) -> str:
        """The node in words: `Add 'node_add_5' cannot be rewritten for more images`."""
        return str(Message("{operator} '{node}' cannot be rewritten for more images", **self.message.fields))


def unbatchable(node: onnx.NodeProto) -> UnbatchableNodeError:
    """Return the error that names the node."""
    return UnbatchableNodeError(
        "the file fixes the batch to one image, and {operator} '{node}' cannot be rewritten "
        "for more: what it gives for two images is not what it gives for each. Export the "
        "model with a dynamic batch, and in evaluation mode: in training, norms are taken over "
        "it",
        operator=node.op_type,
        node=node.name or node.output[0],
    )
