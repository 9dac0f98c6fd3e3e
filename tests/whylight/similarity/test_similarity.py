"""Embeddings compared with images and texts, and why an image is alike them."""

from __future__ import annotations

import copy
import csv
import json
import pickle
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

import whylight
from tests.whylight.helpers.classifiers import CONV1, CONV2, SIZE, network, node, plain_constants, plain_nodes
from tests.whylight.helpers.embedders import HEAD, NUMBERS, RNG, SCALE, SHIFT, TOKENIZER, embedder, text_model
from whylight.answers import SIMILARITY
from whylight.cli import main
from whylight.errors import ModelError, QuestionError
from whylight.images.encode import write_image
from whylight.pair.files import load_pair, save_pair
from whylight.report import write_report
from whylight.similarity.references import References, compared
from whylight.similarity.text_encoder import TextEncoder

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def explainer(tmp_path_factory: pytest.TempPathFactory) -> whylight.Explainer:
    """An adopted embedder that ends with a LayerNormalization."""
    folder = tmp_path_factory.mktemp("embedder")
    onnx.save(embedder(), folder / "theirs.onnx")
    whylight.adopt(folder / "theirs.onnx", folder / "ours.onnx", preprocessing="unit")
    return whylight.Explainer(folder / "ours.onnx")


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Three images of the network's size."""
    return np.random.default_rng(3).integers(0, 256, (3, *SIZE, 3), np.uint8)


def _by_torch(image: np.ndarray) -> tuple[object, object]:
    """The embedder in PyTorch, float64: the second convolution's values, and the embedding of them."""
    pixels = torch.tensor(image.transpose(2, 0, 1)[None] / 255)
    first = torch.relu(torch.nn.functional.conv2d(pixels, torch.tensor(CONV1).double(), padding=1))
    layer = torch.nn.functional.conv2d(first, torch.tensor(CONV2).double(), padding=1, stride=2)
    layer = layer.detach().requires_grad_()
    pooled = torch.relu(layer).mean(dim=(2, 3)) @ torch.tensor(HEAD)
    scale, shift = torch.tensor(SCALE), torch.tensor(SHIFT)
    vector = torch.nn.functional.layer_norm(pooled, (NUMBERS,), scale, shift)[0]
    return layer, vector / vector.norm()


@pytest.mark.parametrize(
    ("ending", "output"), [("norm", "vectors"), ("length", "vectors"), ("none", "image_embeds")]
)
def test_embeddings_are_recognised(tmp_path: Path, images: np.ndarray, ending: str, output: str) -> None:
    """By their last layer, by their length, or by their name; they are the file's, of length one."""
    onnx.save(embedder(ending, output), tmp_path / "theirs.onnx")
    pair = whylight.adopt(tmp_path / "theirs.onnx", tmp_path / "ours.onnx", preprocessing="unit")
    assert pair.card.answers == SIMILARITY
    assert f"embeddings of {NUMBERS} numbers" in pair.card.notes
    session = onnxruntime.InferenceSession(tmp_path / "theirs.onnx", providers=["CPUExecutionProvider"])
    taken = (images[:1].transpose(0, 3, 1, 2) / 255).astype(np.float32)
    (expected,) = session.run(None, {session.get_inputs()[0].name: taken})
    found = whylight.Explainer(tmp_path / "ours.onnx").embed(images[0])
    assert np.allclose(found, expected[0] / np.linalg.norm(expected), atol=1e-5)


def test_a_linear_layer_of_classes_is_no_embedding(tmp_path: Path) -> None:
    """The same numbers behind a linear layer are scores, unless the user says otherwise."""
    onnx.save(embedder("none"), tmp_path / "theirs.onnx")
    assert whylight.adopt(tmp_path / "theirs.onnx", preprocessing="unit").card.answers == "softmax"
    told = whylight.adopt(tmp_path / "theirs.onnx", preprocessing="unit", answers="similarity")
    assert told.card.answers == SIMILARITY


@pytest.mark.parametrize("rows", [9, 10])
def test_a_class_token_or_the_mean_of_all_rows(tmp_path: Path, images: np.ndarray, rows: int) -> None:
    """Files that give all rows of tokens alone: the class token, or the mean of a square of rows."""
    nodes = [
        *plain_nodes()[:4],
        node("Reshape", "relu2 planes", "flat"),
        node("MatMul", "flat mix", "mixed"),
        node("Transpose", "mixed", "tokens", perm=[0, 2, 1]),
        node("MatMul", "tokens head", "last_hidden_state"),
    ]
    places = SIZE[0] * SIZE[1] // 4
    constants = {
        **plain_constants(),
        "planes": np.array([1, 6, places]),
        "mix": RNG.standard_normal((places, rows)) / places,
        "head": HEAD,
    }
    onnx.save(
        network(nodes, constants, ["last_hidden_state"], inputs={"x": [1, 3, *SIZE]}), tmp_path / "t.onnx"
    )
    pair = whylight.adopt(tmp_path / "t.onnx", tmp_path / "ours.onnx", preprocessing="unit")
    assert pair.card.answers == SIMILARITY
    session = onnxruntime.InferenceSession(tmp_path / "t.onnx", providers=["CPUExecutionProvider"])
    (states,) = session.run(None, {"x": (images[:1].transpose(0, 3, 1, 2) / 255).astype(np.float32)})
    expected = states[0].mean(axis=0) if rows == 9 else states[0, 0]
    found = whylight.Explainer(tmp_path / "ours.onnx").embed(images[0])
    assert np.allclose(found, expected / np.linalg.norm(expected), atol=1e-5)


@pytest.mark.numbers
def test_likeness_and_its_gradient_are_autograds(explainer: whylight.Explainer, images: np.ndarray) -> None:
    """The cosine with another image's embedding, and its gradient at the last convolution."""
    other = explainer.comparing({"second": images[1], "third": images[2]})
    result = other(images[0], target=["second", "third"], method="layercam")
    layer, vector = _by_torch(images[0])
    for row, image in enumerate(images[1:]):
        cosine = vector @ _by_torch(image)[1].detach()
        assert result.probabilities[row] == pytest.approx(float(cosine), abs=1e-5)
        (expected,) = torch.autograd.grad(cosine, layer, retain_graph=True)
        assert result.explanation.gradients is not None
        found = torch.tensor(result.explanation.gradients[row]).double()
        assert float((found - expected[0]).norm() / expected.norm()) < 1e-4


def test_references_behave_as_classes(explainer: whylight.Explainer, images: np.ndarray) -> None:
    """Contrasts, other layers, threads and pickled explainers keep the references."""
    other = explainer.comparing({"second": images[1], "third": images[2]})
    assert other.class_names == ("second", "third")
    assert explainer.class_count == NUMBERS
    assert other(images[0], target="second", rather_than="third").questions == (
        "why second rather than third?",
    )
    expected = other.predict(images[0])
    for same in (other.with_layer("conv1"), other.with_threads(1), pickle.loads(pickle.dumps(other))):
        assert np.allclose(same.predict(images[0]), expected, atol=1e-6)
        assert same.class_names == other.class_names
    assert other.predict(images[1])[0] == pytest.approx(1, abs=1e-5)
    chosen = explainer.comparing({"a": images[1], "b": images[2]}, zero_shot=True).predict(images[0])
    powers = np.exp(100 * (expected - expected.max()))
    assert np.allclose(chosen, powers / powers.sum(), atol=1e-4)


def test_a_compared_pair_can_be_saved(
    explainer: whylight.Explainer, images: np.ndarray, tmp_path: Path
) -> None:
    """It is a pair as any other, and opens at other layers."""
    other = explainer.comparing({"second": images[1]})
    save_pair(other.to_pair(), tmp_path / "alike.onnx")
    opened = whylight.Explainer(tmp_path / "alike.onnx")
    assert np.allclose(opened.predict(images[0]), other.predict(images[0]))
    assert np.allclose(opened.with_layer("conv1").predict(images[0]), other.predict(images[0]))
    with pytest.raises(QuestionError, match="not with an embedding"):
        opened.embed(images[0])


def test_what_cannot_be_compared(explainer: whylight.Explainer, images: np.ndarray) -> None:
    """Each error names what is wrong."""
    with pytest.raises(QuestionError, match=r"3 numbers each.*embeddings of 20"):
        explainer.comparing({"short": np.ones(3, np.float32)})
    with pytest.raises(QuestionError, match="no direction"):
        explainer.comparing({"zero": np.zeros(NUMBERS, np.float32)})
    with pytest.raises(QuestionError, match="expected one embedding for each"):
        explainer.comparing({})
    with pytest.raises(QuestionError, match="answers with classes"):
        whylight.Explainer().comparing({"second": images[1]})
    with pytest.raises(QuestionError, match="no direction"):
        References.of(("a",), [[np.nan, 1.0]])


def test_without_gradients(tmp_path: Path, images: np.ndarray) -> None:
    """The forward graph alone is compared as well."""
    onnx.save(embedder(), tmp_path / "theirs.onnx")
    whylight.adopt(
        tmp_path / "theirs.onnx", tmp_path / "ours.onnx", preprocessing="unit", without_gradients=True
    )
    pair = load_pair(tmp_path / "ours.onnx")
    before = copy.deepcopy(pair.forward)
    other = compared(pair, References.of(("it",), np.eye(1, NUMBERS)))
    assert other.gradient is None
    assert pair.forward == before
    assert whylight.Explainer(tmp_path / "ours.onnx").comparing({"it": images[1]})(images[0]).maps.size


# -- texts


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A text model with its tokenizer beside it."""
    pytest.importorskip("tokenizers")
    (tmp_path / "tokenizer.json").write_text(json.dumps(TOKENIZER), encoding="utf-8")
    onnx.save(text_model("T", mask=True), tmp_path / "text_model.onnx")
    return tmp_path / "text_model.onnx"


def test_texts_have_embeddings(texts: Path) -> None:
    """As the text model gives them; a fixed length is padded, which the mask leaves out."""
    model = onnx.load(texts)
    table = numpy_helper.to_array(model.graph.initializer[0])
    found = TextEncoder(texts)(["a cat", "A photo of a dog"])
    expected = np.stack([table[[1, 2]].sum(axis=0), table[[1, 4, 5, 1, 3]].sum(axis=0)])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert np.allclose(found, expected, atol=1e-5)
    for value in model.graph.input:
        value.type.tensor_type.shape.dim[1].dim_value = 8
    onnx.save(model, texts)
    assert np.allclose(TextEncoder(texts)(["a cat", "a photo of a dog"]), expected, atol=1e-5)


def test_texts_on_the_command_line(
    texts: Path, explainer: whylight.Explainer, images: np.ndarray, tmp_path: Path
) -> None:
    """A report of which text fits, and one of likeness to an image."""
    for name, image in zip("ab", images, strict=False):
        write_image(tmp_path / f"{name}.png", image)
    common = ["explain", str(tmp_path / "a.png"), "--model", str(explainer.model_path)]
    prompts = ["--prompt", "a cat", "--prompt", "a dog", "--text-model", str(texts)]
    assert main([*common, *prompts, "--out", str(tmp_path / "texts")]) == 0
    assert "a cat" in (tmp_path / "texts" / "index.html").read_text(encoding="utf-8")
    assert main([*common, "--like", str(tmp_path / "b.png"), "--out", str(tmp_path / "alike")]) == 0
    assert "b.png" in (tmp_path / "alike" / "index.html").read_text(encoding="utf-8")
    assert main([*common, "--prompt", "a cat", "--out", str(tmp_path / "none")]) == 2


def test_text_models_that_cannot_be_used(texts: Path, tmp_path: Path, explainer: whylight.Explainer) -> None:
    """Each error names what is wrong."""
    with pytest.raises(ModelError, match="no text model: it takes"):
        TextEncoder(explainer.model_path)
    with pytest.raises(ModelError, match="no model file"):
        TextEncoder(tmp_path / "there-is-none.onnx")
    with pytest.raises(QuestionError, match="empty"):
        TextEncoder(texts)(["a cat", " "])
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="is no tokenizer"):
        TextEncoder(texts)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"no tokenizer\.json beside"):
        TextEncoder(texts)


def test_a_text_model_that_gives_no_embedding_is_named(texts: Path) -> None:
    model = onnx.load(texts)
    zeros = np.zeros_like(numpy_helper.to_array(model.graph.initializer[0]))
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(zeros, "table"))
    onnx.save(model, texts)
    with pytest.raises(ModelError, match=r"'text_model\.onnx' gives no embedding of 'a cat': it is zero"):
        TextEncoder(texts)(["a cat"])
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(zeros[:1], "table"))  # no row for any word
    onnx.save(model, texts)
    with pytest.raises(ModelError, match=r"'text_model\.onnx' gives no embedding of 'a cat': .*indices"):
        TextEncoder(texts)(["a cat"])


def test_a_report_about_other_references_is_another_one(
    explainer: whylight.Explainer, images: np.ndarray, tmp_path: Path
) -> None:
    """The model's files are the same; the cosines of the first are none of the second's."""
    write_image(tmp_path / "asked.png", images[0])
    first = explainer.comparing({"it": images[1]})
    second = explainer.comparing({"it": images[2]})
    out = tmp_path / "out"
    assert write_report(first, [tmp_path / "asked.png"], out).earlier == 0
    assert write_report(first, [tmp_path / "asked.png"], out).earlier == 1
    report = write_report(second, [tmp_path / "asked.png"], out)
    assert report.earlier == 0
    with report.table.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    answers = second.predict(tmp_path / "asked.png")
    assert float(row["probability_1"]) == pytest.approx(float(answers[0]), abs=1e-4)
