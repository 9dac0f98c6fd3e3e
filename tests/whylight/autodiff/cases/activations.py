"""Cases of activation functions."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from tests.whylight.autodiff.cases.scatter import CHANNEL, SINGLE, case, node, tensor, unary

CASES = [
    unary("Relu", torch.relu),
    unary("LeakyRelu", lambda x: functional.leaky_relu(x, 0.2), alpha=0.2),
    case(
        "prelu",
        node("PRelu", "a below"),
        below=CHANNEL,
        torch=lambda x: torch.where(x > 0, x, x * tensor(CHANNEL)),
    ),
    case(
        "prelu-active-slope",
        node("GlobalAveragePool", "a", "g"),
        node("PRelu", "a g"),
        torch=lambda x: torch.where(x > 0, x, x * x.mean((2, 3), keepdim=True)),
    ),
    unary("ThresholdedRelu", lambda x: functional.threshold(x, 0.5, 0.0), alpha=0.5),
    case(
        "clip-both",
        node("Clip", "a low high"),
        low=np.array(-0.5),
        high=np.array(0.7),
        torch=lambda x: x.clamp(-0.5, 0.7),
    ),
    case("clip-above", node("Clip", "a - high"), high=np.array(0.7), torch=lambda x: x.clamp(max=0.7)),
    unary("Elu", lambda x: functional.elu(x, 0.7), alpha=0.7),
    unary("Selu", functional.selu),
    unary("Celu", lambda x: functional.celu(x, 0.7), alpha=0.7),
    unary("Softplus", functional.softplus),
    unary("Softsign", functional.softsign),
    unary("HardSigmoid", lambda x: (0.3 * x + 0.4).clamp(0, 1), alpha=0.3, beta=0.4),
    case(
        "hardswish",
        node("Mul", "a three", "b"),
        node("HardSwish", "b"),
        three=np.array(3.0),
        torch=lambda x: functional.hardswish(3 * x),
    ),
    unary("Mish", functional.mish),
    unary("Gelu", functional.gelu, reference_flaw=SINGLE),
    unary("Gelu", lambda x: functional.gelu(x, approximate="tanh"), "gelu-tanh", approximate="tanh"),
    *(
        case(
            name.lower(),
            node("Tanh", "a", "t"),
            node("Mul", "t near_one", "b"),
            node(name, "b"),
            near_one=np.array(0.95),
            torch=lambda x, function=function: function(0.95 * x.tanh()),
        )
        for name, function in (("Asin", torch.asin), ("Acos", torch.acos), ("Atanh", torch.atanh))
    ),
    case(
        "tan",
        node("Tanh", "a", "t"),
        node("Tan", "t"),
        torch=lambda x: x.tanh().tan(),
    ),
    unary("Atan", torch.atan),
    unary("Sinh", torch.sinh),
    unary("Cosh", torch.cosh),
    unary("Asinh", torch.asinh),
    case(
        "acosh",
        node("Exp", "a", "e"),
        node("Add", "e one", "b"),
        node("Acosh", "b"),
        one=np.array(1.1),
        torch=lambda x: (x.exp() + 1.1).acosh(),
    ),
]
