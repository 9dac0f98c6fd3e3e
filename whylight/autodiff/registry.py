"""Table of differentiation rules, one for each operator.

A rule gets the node's context and the cotangents of the node's outputs (the gradients of the score
with respect to them) and returns the cotangents of its inputs:

    @rule("Sub", per_image=True)
    def sub(node: NodeContext, cotangent: str) -> Cotangents:
        return node.sum_to(cotangent, 0), node.sum_to(node.op("Neg", cotangent), 1)

Tensors are names in the gradient graph under construction; None stands for "no gradient". A rule
is asked only for nodes between the target layer and the logits, and may leave out, with None, the
inputs for which `node.is_active` is false.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from whylight.autodiff.node_context import NodeContext

Cotangents = tuple[str | None, ...]
RuleFunction = Callable[[NodeContext, str], Cotangents]
PerImage = bool | Callable[[NodeContext], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """Rule to differentiate one operator."""

    op_type: str
    function: RuleFunction
    per_image: PerImage
    """Whether row n of the output depends on row n of the inputs alone, so that the forward value can
    be computed once an image instead of once a score. False is always right, only slower."""
    all_outputs: bool
    """Whether the rule reads the cotangents of all outputs (`node.cotangents`), not of the first alone."""
    pointwise: bool
    """Whether each element of the output follows from the same element of the first input, so that the
    derivative is diagonal and serves for tangents as well as for cotangents (`channel_means`)."""
    local: bool
    """Whether the operator is an activation, arithmetic, a normalisation, pooling or a change of form, and no
    weighted sum over channels or places (`whylight.layers.find_layers`)."""


RULES: dict[str, Rule] = {}
"""Every operator that can be differentiated. The table is the documentation of what is supported."""


def rule(
    *op_types: str,
    per_image: PerImage = False,
    all_outputs: bool = False,
    pointwise: bool = False,
    local: bool = False,
) -> Callable[[RuleFunction], RuleFunction]:
    """Register a function as the rule of operators; arguments are fields of `Rule`.

    A pointwise rule is local, too.
    """

    def register(function: RuleFunction) -> RuleFunction:
        for op_type in op_types:
            if op_type in RULES:
                raise ValueError(f"operator {op_type} has two rules")
            RULES[op_type] = Rule(
                op_type, function, per_image, all_outputs, pointwise, local=local or pointwise
            )
        return function

    return register
