"""Which device is used, and the reason when it is another than was asked for."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper

from whylight.errors import ModelError
from whylight.explainer import Explainer
from whylight.graphs.in_memory import open_in_memory, quick_session_options
from whylight.pair.files import load_pair
from whylight.runtime import session
from whylight.runtime.session import (
    CPU,
    CUDA,
    create_session,
    default_providers,
    open_session,
    providers_of,
    why_not,
)

WITHOUT_CUDA = CUDA not in onnxruntime.get_available_providers()


def test_a_device_by_name_is_a_list_of_providers() -> None:
    assert (providers_of("auto"), providers_of("cpu"), providers_of("cuda")) == (None, [CPU], [CUDA, CPU])
    assert default_providers()[-1] == CPU


@pytest.mark.skipif(not WITHOUT_CUDA, reason="this ONNX Runtime is built with CUDA")
def test_cuda_asked_of_a_build_without_it_gives_the_cpu_and_the_reason(colour_model: Path) -> None:
    for asked in ([CUDA, CPU], [CUDA]):
        explainer = Explainer(colour_model, asked)
        explanation = explainer.explain(np.zeros((8, 8, 3), np.uint8))
        assert (explanation.provider, explainer.provider) == (CPU, CPU)
        assert explanation.provider_reason.startswith(
            "CUDA was asked for, but this ONNX Runtime is built without it"
        )


def test_what_was_asked_for_needs_no_reason(colour_model: Path) -> None:
    for asked in (None, [CPU]):
        assert Explainer(colour_model, asked).provider_reason == "" or CUDA in default_providers()
    assert why_not([CPU], CPU) == ""


def test_a_provider_that_is_there_but_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    reason = why_not([CUDA, CPU], CPU)
    assert reason.startswith("CUDA was asked for, but did not start: ")
    if WITHOUT_CUDA:  # its library is not beside the runtime
        assert "onnxruntime_providers_cuda" in reason


def test_a_packaged_apps_words_do_not_hide_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    class FrozenError(OSError):
        """As PyInstaller raises it in place of the system's."""

    def load(name: str) -> None:
        raise FrozenError(f"{name} was not found when frozen") from OSError("no libcuda.so.1")

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr(session.ctypes, "CDLL", load)
    monkeypatch.setattr(session.sys, "platform", "linux")
    assert why_not([CUDA, CPU], CPU) == "CUDA was asked for, but did not start: no libcuda.so.1"


def test_a_model_in_memory_runs_as_its_file_does(colour_model: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (1, 9, 7, 3), np.uint8)
    found = [
        open_session(source, [CPU]).run(["logits"], {"image": image})[0]
        for source in (colour_model, load_pair(colour_model).forward)
    ]
    np.testing.assert_array_equal(*found)


def test_an_unknown_provider_and_a_broken_model_are_refused(colour_model: Path) -> None:
    with pytest.raises(ModelError, match="has no provider 'WarpDrive'"):
        open_session(colour_model, ["WarpDrive", CPU])
    broken = load_pair(colour_model).forward
    broken.graph.node[0].op_type = "Nonsense"
    with pytest.raises(ModelError, match=r"'colours\.onnx': ONNX Runtime cannot load it"):
        open_session(broken, [CPU], "'colours.onnx'")


PACKAGES = ("whylight", "export", "trainer", "desktop")


def test_every_session_is_made_in_one_place() -> None:
    """So that each has the options this machine needs. The probe of 8-bit products must go without them."""
    root = Path(session.__file__).parents[2]
    callers = {
        path.relative_to(root).as_posix()
        for package in PACKAGES
        for path in (root / package).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] == "InferenceSession"
    }
    assert callers == {"whylight/runtime/session.py", "whylight/runtime/int8_check.py"}


def product_of_largest_numbers() -> tuple[onnx.ModelProto, int]:
    """Real numbers through 8 bits: y = x w, with sums of two products that do not fit into 16 bits."""
    terms = 64
    scale = [numpy_helper.from_array(np.array(1, np.float32), "one")]
    zeros = [
        numpy_helper.from_array(np.array(0, dtype), name)
        for name, dtype in (("u0", np.uint8), ("s0", np.int8))
    ]
    weights = numpy_helper.from_array(np.full((terms, 8), 127, np.int8), "w")
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "one", "u0"], ["xq"]),
        helper.make_node("DequantizeLinear", ["xq", "one", "u0"], ["xd"]),
        helper.make_node("DequantizeLinear", ["w", "one", "s0"], ["wd"]),
        helper.make_node("MatMul", ["xd", "wd"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "product",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, terms])],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 8])],
        [*scale, *zeros, weights],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), terms


def test_products_of_8_bits_do_not_saturate_in_any_session(tmp_path: Path) -> None:
    model, terms = product_of_largest_numbers()
    onnx.save(model, tmp_path / "product.onnx")
    x = np.full((1, terms), 255, np.float32)
    for opened in (
        open_session(tmp_path / "product.onnx", [CPU]),
        open_session(model, [CPU]),
        open_in_memory(model, optimise=True),
        create_session(tmp_path / "product.onnx", quick_session_options(0)),
    ):
        np.testing.assert_allclose(opened.run(None, {"x": x})[0], terms * 255 * 127)


def test_the_option_is_set_where_products_saturate(monkeypatch: pytest.MonkeyPatch) -> None:
    model, _ = product_of_largest_numbers()
    for saturates in (True, False):
        monkeypatch.setattr(session, "int8_saturates", lambda saturates=saturates: saturates)
        options = onnxruntime.SessionOptions()
        create_session(model.SerializeToString(), options)
        assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
        try:
            found = options.get_session_config_entry("session.x64quantprecision")
        except RuntimeError:  # not set
            found = "0"
        assert found == ("1" if saturates else "0")
