"""Which models are tried in a child process, and that it is done once."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.whylight.conftest import colour_network
from whylight.cli import main
from whylight.errors import ModelError, NoCardError
from whylight.isolation import trust
from whylight.isolation.trust import adopt_isolated, require_openable


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WHYLIGHT_ISOLATION")
    monkeypatch.setenv("WHYLIGHT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    path = tmp_path / "theirs.onnx"
    onnx.save(colour_network(), path)
    return path


def endless(path: Path) -> Path:
    """A network whose loop never ends, which ONNX Runtime itself finds nothing wrong with."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["on"]),
            helper.make_node("Mul", ["x_in", "half"], ["x_out"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x_in", TensorProto.FLOAT, ["N", 3]),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x_out", TensorProto.FLOAT, ["N", 3]),
        ],
    )
    import numpy as np

    model = colour_network()
    graph = model.graph
    graph.node[-1].output[0] = "before"
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.array(True), "yes"),
            numpy_helper.from_array(np.float32(0.5), "half"),
        ]
    )
    graph.node.append(helper.make_node("Loop", ["", "yes", "before"], ["scores"], "forever", body=body))
    onnx.save(model, path)
    return path


def test_a_pair_is_tried_once(colour_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    run_isolated = trust.run_isolated

    def counted(task: str, *arguments: object, **options: object) -> object:
        runs.append(task)
        return run_isolated(task, *arguments, **options)

    monkeypatch.setattr(trust, "run_isolated", counted)
    for _ in range(2):
        require_openable(colour_model)
    assert runs == ["whylight.isolation.tasks:open_model"]
    require_openable("caltech")
    require_openable(None)
    assert len(runs) == 1, "bundled models are not tried"


def test_a_foreign_model_is_adopted_there(foreign: Path, tmp_path: Path) -> None:
    with pytest.raises(NoCardError):
        require_openable(foreign, {"adopt": False})
    require_openable(foreign)
    assert list((tmp_path / "cache").rglob("theirs.onnx"))
    out = tmp_path / "new" / "mine.onnx"
    adopt_isolated(foreign, out, {"preprocessing": "unit", "labels": ["r", "g", "b"]})
    assert sorted(path.name for path in out.parent.iterdir()) == ["mine.gradient.onnx", "mine.onnx"]


def test_an_endless_loop_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHYLIGHT_MODEL_TIME_S", "6")
    path, out = endless(tmp_path / "endless.onnx"), tmp_path / "out" / "out.onnx"
    with pytest.raises(ModelError, match=r"endless\.onnx: not done after 6 s"):
        adopt_isolated(path, out, {"preprocessing": "unit", "without_gradients": True})
    assert list(out.parent.iterdir()) == []


def test_a_model_for_too_much_memory_is_refused(
    foreign: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("WHYLIGHT_MODEL_MEMORY_MB", "100")
    assert main(["adopt", str(foreign), "--out", str(tmp_path / "x.onnx"), "--preprocessing", "unit"]) == 2
    told = capsys.readouterr().err
    assert "theirs.onnx: needs more than 100 MiB of memory" in told
    assert "Traceback" not in told


def test_the_command_line_adopts_in_a_child(
    foreign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.onnx"
    assert main(["adopt", str(foreign), "--out", str(out), "--preprocessing", "unit"]) == 0
    assert "3 classes" in capsys.readouterr().out
    assert main(["layers", "--model", str(out)]) == 0
    assert main(["adopt", str(foreign), "--out", str(out)]) == 2
    assert "preprocessing" in capsys.readouterr().err
