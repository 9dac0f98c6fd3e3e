"""Cases of arithmetic and of functions of one tensor."""

from __future__ import annotations

import numpy as np
import torch

from tests.whylight.autodiff.cases.scatter import CHANNEL, PLANE, SINGLE, case, node, positive, tensor, unary

_CHOICE = PLANE > 0

CASES = [
    case("add-constant", node("Add", "a c"), c=PLANE, torch=lambda x: x + tensor(PLANE)),
    case("add-itself", node("Add", "a a"), torch=lambda x: x + x),
    case(
        "add-broadcast-active",
        node("GlobalAveragePool", "a", "g"),
        node("Add", "g a"),
        torch=lambda x: x.mean((2, 3), keepdim=True) + x,
    ),
    case("sub-both-sides", node("Mul", "a a", "s"), node("Sub", "s a"), torch=lambda x: x * x - x),
    case("sub-from-constant", node("Sub", "c a"), c=CHANNEL, torch=lambda x: tensor(CHANNEL) - x),
    case("mul-constant", node("Mul", "a c"), c=CHANNEL, torch=lambda x: x * tensor(CHANNEL)),
    case(  # squeeze and excitation: both factors depend on the target
        "mul-gate",
        node("GlobalAveragePool", "a", "g"),
        node("Mul", "a g"),
        torch=lambda x: x * x.mean((2, 3), keepdim=True),
    ),
    case("div-constant", node("Div", "a c"), c=CHANNEL, torch=lambda x: x / tensor(CHANNEL)),
    case(
        "div-both-sides",
        node("Exp", "a", "e"),
        node("GlobalAveragePool", "e", "g"),
        node("Div", "a g"),
        torch=lambda x: x / x.exp().mean((2, 3), keepdim=True),
    ),
    case("pow-constant", node("Pow", "a c"), c=np.array(3.0), torch=lambda x: x**3),
    case("pow-whole-exponent", node("Pow", "a c"), c=np.array(2, np.int64), torch=lambda x: x**2),
    case(
        "pow-both-sides",
        node("Exp", "a", "e"),
        node("Pow", "e a"),
        torch=lambda x: x.exp() ** x,
    ),
    case(
        "sum-of-three",
        node("GlobalAveragePool", "a", "g"),
        node("Sum", "a g c"),
        c=CHANNEL,
        torch=lambda x: x + x.mean((2, 3), keepdim=True) + tensor(CHANNEL),
    ),
    case("mean-of-two", node("Mean", "a c"), c=PLANE, torch=lambda x: (x + tensor(PLANE)) / 2),
    case("max-of-two", node("Max", "a c"), c=CHANNEL, torch=lambda x: x.maximum(tensor(CHANNEL))),
    case(
        "min-of-active",
        node("Neg", "a", "n"),
        node("Min", "a n c"),
        c=CHANNEL,
        torch=lambda x: x.minimum(-x).minimum(tensor(CHANNEL)),
    ),
    case(
        "where-constant-choice",
        node("Exp", "a", "e"),
        node("Where", "choice a e"),
        choice=_CHOICE,
        torch=lambda x: torch.where(tensor(_CHOICE), x, x.exp()),
    ),
    case(
        "where-active-choice",
        node("Greater", "a zero", "choice"),
        node("Where", "choice a c"),
        zero=np.array(0.0),
        c=CHANNEL,
        torch=lambda x: torch.where(x > 0, x, tensor(CHANNEL)),
    ),
    unary("Identity", lambda x: x),
    unary("Cast", lambda x: x, reference_flaw=SINGLE, to=1),
    case("cast-like", node("CastLike", "a c"), c=PLANE, torch=lambda x: x),
    unary("Dropout", lambda x: x),
    unary("Neg", lambda x: -x),
    unary("Abs", torch.abs),
    unary("Exp", torch.exp),
    unary("Sin", torch.sin),
    unary("Cos", torch.cos),
    unary("Erf", torch.erf, reference_flaw=SINGLE),
    unary("Tanh", torch.tanh),
    unary("Sigmoid", torch.sigmoid),
    positive("Sqrt", torch.sqrt),
    positive("Reciprocal", torch.reciprocal),
    positive("Log", torch.log),
    *(
        case(
            op_type.lower(),
            node(op_type, "a", "step"),
            node("Mul", "step a"),
            torch=lambda x, step=step: step(x.detach()) * x,
        )
        for op_type, step in (
            ("Floor", torch.floor),
            ("Ceil", torch.ceil),
            ("Round", torch.round),
            ("Sign", torch.sign),
        )
    ),
]
