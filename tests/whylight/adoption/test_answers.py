"""What is shown beside a class is what the file itself says, whatever its last nodes are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from tests.whylight.helpers.classifiers import network, node, plain_constants, plain_nodes, saved
from tests.whylight.helpers.networks import random_image
from whylight import Explainer, adopt
from whylight.answers import BINARY, NUMBER, SIGMOID, SOFTMAX, answer_words
from whylight.bundled import sample_images
from whylight.cli import main
from whylight.errors import ModelError
from whylight.images.decode import read_image
from whylight.images.encode import write_image

CASES = Path(__file__).parents[1] / "cases"
CPU = ["CPUExecutionProvider"]


def images() -> list[NDArray[np.uint8]]:
    return [read_image(path) for path in sample_images()[::4]] + [
        random_image(seed, 60, 80) for seed in (1, 2)
    ]


def answers_of_file(path: Path, image: NDArray[np.uint8], output: str | None = None) -> NDArray[np.float32]:
    """ONNX Runtime on the file itself, fed values of 0..1 at its size."""
    session = onnxruntime.InferenceSession(path, providers=CPU)
    height, width = session.get_inputs()[0].shape[2:]
    resized = explainer_input(image, (height, width))
    wanted = None if output is None else [output]
    return session.run(wanted, {session.get_inputs()[0].name: resized})[0].reshape(-1)


def explainer_input(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.float32]:
    """Antialiased bilinear, as PyTorch's `interpolate` has it."""
    import torch

    tensor = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
    return torch.nn.functional.interpolate(tensor, size, mode="bilinear", antialias=True).numpy()


@pytest.mark.parametrize(
    ("name", "options", "kind"),
    [
        ("planes_vs_bikes_sigmoid", {"labels": CASES / "planes_vs_bikes.txt"}, BINARY),
        ("multilabel_sigmoid", {}, SIGMOID),
        ("prob_softmax_by_hand", {}, SOFTMAX),
        ("prob_one_minus_p", {}, SOFTMAX),
        ("embed_logits", {"scores": "logits"}, SOFTMAX),
        ("one_logit", {"answers": BINARY}, BINARY),
        ("one_logit", {"answers": NUMBER}, NUMBER),
    ],
)
def test_strangers_files_give_their_own_answers(
    tmp_path: Path, name: str, options: dict[str, object], kind: str
) -> None:
    path = CASES / f"{name}.onnx"
    pair = adopt(path, tmp_path / "pair.onnx", preprocessing="unit", **options)
    assert pair.card.answers == kind
    explainer = Explainer(tmp_path / "pair.onnx", CPU)
    for image in images():
        expected = answers_of_file(path, image, options.get("scores")).astype(np.float64)
        if name == "one_logit" and kind == BINARY:
            expected = 1 / (1 + np.exp(-expected))
        if len(expected) == 1 and kind != NUMBER:
            expected = np.concatenate([1 - expected, expected])
        if name == "embed_logits":
            expected = np.exp(expected) / np.exp(expected).sum()
        result = explainer(image)
        np.testing.assert_allclose(result.probabilities, expected, atol=2e-3)
        np.testing.assert_array_equal(explainer.predict(image), result.probabilities)
        assert np.isfinite(result.maps).all()


def test_both_classes_of_a_binary_model_have_maps(tmp_path: Path) -> None:
    """Class 0 is explained by -z, as pytorch-grad-cam's `BinaryClassifierOutputTarget` does."""
    path = CASES / "planes_vs_bikes_sigmoid.onnx"
    adopt(path, tmp_path / "pair.onnx", preprocessing="unit", labels=CASES / "planes_vs_bikes.txt")
    explainer = Explainer(tmp_path / "pair.onnx", CPU)
    for image in images():
        first, second = explainer(image, target=[0, 1]).maps
        assert np.abs(first).max() > 0
        np.testing.assert_allclose(first, -second, atol=1e-5 * np.abs(second).max())


def test_a_number_is_shown_as_a_number(tmp_path: Path) -> None:
    """What raises it is its gradient, what lowers it that of its negative; nothing is in per cent."""
    pair = tmp_path / "pair.onnx"
    adopt(CASES / "one_logit.onnx", pair, preprocessing="unit", answers=NUMBER)
    explainer = Explainer(pair, CPU)
    assert explainer.class_names == ("value",)
    image = next(iter(images()))
    raised, lowered = (explainer(image, target="value", against=against) for against in (False, True))
    np.testing.assert_allclose(raised.maps, -lowered.maps, atol=1e-6)
    assert f"{raised.probabilities[0]:.4g}" in repr(raised)
    assert "%" not in repr(raised)
    write_image(tmp_path / "image.png", image)
    assert (
        main(["explain", str(tmp_path / "image.png"), "--model", str(pair), "--out", str(tmp_path / "r")])
        == 0
    )
    page = (tmp_path / "r" / "index.html").read_text(encoding="utf-8")
    assert f'<span class="share">{answer_words(float(raised.probabilities[0]), NUMBER)}</span>' in page


def test_one_logit_is_asked_about_in_words(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"single number without a Sigmoid.*--answers binary.*--answers number"
    ):
        adopt(CASES / "one_logit.onnx", tmp_path / "pair.onnx", preprocessing="unit")
    assert list(tmp_path.iterdir()) == []


def constant(name: str, value: float | list[float]) -> onnx.NodeProto:
    tensor = numpy_helper.from_array(np.asarray(value, np.float32), name)
    return helper.make_node("Constant", [], [name], value=tensor)


HEAD: dict[str, tuple[list[onnx.NodeProto], Callable[[NDArray], NDArray], str]] = {}


def softmax(logits: NDArray) -> NDArray:
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


HEAD["softmax"] = ([node("Softmax", "scores", "y", axis=1)], softmax, SOFTMAX)
HEAD["log_softmax"] = ([node("LogSoftmax", "scores", "y", axis=1)], softmax, SOFTMAX)
HEAD["exp_log_softmax"] = (
    [node("LogSoftmax", "scores", "log", axis=1), node("Exp", "log", "y")], softmax, SOFTMAX,
)  # fmt: skip
HEAD["clipped"] = (
    [
        constant("low", 1e-7), constant("high", 1 - 1e-7),
        node("Softmax", "scores", "p", axis=1), node("Clip", "p low high", "y"),
    ], softmax, SOFTMAX,
)  # fmt: skip
HEAD["per_cent"] = (
    [constant("hundred", 100.0), node("Softmax", "scores", "p", axis=1), node("Mul", "p hundred", "y")],
    softmax, SOFTMAX,
)  # fmt: skip
HEAD["mean_of_two"] = (
    [
        constant("half", 0.5), node("Mul", "scores half", "other"), node("Softmax", "scores", "p", axis=1),
        node("Softmax", "other", "q", axis=1), node("Add", "p q", "sum"), node("Mul", "sum half", "y"),
    ], lambda logits: (softmax(logits) + softmax(logits / 2)) / 2, SOFTMAX,
)  # fmt: skip
HEAD["several_labels"] = (
    [node("Sigmoid", "scores", "y")], lambda logits: 1 / (1 + np.exp(-logits)), SIGMOID,
)  # fmt: skip
HEAD["mean_of_sigmoids"] = (
    [
        constant("half", 0.5), node("Mul", "scores half", "other"), node("Sigmoid", "scores", "p"),
        node("Sigmoid", "other", "q"), node("Add", "p q", "sum"), node("Mul", "sum half", "y"),
    ], lambda logits: (1 / (1 + np.exp(-logits)) + 1 / (1 + np.exp(-logits / 2))) / 2, SIGMOID,
)  # fmt: skip
HEAD["logits"] = ([node("Identity", "scores", "y")], softmax, SOFTMAX)
HEAD["a_column"] = (
    [
        helper.make_node("Constant", [], ["one"], value=numpy_helper.from_array(np.array([1]), "one")),
        helper.make_node("Constant", [], ["two"], value=numpy_helper.from_array(np.array([2]), "two")),
        node("Softmax", "scores", "p", axis=1), node("Slice", "p one two one", "y"),
    ], lambda logits: np.array([1 - softmax(logits)[1], softmax(logits)[1]]), BINARY,
)  # fmt: skip


@pytest.mark.parametrize("name", HEAD)
def test_any_ending_shows_the_files_numbers(tmp_path: Path, name: str) -> None:
    ending, expected, kind = HEAD[name]
    model = network([*plain_nodes(), *ending], plain_constants(), ["y"])
    path = saved(model, tmp_path)
    card = adopt(path, tmp_path / "pair.onnx", preprocessing="unit").card
    assert card.answers == kind
    explainer = Explainer(tmp_path / "pair.onnx", CPU)
    inner = onnx.load(path)
    inner.graph.output.append(onnx.ValueInfoProto(name="scores"))
    session = onnxruntime.InferenceSession(inner.SerializeToString(), providers=CPU)
    for image in images():
        small = cv2.resize(image, explainer.card.input_size[::-1], interpolation=cv2.INTER_AREA)
        feed = {session.get_inputs()[0].name: small.transpose(2, 0, 1)[None] / np.float32(255)}
        logits = session.run(["scores"], feed)[0][0].astype(np.float64)
        found = explainer(small, target=0)
        np.testing.assert_allclose(found.probabilities, expected(logits), atol=1e-4)
        assert np.abs(found.maps).max() > 0


def test_an_embedding_is_no_list_of_classes(tmp_path: Path) -> None:
    constants = plain_constants()
    features = constants["head"].shape[0]
    constants["wide"] = np.random.default_rng(4).standard_normal((features, 32)).astype(np.float32)
    nodes = [*plain_nodes()[:-1], node("Gemm", "flat wide", "vector")]
    nodes.append(node("LpNormalization", "vector", "unit", axis=1, p=2))
    model = network(nodes, constants, ["unit"])
    path = saved(model, tmp_path)
    assert adopt(path, preprocessing="unit").card.answers == "similarity"
    assert adopt(path, preprocessing="unit", answers="number").card.answers == "number"
