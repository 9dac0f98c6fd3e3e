"""Rules of operators that only rearrange elements."""

from __future__ import annotations

from explain.autodiff.context import NodeContext, batch_first
from explain.autodiff.registry import Cotangents, rule


@rule("Flatten", "Reshape", per_image=batch_first)
def reshape(node: NodeContext, cotangent: str) -> Cotangents:
    """The same elements in another shape: the cotangent gets the input's shape back."""
    return (node.reshape_as_input(cotangent, 0),)
