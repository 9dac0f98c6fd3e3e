"""What cannot be adopted is refused with what was found; what is not known is asked for by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from tests.whylight.helpers.classifiers import SIZE, network, node, plain, plain_constants, plain_nodes, saved
from whylight.adoption import adopt, prepare
from whylight.cli import main
from whylight.errors import ModelError, UnsupportedOperatorError
from whylight.explainer import Explainer


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


def test_two_images(tmp_path: Path) -> None:
    nodes = [node("Add", "left right", "x"), *plain_nodes()]
    shapes = {"left": ["N", 3, *SIZE], "right": ["N", 3, *SIZE]}
    message = _refused(network(nodes, plain_constants(), inputs=shapes), tmp_path)
    assert "2 image inputs" in message
    assert "'left'" in message
    assert "'right'" in message


def test_constants_that_an_exporter_lost_are_no_images(tmp_path: Path) -> None:
    """Keras writes the mean of its Normalization as an input without a value."""
    nodes = [node("Sub", "image mean", "x"), *plain_nodes()]
    shapes = {"image": ["N", 3, *SIZE], "mean": [1, 3, 1, 1]}
    message = _refused(network(nodes, plain_constants(), inputs=shapes), tmp_path)
    assert "further inputs beside the image" in message
    assert "'mean' [1, 3, 1, 1]" in message
    assert "fix the others as constants" in message


def test_a_detector(tmp_path: Path) -> None:
    nodes = [
        *plain_nodes()[:4],
        node("Reshape", "conv2 rows", "flat"),
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


def test_what_lies_behind_an_operator_without_a_rule_is_offered(tmp_path: Path) -> None:
    nodes = plain_nodes()
    nodes.insert(2, node("Hardmax", "relu1", "hard", axis=1))
    nodes[3].input[0] = "hard"
    path = saved(network(nodes, plain_constants()), tmp_path)
    with pytest.raises(UnsupportedOperatorError, match=r"choose a layer behind it.*'relu2'.*occlusion"):
        adopt(path, preprocessing="unit", layer="conv1")
    assert adopt(path, preprocessing="unit").card.target_layer == "conv2"


def test_inspection_says_where_gradients_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nodes = plain_nodes()
    nodes.insert(4, node("Hardmax", "relu2", "hard", axis=1))
    nodes[5].input[0] = "hard"
    constants = {**plain_constants(), "ones": np.ones((1, 6, 1, 1))}
    nodes[4:5] = [node("Mul", "relu2 ones", "weighed"), node("Hardmax", "weighed", "hard", axis=1)]
    assert main(["adopt", str(saved(network(nodes, constants), tmp_path)), "--inspect"]) == 0
    text = capsys.readouterr().out
    assert "6 x 4 x 6; no gradients, Hardmax lies behind it" in text
    assert "default: hard" in text


def test_whole_numbers_on_the_way(tmp_path: Path) -> None:
    nodes = plain_nodes()
    whole = [node("Cast", "relu2", "whole", to=6), node("Cast", "whole", "real", to=1)]
    nodes[4:4] = whole
    nodes[6].input[0] = "real"
    message = _refused(network(nodes, plain_constants()), tmp_path)
    assert "Cast 'whole' rounds" in message


def test_a_network_that_computes_in_whole_numbers(tmp_path: Path) -> None:
    nodes = [node("DynamicQuantizeLinear", "x", "whole scale zero"), *plain_nodes()]
    nodes.insert(1, node("DequantizeLinear", "whole scale zero", "real"))
    nodes[2].input[0] = "real"
    message = _refused(network(nodes, plain_constants()), tmp_path)
    assert "'whole' is DynamicQuantizeLinear" in message
    assert "before it was quantised" in message


def test_an_unknown_operator_of_the_runtimes_own(tmp_path: Path) -> None:
    model = plain()
    model.graph.node[1].domain = "com.microsoft"
    model.graph.node[1].op_type = "Mystery"
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    assert "com.microsoft.Mystery" in _refused(model, tmp_path)


def test_a_loop(tmp_path: Path) -> None:
    model = plain()
    body = helper.make_graph([], "b", [], [])
    model.graph.node[1].CopyFrom(helper.make_node("Loop", ["", "", "conv1"], ["relu1"], "round", body=body))
    assert "'round' is Loop" in _refused(model, tmp_path)


def test_an_output_made_in_a_loop_is_left_out_beside_the_answer(tmp_path: Path) -> None:
    """Mask R-CNN pastes its masks into the image in a loop."""
    body = helper.make_graph(
        [node("Identity", "going", "goes_on"), node("Add", "value value", "twice")],
        "body",
        [
            helper.make_tensor_value_info("number", onnx.TensorProto.INT64, []),
            helper.make_tensor_value_info("going", onnx.TensorProto.BOOL, []),
            helper.make_tensor_value_info("value", onnx.TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("goes_on", onnx.TensorProto.BOOL, []),
            helper.make_tensor_value_info("twice", onnx.TensorProto.FLOAT, None),
        ],
    )
    nodes = [*plain_nodes(), helper.make_node("Loop", ["count", "", "relu2"], ["pasted"], body=body)]
    constants = {**plain_constants(), "count": np.array(3)}
    image = np.random.default_rng(2).integers(0, 256, (*SIZE, 3), np.uint8)
    answers = []
    for name, model in (("looped", network(nodes, constants, ("scores", "pasted"))), ("plain", plain())):
        (tmp_path / name).mkdir()
        path = tmp_path / name / "pair.onnx"
        adopt(saved(model, tmp_path / name), path, preprocessing="unit")
        answers.append(Explainer(path).predict(image))
    assert np.array_equal(*answers)


def test_a_branch_that_depends_on_the_image(tmp_path: Path) -> None:
    nodes = plain_nodes()
    then, other = (
        helper.make_graph([node(op, "conv1", out)], op, [], [onnx.ValueInfoProto(name=out)])
        for op, out in (("Relu", "bent"), ("Neg", "turned"))
    )
    nodes[1:2] = [
        node("ReduceMean", "conv1", "mean", keepdims=0),
        node("Greater", "mean nothing", "bright"),
        helper.make_node("If", ["bright"], ["relu1"], "choice", then_branch=then, else_branch=other),
    ]
    message = _refused(network(nodes, {**plain_constants(), "nothing": np.array(0.0)}), tmp_path)
    assert "'choice' is If" in message


def test_winners_without_scores(tmp_path: Path) -> None:
    nodes = [*plain_nodes(), node("ArgMax", "scores", "winner", axis=1, keepdims=0)]
    model = network(nodes, plain_constants(), ["winner"])
    model.graph.output[0].type.tensor_type.elem_type = onnx.TensorProto.INT64
    assert "ArgMax 'winner'" in _refused(model, tmp_path)
    assert "--scores scores" in _refused(model, tmp_path)
    assert adopt(tmp_path / "theirs.onnx", preprocessing="unit", scores="scores").card.target_layer == "conv2"


def test_whole_numbers_at_the_input_are_bytes(tmp_path: Path) -> None:
    nodes = [node("Cast", "x", "real", to=1), *plain_nodes("real")]
    model = network(nodes, plain_constants())
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.UINT8
    assert "the preprocessing for them is 'bytes'" in _refused(model, tmp_path)
    pair = adopt(tmp_path / "theirs.onnx")
    assert pair.card.std == pytest.approx((1 / 255,) * 3)
    assert pair.card.verification["adoption_difference"] < 1e-5


@pytest.mark.parametrize("version", [6, 99])
def test_an_operator_set_out_of_range(tmp_path: Path, version: int) -> None:
    model = plain()
    model.opset_import[0].version = version
    assert f"operator set {version}; expected 7 to" in _refused(model, tmp_path)


def test_a_batch_of_eight(tmp_path: Path) -> None:
    assert "fixes the batch to 8" in _refused(plain(inputs={"x": [8, 3, *SIZE]}), tmp_path)


def test_a_constant_answer(tmp_path: Path) -> None:
    constants = {**plain_constants(), "head": 0 * plain_constants()["head"]}
    assert "every image alike" in _refused(network(plain_nodes(), constants), tmp_path)


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


def test_a_selection_in_a_branch_says_what_is_missing(tmp_path: Path) -> None:
    """TorchVision's RetinaNet and FCOS give out empty tensors where nothing is found."""
    empty = onnx.helper.make_graph(
        [node("NonMaxSuppression", "corners certain", "picked")],
        "branch",
        [],
        [onnx.ValueInfoProto(name="picked")],
    )
    nodes = [
        *plain_nodes(),
        onnx.helper.make_node("If", ["yes"], ["kept"], then_branch=empty, else_branch=empty),
        node("Gather", "flat kept", "found", axis=1),
    ]
    constants = {
        **plain_constants(),
        "corners": np.zeros((1, 2, 4), np.float32),
        "certain": np.zeros((1, 1, 2), np.float32),
        "yes": np.array(True),
    }
    refused = _refused(network(nodes, constants, ["found"]), tmp_path)
    assert "NonMaxSuppression" in refused
    assert "export the model without" in refused
