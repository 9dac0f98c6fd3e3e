"""What is no image classifier in ONNX is called what it is, by every command that takes a model."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.whylight.helpers.classifiers import plain, saved
from whylight.adoption import adopt
from whylight.cli import main
from whylight.common.cache_folder import CACHE_VARIABLE
from whylight.errors import CommandHint, ModelError
from whylight.explainer import Explainer
from whylight.pair.files import load_pair

POINTER = Path(__file__).parents[1] / "cases" / "models" / "lfs_pointer.onnx"
FILES = {
    "pointer": (POINTER.read_bytes(), "run git lfs pull"),
    "html": (b"\n<!DOCTYPE html><html><body>Sign in</body></html>", "a web page"),
    "text": ("# Größe\n" * 100, "this is text"),
    "empty": (b"", "the file is empty"),
    "zip": (b"PK\x03\x04" + bytes(60), "PyTorch checkpoint"),
    "pickle": (b"\x80\x02}q\x00" + bytes(60), "Python pickle"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(60), "HDF5"),
    "tflite": (b"\x1c\0\0\0TFL3" + bytes(60), "TensorFlow Lite"),
    "truncated": (plain().SerializeToString()[:-40], "truncated or damaged"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_no_model(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    content, words = FILES[kind]
    path = tmp_path / "mine.onnx"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    for command in (["adopt", str(path), "--inspect"], ["layers", "--model", str(path)]):
        assert main(command) == 2
        said = capsys.readouterr().err
        assert "mine.onnx" in said
        assert words in said
        assert "INVALID_PROTOBUF" not in said
    with pytest.raises(ModelError, match=words):
        load_pair(path)


def test_a_model_that_the_runtime_refuses_is_told_without_its_numbers(tmp_path: Path) -> None:
    model = plain()
    model.graph.node[0].op_type = "Convolute"
    with pytest.raises(ModelError) as caught:
        Explainer(saved(model, tmp_path))
    assert "Convolute" in str(caught.value)
    assert "ONNXRuntimeError" not in str(caught.value)


def rows(count: int, element: int = TensorProto.FLOAT, shape: list[object] | None = None) -> onnx.ModelProto:
    """A network of one input that is not `[N, C, h, w]`."""
    shape = ["N", count] if shape is None else shape
    weights = np.random.default_rng(0).standard_normal((count, 3)).astype(np.float32)
    nodes = [helper.make_node("Gemm", ["row", "weights"], ["scores"])]
    graph = helper.make_graph(
        nodes,
        "rows",
        [helper.make_tensor_value_info("row", element, shape)],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", 3])],
        [numpy_helper.from_array(weights, "weights")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (rows(784), "flattened images, rows of 784 numbers.*--size 28 28"),
        (rows(3072), "--size 32 32"),
        (rows(13), "tables"),
        (rows(4), "tables"),
        (rows(128, TensorProto.INT64), "stand for words"),
        (rows(8, shape=["N", 50, 8]), "sequences"),
        (rows(8, shape=["N", 3, 16, 64, 8]), "videos"),
        (rows(8, shape=["N", 4, 32, 32]), "RGBA"),
    ],
)
def test_an_input_that_takes_no_images(model: onnx.ModelProto, words: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=words):
        adopt(saved(model, tmp_path), preprocessing="unit")


def test_flattened_images_are_taken_with_their_size(tmp_path: Path) -> None:
    pair = adopt(saved(rows(784), tmp_path), preprocessing="unit", size=(28, 28), without_gradients=True)
    assert pair.card.input_size == (28, 28)
    assert pair.card.verification["adoption_difference"] < 1e-4
    with pytest.raises(ModelError, match="no images of 30 x 30"):
        adopt(tmp_path / "theirs.onnx", preprocessing="unit", size=(30, 30))


def test_a_detector_of_many_outputs_is_not_listed_in_full(tmp_path: Path) -> None:
    model = plain()
    for number in range(12):
        model.graph.node.append(helper.make_node("Relu", ["conv2"], [f"head{number}"]))
        model.graph.output.append(helper.make_tensor_value_info(f"head{number}", TensorProto.FLOAT, None))
    del model.graph.output[0]
    with pytest.raises(ModelError, match=r"detector.*'head3' .* and 8 more"):
        adopt(saved(model, tmp_path), preprocessing="unit")


def test_a_foreign_model_is_adopted_in_words_or_refused_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    Explainer(saved(plain(), tmp_path))
    assert "theirs.onnx is no Whylight pair: adopting it once" in caplog.text
    assert "whylight adopt" in caplog.text
    with pytest.raises(ModelError) as caught:
        Explainer(saved(plain(inputs={"x": ["N", 3, "H", "W"]}), tmp_path, "open.onnx"))
    assert str(caught.value).startswith("open.onnx: ")
    assert f"whylight adopt {tmp_path / 'open.onnx'}" in str(caught.value)
    assert isinstance(caught.value.fields["hint"], CommandHint)


@pytest.mark.parametrize("arguments", [["adopt", "MODEL", "--inspect"], ["--help"], ["layers"]])
def test_a_closed_pipe_ends_every_command_quietly(arguments: list[str], tmp_path: Path) -> None:
    model = str(saved(plain(), tmp_path))
    command = [sys.executable, "-m", "whylight", *(model if each == "MODEL" else each for each in arguments)]
    read, write = os.pipe()
    os.close(read)  # whoever read is gone before anything is written
    try:
        ended = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, check=False, timeout=120)
    finally:
        os.close(write)
    assert ended.stderr == b""
