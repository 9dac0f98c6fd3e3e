"""Which models are tried in a child process, and that it is done once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from tests.whylight.conftest import colour_network
from tests.whylight.helpers.embedders import NUMBERS, TOKENIZER, text_model
from tests.whylight.helpers.hostile_models import add_endless_loop, endless_loop, gigabytes_at_run_time
from whylight.cli import main
from whylight.errors import ModelError, NoCardError, QuestionError
from whylight.isolation import trust
from whylight.isolation.trust import adopt_isolated, embed_texts_isolated, require_openable
from whylight.similarity.text_encoder import TextEncoder


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WHYLIGHT_ISOLATION")
    monkeypatch.setenv("WHYLIGHT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    path = tmp_path / "theirs.onnx"
    onnx.save(colour_network(), path)
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
    path, out = tmp_path / "endless.onnx", tmp_path / "out" / "out.onnx"
    endless_loop(path)
    with pytest.raises(ModelError, match=r"endless\.onnx: one step was not done after 6 s"):
        adopt_isolated(path, out, {"preprocessing": "unit", "without_gradients": True})
    assert list(out.parent.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the system has no such limit")
def test_a_model_for_too_much_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WHYLIGHT_MODEL_MEMORY_MB", "1000")
    path = tmp_path / "greedy.onnx"
    gigabytes_at_run_time(path)
    command = ["adopt", str(path), "--out", str(tmp_path / "x.onnx"), "--preprocessing", "unit"]
    assert main(command) == 2
    told = capsys.readouterr().err
    assert "greedy.onnx: needs more than 1,000 MiB of memory" in told
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


def test_bundled_models_open_without_what_adopts() -> None:
    """Reading ONNX takes a third of a second, which the window's start does without."""
    code = (
        "import sys; from whylight.isolation.trust import require_openable; require_openable(None); "
        "print([name for name in ('onnx', 'whylight.adoption') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A text model and its tokenizer in a folder of their own."""
    pytest.importorskip("tokenizers")
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "tokenizer.json").write_text(json.dumps(TOKENIZER), encoding="utf-8")
    onnx.save(text_model("T", mask=True), folder / "text_model.onnx")
    return folder / "text_model.onnx"


def test_texts_are_embedded_in_a_child(texts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ["a cat", "a photo of a dog"]
    expected = TextEncoder(texts)(asked)
    session = "whylight.similarity.text_encoder.open_session"
    monkeypatch.setattr(session, lambda *_: pytest.fail("opened in this process"))
    found = embed_texts_isolated(texts, asked)
    assert found.dtype == np.float32
    assert np.array_equal(found, expected)
    with pytest.raises(QuestionError, match="is empty"):
        embed_texts_isolated(texts, ["a cat", " "])
    with pytest.raises(ModelError, match="there is no model file"):
        embed_texts_isolated(texts.with_name("nowhere.onnx"), asked)


def test_a_text_model_without_an_end_is_ended(texts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = onnx.load(texts)
    add_endless_loop(model, NUMBERS)
    onnx.save(model, texts)
    monkeypatch.setenv("WHYLIGHT_MODEL_TIME_S", "8")
    with pytest.raises(ModelError, match=r"text_model\.onnx: one step was not done after 8 s"):
        embed_texts_isolated(texts, ["a cat"])
