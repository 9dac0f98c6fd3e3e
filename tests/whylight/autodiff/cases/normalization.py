"""Cases of normalisation layers."""

from __future__ import annotations

import numpy as np
from torch.nn import functional

from tests.whylight.autodiff.cases.scatter import PAIR, PLANE, ROW, SINGLE, case, node, tensor, unary

_NORM = {
    "scale": PAIR,
    "bias": PAIR[::-1].copy(),
    "mean": np.array([0.3, -0.2]),
    "var": np.array([0.6, 1.7]),
}
_SCALE, _BIAS = tensor(_NORM["scale"]), tensor(_NORM["bias"])
_FOUR = np.array([0.5, -1.0, 2.0, 0.7])


def _rms(x):
    return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * tensor(ROW)


CASES = [
    case(
        "batch-normalization",
        node("BatchNormalization", "a scale bias mean var", epsilon=1e-3),
        **_NORM,
        torch=lambda x: functional.batch_norm(
            x, tensor(_NORM["mean"]), tensor(_NORM["var"]), _SCALE, _BIAS, eps=1e-3
        ),
    ),
    case(
        "layer-normalization",
        node("LayerNormalization", "a scale bias"),
        scale=ROW,
        bias=ROW[::-1].copy(),
        torch=lambda x: functional.layer_norm(x, (5,), tensor(ROW), tensor(ROW[::-1].copy())),
    ),
    case(
        "layer-normalization-of-all",
        node("LayerNormalization", "a scale", axis=1, epsilon=1e-3),
        scale=PLANE,
        torch=lambda x: functional.layer_norm(x, (2, 5, 5), tensor(PLANE), eps=1e-3),
    ),
    case(
        "rms-normalization",
        node("RMSNormalization", "a scale"),
        scale=ROW,
        torch=_rms,
        opset=23,
    ),
    case(
        "instance-normalization",
        node("InstanceNormalization", "a scale bias"),
        scale=_NORM["scale"],
        bias=_NORM["bias"],
        torch=lambda x: functional.instance_norm(x, weight=_SCALE, bias=_BIAS),
    ),
    case(
        "group-normalization",
        node("GroupNormalization", "a scale bias", num_groups=2),
        scale=_FOUR,
        bias=_FOUR,
        torch=lambda x: functional.group_norm(x, 2, tensor(_FOUR), tensor(_FOUR)),
        shape=(4, 3, 3),
        features=36,
        opset=21,
        reference_flaw=SINGLE,
    ),
    case(
        "group-normalization-scaled-by-group",  # as operator set 18 had it
        node("GroupNormalization", "a scale bias", num_groups=2),
        scale=_NORM["scale"],
        bias=_NORM["bias"],
        torch=lambda x: functional.group_norm(x, 2, _SCALE.repeat_interleave(2), _BIAS.repeat_interleave(2)),
        shape=(4, 3, 3),
        features=36,
    ),
    unary("LpNormalization", lambda x: functional.normalize(x, dim=1), axis=1),
    unary(
        "LpNormalization",
        lambda x: functional.normalize(x, p=1, dim=-1),
        "lp-normalization-1",
        "forgets the sign",
        p=1,
    ),
    case(
        "lrn",
        node("LRN", "a", size=3, alpha=0.5, beta=0.6, bias=1.5),
        torch=lambda x: functional.local_response_norm(x, 3, alpha=0.5, beta=0.6, k=1.5),
        shape=(6, 2, 2),
        features=24,
        reference_flaw=SINGLE,
    ),
]
