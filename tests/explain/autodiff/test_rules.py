"""Every rule against finite differences in float64 and against PyTorch's autograd."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch
from onnx import helper
from torch.nn import functional

from explain.autodiff import RULES, differentiate
from tests.explain.autodiff.networks import LOGITS, TARGET, Case

_RNG = np.random.default_rng(3)
_MATRIX = _RNG.standard_normal((5, 4))
_WIDE = _RNG.standard_normal((50, 6))
_BIAS = _RNG.standard_normal(6)
_PLANE = _RNG.standard_normal((2, 5, 5))
_CHANNEL = _RNG.standard_normal((2, 1, 1))
_NORM = {
    "scale": _RNG.standard_normal(2),
    "bias": _RNG.standard_normal(2),
    "mean": _RNG.standard_normal(2),
    "var": _RNG.uniform(0.5, 2.0, 2),
}


def _node(op_type: str, inputs: list[str], outputs: list[str] | None = None, **attributes: object):
    return helper.make_node(op_type, inputs, outputs or ["y"], **attributes)


def _tensor(value: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(value)


def _max_pool(x: torch.Tensor, **options: object) -> torch.Tensor:
    return functional.max_pool2d(x, **options)


def _pool(op_type: str, name: str, torch_function, side: tuple[int, int], **attributes: object) -> Case:
    return Case(
        name=name,
        nodes=[_node(op_type, ["a"], **attributes)],
        torch=torch_function,
        features=2 * side[0] * side[1],
    )


CASES = [
    Case(
        name="add-constant",
        nodes=[_node("Add", ["a", "c"])],
        constants={"c": _PLANE},
        torch=lambda x: x + _tensor(_PLANE),
        features=50,
    ),
    Case(name="add-itself", nodes=[_node("Add", ["a", "a"])], torch=lambda x: x + x, features=50),
    Case(
        name="add-broadcast-active",
        nodes=[_node("GlobalAveragePool", ["a"], ["g"]), _node("Add", ["g", "a"])],
        torch=lambda x: x.mean((2, 3), keepdim=True) + x,
        features=50,
    ),
    Case(
        name="sub-both-sides",
        nodes=[_node("Mul", ["a", "a"], ["s"]), _node("Sub", ["s", "a"])],
        torch=lambda x: x * x - x,
        features=50,
    ),
    Case(
        name="sub-from-constant",
        nodes=[_node("Sub", ["c", "a"])],
        constants={"c": _CHANNEL},
        torch=lambda x: _tensor(_CHANNEL) - x,
        features=50,
    ),
    Case(
        name="mul-constant",
        nodes=[_node("Mul", ["a", "c"])],
        constants={"c": _CHANNEL},
        torch=lambda x: x * _tensor(_CHANNEL),
        features=50,
    ),
    Case(
        name="mul-gate",  # squeeze and excitation: both factors depend on the target
        nodes=[_node("GlobalAveragePool", ["a"], ["g"]), _node("Mul", ["a", "g"])],
        torch=lambda x: x * x.mean((2, 3), keepdim=True),
        features=50,
    ),
    Case(name="relu", nodes=[_node("Relu", ["a"])], torch=torch.relu, features=50),
    Case(name="identity", nodes=[_node("Identity", ["a"])], torch=lambda x: x, features=50),
    Case(name="dropout", nodes=[_node("Dropout", ["a"])], torch=lambda x: x, features=50),
    Case(
        name="batch-normalization",
        nodes=[_node("BatchNormalization", ["a", "scale", "bias", "mean", "var"], epsilon=1e-3)],
        constants=_NORM,
        torch=lambda x: functional.batch_norm(
            x, *(_tensor(_NORM[key]) for key in ("mean", "var", "scale", "bias")), eps=1e-3
        ),
        features=50,
    ),
    _pool("GlobalAveragePool", "global-average", lambda x: x.mean((2, 3), keepdim=True), (1, 1)),
    _pool(
        "AveragePool",
        "average-plain",
        lambda x: functional.avg_pool2d(x, 2),
        (2, 2),
        kernel_shape=[2, 2],
        strides=[2, 2],
    ),
    _pool(
        "AveragePool",
        "average-padded",
        lambda x: functional.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False),
        (3, 3),
        kernel_shape=[3, 3],
        strides=[2, 2],
        pads=[1, 1, 1, 1],
    ),
    _pool(
        "AveragePool",
        "average-counting-padding-rounded-up",
        lambda x: functional.avg_pool2d(x, (2, 3), stride=2, padding=(0, 1), ceil_mode=True),
        (3, 3),
        kernel_shape=[2, 3],
        strides=[2, 2],
        pads=[0, 1, 0, 1],
        ceil_mode=1,
        count_include_pad=1,
    ),
    _pool("MaxPool", "max-plain", lambda x: _max_pool(x, kernel_size=2), (2, 2), kernel_shape=[2, 2], strides=[2, 2]),
    _pool(
        "MaxPool",
        "max-overlapping-padded",
        lambda x: _max_pool(x, kernel_size=3, stride=1, padding=1),
        (5, 5),
        kernel_shape=[3, 3],
        pads=[1, 1, 1, 1],
    ),
    _pool(
        "MaxPool",
        "max-dilated",
        lambda x: _max_pool(x, kernel_size=2, stride=1, dilation=2),
        (3, 3),
        kernel_shape=[2, 2],
        dilations=[2, 2],
    ),
    Case(name="flatten", nodes=[_node("Flatten", ["a"])], torch=lambda x: x.flatten(1), features=50),
    Case(
        name="reshape-computed",  # the shape is computed from the batch size, as exporters write it
        nodes=[
            _node("Shape", ["a"], ["batch"], start=0, end=1),
            _node("Concat", ["batch", "rest"], ["target"], axis=0),
            _node("Reshape", ["a", "target"], ["grouped"]),
            _node("Relu", ["grouped"]),
        ],
        constants={"rest": np.array([10, 5], np.int64)},
        torch=lambda x: torch.relu(x.reshape(-1, 10, 5)),
        features=50,
    ),
    Case(
        name="matmul-constant-right",
        nodes=[_node("MatMul", ["a", "c"])],
        constants={"c": _MATRIX},
        torch=lambda x: x @ _tensor(_MATRIX),
        features=40,
    ),
    Case(
        name="matmul-constant-left",
        nodes=[_node("MatMul", ["c", "a"])],
        constants={"c": _MATRIX.T.copy()},
        torch=lambda x: _tensor(_MATRIX.T.copy()) @ x,
        features=40,
    ),
    Case(name="matmul-both", nodes=[_node("MatMul", ["a", "a"])], torch=lambda x: x @ x, features=50),
    Case(
        name="gemm",
        nodes=[_node("Flatten", ["a"], ["f"]), _node("Gemm", ["f", "w", "b"], alpha=0.5, beta=2.0)],
        constants={"w": _WIDE, "b": _BIAS},
        torch=lambda x: 0.5 * x.flatten(1) @ _tensor(_WIDE) + 2 * _tensor(_BIAS),
        features=6,
    ),
    Case(
        name="gemm-transposed-weights",
        nodes=[_node("Flatten", ["a"], ["f"]), _node("Gemm", ["f", "w", "b"], transB=1)],
        constants={"w": _WIDE.T.copy(), "b": _BIAS},
        torch=lambda x: x.flatten(1) @ _tensor(_WIDE) + _tensor(_BIAS),
        features=6,
    ),
    Case(
        name="gemm-active-bias",
        nodes=[
            _node("Flatten", ["a"], ["f"]),
            _node("Gemm", ["f", "w"], ["h"]),
            _node("Relu", ["h"], ["r"]),
            _node("Gemm", ["r", "v", "h"], beta=3.0),
        ],
        constants={"w": _WIDE, "v": _WIDE[:6]},
        torch=lambda x: (
            torch.relu(x.flatten(1) @ _tensor(_WIDE)) @ _tensor(_WIDE[:6]) + 3 * (x.flatten(1) @ _tensor(_WIDE))
        ),
        features=6,
    ),
]


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
    np.testing.assert_allclose(found, autograd, rtol=1e-4, atol=1e-5)
    differences = case.finite_differences(activations, image_index, weights)
    np.testing.assert_allclose(found, differences, rtol=1e-4, atol=1e-5)


def test_every_rule_has_a_case() -> None:
    tried = {node.op_type for case in CASES for node in case.nodes}
    assert not RULES.keys() - tried
