"""Names of classes from text, JSON and metadata."""

from __future__ import annotations

import json
from pathlib import Path

import onnx
import pytest

from tests.whylight.helpers.classifiers import plain, saved
from whylight.adoption.class_names import labels_from_metadata, numbered, read_labels
from whylight.cli import main
from whylight.errors import ModelError


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "ant\nbass\n\ncrab\n"),
        ("a.txt", "\ufeffant\r\nbass\r\ncrab"),
        ("a.json", '["ant", "bass", "crab"]'),
        ("a.json", '{"0": "ant", "1": "bass", "2": "crab"}'),
        ("a.json", '{"2": ["n02", "crab"], "0": ["n00", "ant"], "1": ["n01", "bass"]}'),
    ],
)
def test_files(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_labels(tmp_path / name, 3) == ("ant", "bass", "crab")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "ant\nbass\n", "2 names; the model has 3 classes"),
        ("a.json", "{", "not valid JSON"),
        ("a.json", '{"0": "ant", "2": "bass", "3": "crab"}', "keys are not the numbers"),
        ("a.json", "3", "expected a list"),
    ],
)
def test_unfit_files_say_why(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ModelError, match=message):
        read_labels(tmp_path / name, 3)


def test_an_absent_file() -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        read_labels(Path("nowhere.txt"), 3)


@pytest.mark.parametrize(
    "metadata",
    [
        {"names": "{0: 'ant', 1: 'bass', 2: 'crab'}"},  # Ultralytics
        {"labels": json.dumps(["ant", "bass", "crab"])},
        {"classes": "ant,bass,crab"},
        {"id2label": '{"0": "ant", "1": "bass", "2": "crab"}'},
    ],
)
def test_metadata(metadata: dict[str, str]) -> None:
    assert labels_from_metadata(metadata, 3) == ("ant", "bass", "crab")


def test_metadata_of_another_number_of_classes_says_nothing() -> None:
    assert labels_from_metadata({"names": "{0: 'ant'}"}, 3) is None
    assert labels_from_metadata({}, 3) is None


def test_numbers() -> None:
    assert numbered(2) == ("class 0", "class 1")


def test_numbered_classes_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = plain()
    onnx.helper.set_model_props(model, {"names": "['ant', 'bass']"})  # for four classes
    path = saved(model, tmp_path)
    assert main(["adopt", str(path), "--inspect"]) == 0
    assert "the model holds no 4 names" in capsys.readouterr().out
    assert main(["adopt", str(path), "--preprocessing", "unit", "--out", str(tmp_path / "pair.onnx")]) == 0
    assert "Classes are numbered" in capsys.readouterr().out
