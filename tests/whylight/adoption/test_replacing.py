"""What `adopt` replaces: a pair of the same model, and nothing else without being asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.whylight.helpers.classifiers import plain, saved
from whylight.adoption import adopt
from whylight.cli import main
from whylight.errors import ModelError
from whylight.pair.metadata import gradient_path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return saved(plain(), tmp_path)


def refused(model: Path, out: Path) -> str:
    before = {path: path.read_bytes() for path in model.parent.iterdir() if path.is_file()}
    with pytest.raises(ModelError) as caught:
        adopt(model, out, preprocessing="unit")
    assert {path: path.read_bytes() for path in model.parent.iterdir() if path.is_file()} == before
    return str(caught.value)


def test_the_model_itself(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.onnx").symlink_to(model)
    (tmp_path / "hard.onnx").hardlink_to(model)
    (tmp_path / "folder").symlink_to(tmp_path, target_is_directory=True)
    outs = [model, Path("theirs.onnx"), tmp_path / "link.onnx", tmp_path / "hard.onnx"]
    for out in (*outs, tmp_path / "folder" / "theirs.onnx"):
        assert "is the model itself" in refused(model, out)


def test_a_model_where_the_gradient_graph_would_go(tmp_path: Path) -> None:
    model = saved(plain(), tmp_path, "net.gradient.onnx")
    assert "is the model itself" in refused(model, tmp_path / "net.onnx")


def test_a_pair_of_the_same_model_is_replaced_and_of_another_is_not(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "pair" / "pair.onnx"
    adopt(model, out, preprocessing="unit")
    adopt(model, out, preprocessing="imagenet", without_gradients=True)
    assert not gradient_path(out).exists()
    changed = plain()
    changed.doc_string = "trained for longer"
    other = saved(changed, tmp_path, "other.onnx")
    assert "is no pair of 'other.onnx'" in refused(other, out)


@pytest.mark.parametrize("name", ["pair.onnx", "pair.gradient.onnx", "pair.onnx.data"])
def test_any_other_file(name: str, model: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"precious")
    message = refused(model, tmp_path / "pair.onnx")
    assert name in message
    assert message.endswith("--force")
    pair = adopt(model, tmp_path / "pair.onnx", preprocessing="unit", force=True)
    assert len(pair.card.source) == 64


def test_the_command_takes_force(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["adopt", str(model), "--out", str(model), "--preprocessing", "unit"]
    assert main(command) == 2
    assert "is the model itself" in capsys.readouterr().err
    assert main([*command, "--force"]) == 0
    assert gradient_path(model).is_file()
