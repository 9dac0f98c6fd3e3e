"""Cases of matrix products."""

from __future__ import annotations

import numpy as np
import torch

from tests.whylight.autodiff.cases.scatter import BIAS, MATRIX, WIDE, case, ints, node, tensor

_ACROSS = MATRIX.T.copy()
_MASK = torch.tensor([[1.0, 1, 1], [1, 1, 1], [0, 0, 0]], dtype=torch.float64)


def _det(m: torch.Tensor) -> torch.Tensor:
    """By the rule of Sarrus, which has a gradient at singular matrices."""
    return (torch.linalg.cross(m[0], m[1]) * m[2]).sum()


CASES = [
    case(
        "matmul-constant-right",
        node("MatMul", "a c"),
        c=MATRIX,
        torch=lambda x: x @ tensor(MATRIX),
        features=40,
    ),
    case(
        "matmul-constant-left",
        node("MatMul", "c a"),
        c=_ACROSS,
        torch=lambda x: tensor(_ACROSS) @ x,
        features=40,
    ),
    case("matmul-both", node("MatMul", "a a"), torch=lambda x: x @ x),
    case(
        "matmul-stacks",  # attention: matrices of one image times matrices of the same
        node("Softmax", "a", "s"),
        node("Transpose", "a", "t", perm=[0, 1, 3, 2]),
        node("MatMul", "s t"),
        torch=lambda x: x.softmax(-1) @ x.transpose(2, 3),
    ),
    case(
        "matmul-batch-in-the-middle",  # attention over [L, N, E], as PyTorch's own module has it
        node("Reshape", "a tokens", "t"),
        node("Transpose", "t", "l", perm=[1, 0, 2]),
        node("MatMul", "l c", "p"),
        node("Relu", "p", "r"),
        node("Transpose", "r", perm=[1, 0, 2]),
        tokens=ints(-1, 10, 5),
        c=MATRIX,
        torch=lambda x: torch.relu(x.reshape(-1, 10, 5) @ tensor(MATRIX)),
        features=40,
    ),
    case(
        "matmul-of-windows",  # several rows an image, as Swin has it
        node("Reshape", "a windows", "w"),
        node("Transpose", "w", "t", perm=[0, 2, 1]),
        node("MatMul", "w t", "p"),
        node("Softmax", "p", "s"),
        node("MatMul", "s w", "m"),
        node("Reshape", "m together"),
        windows=ints(-1, 5, 5),
        together=ints(-1, 2, 5, 5),
        torch=lambda x: (x @ x.transpose(2, 3)).softmax(-1) @ x,
    ),
    case(
        "gemm",
        node("Flatten", "a", "f"),
        node("Gemm", "f w b", alpha=0.5, beta=2.0),
        w=WIDE,
        b=BIAS,
        torch=lambda x: 0.5 * x.flatten(1) @ tensor(WIDE) + 2 * tensor(BIAS),
        features=6,
    ),
    case(
        "gemm-transposed-weights",
        node("Flatten", "a", "f"),
        node("Gemm", "f w b", transB=1),
        w=WIDE.T.copy(),
        b=BIAS,
        torch=lambda x: x.flatten(1) @ tensor(WIDE) + tensor(BIAS),
        features=6,
    ),
    case(
        "gemm-active-bias",
        node("Flatten", "a", "f"),
        node("Gemm", "f w", "h"),
        node("Relu", "h", "r"),
        node("Gemm", "r v h", beta=3.0),
        w=WIDE,
        v=WIDE[:6],
        torch=lambda x: (
            torch.relu(x.flatten(1) @ tensor(WIDE)) @ tensor(WIDE[:6]) + 3 * (x.flatten(1) @ tensor(WIDE))
        ),
        features=6,
    ),
    case(
        "einsum-product",
        node("Einsum", "a c", equation="nchw,wd->ndch"),
        c=MATRIX,
        torch=lambda x: torch.einsum("nchw,wd->ndch", x, tensor(MATRIX)),
        features=40,
    ),
    case(
        "einsum-both-summed-alone",
        node("Relu", "a", "r"),
        node("Einsum", "a r", equation="nchw,ncvh->nch"),
        torch=lambda x: torch.einsum("nchw,ncvh->nch", x, torch.relu(x)),
        features=10,
    ),
    case("det", node("Det", "a"), torch=torch.linalg.det, features=2, shape=(2, 3, 3)),
    case(
        "det-of-singular-matrices",
        node("Mul", "a mask", "m"),
        node("Det", "m"),
        mask=np.array([[1.0, 1, 1], [1, 1, 1], [0, 0, 0]]),
        torch=lambda x: torch.stack([_det(one) for one in (x * _MASK).reshape(-1, 3, 3)]).reshape(-1, 2),
        features=2,
        shape=(2, 3, 3),
    ),
]
