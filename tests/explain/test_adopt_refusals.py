"""What cannot be adopted is refused with what was found; what is not known is asked for by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from explain.adoption import adopt, prepare
from explain.cli import main
from explain.errors import ModelError, UnsupportedOperatorError
from tests.explain.classifiers import SIZE, network, node, plain, plain_constants, plain_nodes, saved


def _refused(model: onnx.ModelProto, folder: Path, **options: object) -> str:
    with pytest.raises(ModelError) as caught:
        adopt(saved(model, folder), preprocessing="unit", **options)
    return str(caught.value)


def test_preprocessing_is_asked_for_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"--preprocessing.*imagenet"):
        adopt(saved(plain(), tmp_path))


def test_an_open_size_is_asked_for_and_taken(tmp_path: Path) -> None:
    model = plain(inputs={"x": ["N", 3, "H", "W"]})
    assert "--size" in _refused(model, tmp_path)
    pair = adopt(tmp_path / "theirs.onnx", preprocessing="unit", size=SIZE)
    assert pair.card.input_size == SIZE


def test_two_pictures(tmp_path: Path) -> None:
    nodes = [node("Add", "left right", "x"), *plain_nodes()]
    shapes = {"left": ["N", 3, *SIZE], "right": ["N", 3, *SIZE]}
    message = _refused(network(nodes, plain_constants(), inputs=shapes), tmp_path)
    assert "2 picture inputs" in message
    assert "'left'" in message
    assert "'right'" in message


def test_a_detector(tmp_path: Path) -> None:
    nodes = [
        *plain_nodes()[:4],
        node("Reshape", "relu2 rows", "flat"),
        node("Transpose", "flat", "boxes", perm=[0, 2, 1]),
    ]
    model = network(nodes, {**plain_constants(), "rows": np.array([0, 6, -1])}, ["boxes"])
    assert "detector" in _refused(model, tmp_path)


def test_several_outputs_are_asked_for_by_name(tmp_path: Path) -> None:
    nodes = [*plain_nodes(), node("Gemm", "flat head", "other"), node("Neg", "scores", "minus")]
    path = tmp_path / "theirs.onnx"
    assert "--scores" in _refused(network(nodes, plain_constants(), ["scores", "minus"]), tmp_path)
    assert prepare(path, scores="minus").scores.tensor == "minus"


def test_logits_beside_probabilities_are_no_choice(tmp_path: Path) -> None:
    nodes = [*plain_nodes(), node("Softmax", "scores", "chances")]
    path = saved(network(nodes, plain_constants(), ["scores", "chances"]), tmp_path)
    assert prepare(path).scores.tensor == "scores"


def test_a_network_without_places(tmp_path: Path) -> None:
    nodes = [node("Flatten", "x", "flat"), node("Gemm", "flat head", "scores")]
    head = np.random.default_rng(0).standard_normal((3 * SIZE[0] * SIZE[1], 4))
    message = _refused(network(nodes, {"head": head}), tmp_path)
    assert "no map of more than one place" in message
    assert "occlusion" in message


def test_an_operator_without_a_rule_is_named(tmp_path: Path) -> None:
    nodes = plain_nodes()
    nodes.insert(4, node("Hardmax", "relu2", "hard", axis=1))
    nodes[5].input[0] = "hard"
    with pytest.raises(UnsupportedOperatorError, match=r"Hardmax \(node 'hard'\)"):
        adopt(saved(network(nodes, plain_constants()), tmp_path), preprocessing="unit", layer="relu2")


def test_a_custom_operator(tmp_path: Path) -> None:
    model = plain()
    model.graph.node[1].domain = "com.example"
    model.opset_import.append(helper.make_opsetid("com.example", 1))
    assert "custom operator com.example.Relu" in _refused(model, tmp_path)


def test_a_quantised_network(tmp_path: Path) -> None:
    nodes = plain_nodes()
    nodes.insert(4, node("QuantizeLinear", "relu2 step zero", "whole"))
    nodes.insert(5, node("DequantizeLinear", "whole step zero", "real"))
    nodes[6].input[0] = "real"
    constants = {**plain_constants(), "step": np.array(0.05), "zero": np.array(0, np.uint8)}
    message = _refused(network(nodes, constants), tmp_path)
    assert "QuantizeLinear 'whole' rounds" in message


def test_control_flow(tmp_path: Path) -> None:
    model = plain()
    branch = helper.make_graph([], "b", [], [])
    model.graph.node[1].CopyFrom(
        helper.make_node("If", ["conv1"], ["relu1"], "choice", then_branch=branch, else_branch=branch)
    )
    message = _refused(model, tmp_path)
    assert "'choice' is If" in message


@pytest.mark.parametrize("version", [6, 99])
def test_an_operator_set_out_of_range(tmp_path: Path, version: int) -> None:
    model = plain()
    model.opset_import[0].version = version
    assert f"operator set {version}; expected 7 to" in _refused(model, tmp_path)


def test_a_batch_of_eight(tmp_path: Path) -> None:
    assert "fixes the batch to 8" in _refused(plain(inputs={"x": [8, 3, *SIZE]}), tmp_path)


def test_a_constant_answer(tmp_path: Path) -> None:
    constants = {**plain_constants(), "head": 0 * plain_constants()["head"]}
    assert "every picture alike" in _refused(network(plain_nodes(), constants), tmp_path)


def test_no_such_layer(tmp_path: Path) -> None:
    assert "no layer 'conv9'" in _refused(plain(), tmp_path, layer="conv9")


def test_no_model(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(ModelError, match="no model file"):
        adopt(tmp_path / "absent.onnx", preprocessing="unit")
    with pytest.raises(ModelError, match=r"text\.onnx"):
        adopt(tmp_path / "text.onnx", preprocessing="unit")


def test_inspection_lists_layers_and_the_default(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adopt", str(saved(plain(), tmp_path)), "--inspect"]) == 0
    text = capsys.readouterr().out
    assert "* conv2" in text
    assert "default: conv2 (Conv, 6 x 4 x 6): the last convolution" in text
    assert "imagenet" in text


def test_the_command_line_writes_a_pair(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("ant\nbass\ncrab\nduck\n")
    out = tmp_path / "pair.onnx"
    given = [
        str(saved(plain(), tmp_path)),
        "--labels",
        str(labels),
        "--preprocessing",
        "tf",
        "--out",
        str(out),
    ]
    assert main(["adopt", *given]) == 0
    assert out.is_file()
    assert (tmp_path / "pair.gradient.onnx").is_file()
    assert "layer 'conv2'" in capsys.readouterr().out
    assert main(["adopt", str(tmp_path / "theirs.onnx"), "--out", str(out)]) == 2
    assert "--preprocessing" in capsys.readouterr().err
