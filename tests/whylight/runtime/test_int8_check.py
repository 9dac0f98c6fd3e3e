"""The processor's 8-bit products: the probe is the model it is said to be, and tells right from wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from whylight.graphs.in_memory import open_in_memory
from whylight.runtime import int8_check
from whylight.runtime.int8_check import TERMS, int8_saturates, is_quantized


def product(factor: int) -> onnx.ModelProto:
    """Y = A B, where every one of B's values is `factor`."""
    weights = helper.make_tensor("B", TensorProto.INT8, [TERMS, 1], bytes([factor] * TERMS), raw=True)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["A", "B"], ["Y"])],
        "g",
        [helper.make_tensor_value_info("A", TensorProto.UINT8, [1, TERMS])],
        [helper.make_tensor_value_info("Y", TensorProto.INT32, [1, 1])],
        [weights],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


@pytest.fixture(autouse=True)
def fresh() -> None:
    int8_saturates.cache_clear()


def test_the_probe_is_a_product_of_the_largest_numbers() -> None:
    assert onnx.load_from_string(int8_check._PRODUCT) == product(127)


@pytest.mark.parametrize("optimise", [False, True])
def test_sessions_multiply_exactly_at_every_level_of_optimisation(optimise: bool) -> None:
    """The runtime's own option for it is one of the extended optimisations, and ignored below them."""
    session = open_in_memory(product(127), optimise=optimise)
    (found,) = session.run(None, {"A": np.full((1, TERMS), 255, np.uint8)})
    assert found == TERMS * 255 * 127


def test_other_sums_than_the_right_one_count_as_overflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(int8_check, "_PRODUCT", product(126).SerializeToString())
    assert int8_saturates()


@pytest.mark.parametrize(
    ("op_type", "expected"),
    [
        ("MatMul", False),
        ("QuantizeLinear", True),
        ("DynamicQuantizeLinear", True),
        ("QLinearConv", True),
        ("MatMulInteger", True),
        ("ConvInteger", True),
    ],
)
def test_a_rounded_model_is_known_by_its_nodes(tmp_path: Path, op_type: str, expected: bool) -> None:
    model = product(1)
    model.graph.node[0].op_type = op_type
    onnx.save(model, tmp_path / "m.onnx")
    assert is_quantized(model.SerializeToString()) is is_quantized(tmp_path / "m.onnx") is expected


def test_an_empty_file_is_no_rounded_model(tmp_path: Path) -> None:
    (tmp_path / "empty.onnx").touch()
    assert not is_quantized(tmp_path / "empty.onnx")
