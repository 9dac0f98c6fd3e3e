"""Which device is used, and the reason when it is another than was asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from whylight.errors import ModelError
from whylight.explainer import Explainer
from whylight.pair.files import load_pair
from whylight.runtime import session
from whylight.runtime.session import CPU, CUDA, default_providers, open_session, providers_of, why_not

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
    with pytest.raises(ModelError, match="knows no provider 'WarpDrive'"):
        open_session(colour_model, ["WarpDrive", CPU])
    broken = load_pair(colour_model).forward
    broken.graph.node[0].op_type = "Nonsense"
    with pytest.raises(ModelError, match=r"cannot load 'colours\.onnx'"):
        open_session(broken, [CPU], "'colours.onnx'")
