"""Every rule against finite differences in float64 and against PyTorch's autograd."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from tests.whylight.autodiff.cases import (
    activations,
    arithmetic,
    fourier,
    indexing,
    linear,
    normalization,
    recurrent,
    reductions,
    shape,
    sliding_windows,
)
from tests.whylight.autodiff.networks import LOGITS, TARGET, Case
from whylight.autodiff import RULES, differentiate

_GROUPS = (
    arithmetic,
    activations,
    reductions,
    sliding_windows,
    normalization,
    linear,
    shape,
    indexing,
    recurrent,
    fourier,
)
CASES = [case for group in _GROUPS for case in group.CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize(("images", "scores"), [(1, 1), (1, 4), (3, 2)])
def test_gradient_equals_finite_differences_and_autograd(case: Case, images: int, scores: int) -> None:
    rng = np.random.default_rng(images * 10 + scores)
    activations = rng.standard_normal((images, *case.shape)).astype(np.float32)
    image_index = rng.integers(0, images, scores)
    weights = rng.standard_normal((scores, 3)).astype(np.float32)

    differentiated = differentiate(case.model(), TARGET, LOGITS, case.shape)
    session = onnxruntime.InferenceSession(
        differentiated.model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    feed = {"activations": activations, "image_index": image_index, "score_weights": weights}
    (found,) = session.run(["gradients"], feed)

    assert found.shape == (scores, *case.shape)
    autograd = case.autograd(activations, image_index, weights)
    np.testing.assert_allclose(found, autograd, rtol=1e-4, atol=1e-5 * max(1, np.abs(autograd).max()))
    differences = case.finite_differences(activations, image_index, weights)
    np.testing.assert_allclose(found, differences, rtol=1e-4, atol=1e-5 * max(1, np.abs(autograd).max()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_oracles_know_the_same_operator(case: Case) -> None:
    """What PyTorch differentiates is what the runtime computes."""
    activations = np.random.default_rng(0).standard_normal((2, *case.shape)).astype(np.float32)
    session = onnxruntime.InferenceSession(
        case.model(start=TARGET).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (found,) = session.run([LOGITS], {TARGET: activations})
    expected = case.logits(activations)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * max(1, np.abs(expected).max()))


def test_every_rule_has_a_case() -> None:
    tried = {node.op_type for case in CASES for node in case.nodes}
    straight_through = {"QuantizeLinear", "DequantizeLinear"}  # no derivative: see test_adopt_forms
    assert not RULES.keys() - tried - straight_through
