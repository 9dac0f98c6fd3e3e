"""Cases of reductions and softmax."""

from __future__ import annotations

import torch

from tests.whylight.autodiff.cases.scatter import case, ints, node, unary


def _reduction(op_type, function, prepare=None, **attributes):
    """Over the last axis without keeping it, and over space with it; `prepare` makes the input fit."""
    first = [node("Exp", "a", "e")] if prepare else []
    source = "e" if prepare else "a"
    before = torch.exp if prepare else lambda x: x
    return [
        case(
            f"{op_type.lower()}-last",
            *first,
            node(op_type, f"{source} axes", keepdims=0, **attributes),
            axes=ints(-1),
            torch=lambda x: function(before(x), (3,), False),
            features=10,
        ),
        case(
            f"{op_type.lower()}-space",
            *first,
            node(op_type, f"{source} axes", **attributes),
            axes=ints(2, 3),
            torch=lambda x: function(before(x), (2, 3), True),
            features=2,
        ),
    ]


def _product(x: torch.Tensor, axes: tuple[int, ...], keep: bool) -> torch.Tensor:
    for axis in reversed(axes):
        x = x.prod(axis, keepdim=keep)
    return x


CASES = [
    *_reduction("ReduceSum", lambda x, axes, keep: x.sum(axes, keepdim=keep)),
    *_reduction("ReduceMean", lambda x, axes, keep: x.mean(axes, keepdim=keep)),
    *_reduction("ReduceMax", lambda x, axes, keep: x.amax(axes, keepdim=keep)),
    *_reduction("ReduceMin", lambda x, axes, keep: x.amin(axes, keepdim=keep)),
    *_reduction("ReduceL1", lambda x, axes, keep: x.abs().sum(axes, keepdim=keep)),
    *_reduction("ReduceL2", lambda x, axes, keep: x.square().sum(axes, keepdim=keep).sqrt()),
    *_reduction("ReduceSumSquare", lambda x, axes, keep: x.square().sum(axes, keepdim=keep)),
    *_reduction("ReduceLogSum", lambda x, axes, keep: x.sum(axes, keepdim=keep).log(), prepare=True),
    *_reduction("ReduceLogSumExp", lambda x, axes, keep: x.logsumexp(axes, keepdim=keep)),
    *_reduction("ReduceProd", _product),
    case(
        "reduce-nothing",
        node("ReduceSum", "a", noop_with_empty_axes=1),
        torch=lambda x: x,
    ),
    unary("Softmax", lambda x: x.softmax(-1)),
    unary("Softmax", lambda x: x.softmax(1), "softmax-channels", axis=1),
    unary("LogSoftmax", lambda x: x.log_softmax(2), axis=2),
]
