"""Gradients are finite where PyTorch's are: norms of silent channels, products with zeros, flat planes."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch
from torch.nn import functional

from tests.whylight.autodiff.cases.scatter import case, ints, node
from tests.whylight.autodiff.networks import LOGITS, TARGET, Case
from whylight.autodiff import differentiate

CASES = [
    case(
        "norm-of-a-silent-channel",
        node("ReduceL2", "a space", keepdims=0),
        space=ints(2, 3),
        torch=lambda x: torch.linalg.vector_norm(x, dim=(2, 3)),
        features=2,
    ),
    case(
        "norm-by-a-root",
        node("Mul", "a a", "s"),
        node("ReduceSum", "s space", "r", keepdims=0),
        node("Sqrt", "r"),
        space=ints(2, 3),
        torch=lambda x: torch.linalg.vector_norm(x, dim=(2, 3)),
        features=2,
    ),
    case(
        "norm-by-a-power",
        node("Mul", "a a", "s"),
        node("ReduceSum", "s space", "r", keepdims=0),
        node("Pow", "r half"),
        space=ints(2, 3),
        half=np.array(0.5),
        torch=lambda x: torch.linalg.vector_norm(x, dim=(2, 3)),
        features=2,
    ),
    case(
        "normalised-behind-relu",
        node("Relu", "a", "p"),
        node("ReduceL2", "p channels", "n"),
        node("Clip", "n least", "c"),
        node("Div", "p c"),
        channels=ints(1),
        least=np.array(1e-12),
        torch=lambda x: functional.normalize(x.relu(), dim=1),
    ),
    case(
        "deviation-of-a-flat-plane",
        node("ReduceMean", "a space", "m"),
        node("Sub", "a m", "d"),
        node("Mul", "d d", "s"),
        node("ReduceMean", "s space", "v", keepdims=0),
        node("Sqrt", "v"),
        space=ints(2, 3),
        torch=lambda x: x.std(dim=(2, 3), correction=0),
        features=2,
    ),
    case(
        "product-with-zeros",
        node("ReduceProd", "a last", keepdims=0),
        last=ints(-1),
        torch=lambda x: x.prod(3),
        features=10,
    ),
    case(
        "square-of-zero",
        node("Pow", "a two"),
        two=np.array(2.0),
        torch=lambda x: x**2,
    ),
    case(
        "powers-by-channel",
        node("Pow", "a powers"),
        powers=np.array([1.0, 3.0]).reshape(2, 1, 1),
        torch=lambda x: x ** torch.tensor([1.0, 3.0], dtype=torch.float64).reshape(2, 1, 1),
    ),
]


def _with_zeros() -> np.ndarray:
    """A silent channel, one zero and two zeros in a row, and a flat plane, `[3, 2, 5, 5]`."""
    values = np.random.default_rng(11).standard_normal((3, 2, 5, 5)).astype(np.float32)
    values[0, 0] = 0
    values[1, 1, 0, 2] = 0
    values[1, 1, 1, [0, 3]] = 0
    values[2, 0] = 0.75
    return values


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_zeros_give_the_gradients_of_autograd(case: Case) -> None:
    activations, index = _with_zeros(), np.array([0, 1, 2, 1])
    weights = np.random.default_rng(12).standard_normal((4, 3)).astype(np.float32)
    expected = case.autograd(activations, index, weights)
    assert np.isfinite(expected).all()
    model = differentiate(case.model(), TARGET, LOGITS, case.shape).model
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    feed = {"activations": activations, "image_index": index, "score_weights": weights}
    (found,) = session.run(["gradients"], feed)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


def test_a_direction_of_nothing_has_no_gradient() -> None:
    """LpNormalization gives 0 for zeros; PyTorch's divides by a small number instead."""
    normalised = case(
        "", node("LpNormalization", "a", axis=1), torch=lambda x: functional.normalize(x, dim=1)
    )
    activations = _with_zeros()
    activations[:, :, 2, 2] = 0
    index, weights = np.arange(3), np.eye(3, dtype=np.float32)
    model = differentiate(normalised.model(), TARGET, LOGITS, normalised.shape).model
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run(
        ["gradients"], {"activations": activations, "image_index": index, "score_weights": weights}
    )
    assert not found[:, :, 2, 2].any()
    expected = normalised.autograd(activations, index, weights)
    elsewhere = np.abs(activations).sum(axis=1, keepdims=True) > 0
    np.testing.assert_allclose(found * elsewhere, expected * elsewhere, rtol=1e-4, atol=1e-5)
