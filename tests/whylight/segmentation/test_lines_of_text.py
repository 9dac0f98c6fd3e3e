"""Readers of text lines: adopted as segmenters of one row, each letter explained at its step."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest

import whylight
from tests.whylight.helpers.readers import RNG, SIGNS, STEPS, WEIGHTS, reader
from whylight.cli import main
from whylight.errors import ModelError, QuestionError
from whylight.images.encode import write_image
from whylight.segmentation.description import SegmenterDescription
from whylight.segmentation.letters import read_letters
from whylight.view import View

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module", params=[17, 12])
def explainer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> whylight.Explainer:
    """A reader, also of an operator set whose Softmax flattens."""
    folder = tmp_path_factory.mktemp("reader")
    onnx.save(reader(request.param), folder / "theirs.onnx")
    whylight.adopt(folder / "theirs.onnx", folder / "ours.onnx", layer="s2")
    return whylight.Explainer(folder / "ours.onnx")


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    """Columns of noise, of the input's size."""
    return np.repeat(RNG.integers(0, 256, (1, 16, 3), np.uint8), 4, axis=1).repeat(16, axis=0)


def _by_torch(explainer: whylight.Explainer, image: np.ndarray) -> tuple[object, object]:
    """The reader in PyTorch, float64: the first layer's values, and the logits `[T, K]` of them."""
    known = {name: torch.tensor(value.astype(np.float32)).double() for name, value in WEIGHTS.items()}
    values = (explainer.prepare(image)[:, :, ::-1].transpose(2, 0, 1)[None] / 255 - 0.5) / 0.5
    layer = torch.relu(torch.nn.functional.conv2d(torch.tensor(values), known["stem"], stride=4))
    layer = layer.detach().requires_grad_()
    deep = torch.relu(torch.nn.functional.conv2d(layer, known["deep"], padding=1))
    return layer, (deep.mean(dim=2).transpose(1, 2) @ known["head"])[0]


def test_it_is_adopted_with_its_alphabet(explainer: whylight.Explainer) -> None:
    """Signs, steps and the usual input are known from the file."""
    assert explainer.class_names == ("blank", *SIGNS, " ")
    assert explainer.card.segmenter == SegmenterDescription(grid=(1, STEPS), is_line=True)
    assert "reads a line of text: 5 signs at 16 steps" in explainer.card.notes
    assert explainer.card.input is not None
    assert explainer.card.input.geometry == "letterbox"


@pytest.mark.numbers
def test_letters_and_their_gradients_are_those_of_the_network(
    explainer: whylight.Explainer, image: np.ndarray
) -> None:
    """The best path of the owner's answers, and autograd of a letter's logit at its step."""
    result = explainer(image)
    layer, logits = _by_torch(explainer, image)
    answers = torch.softmax(logits, dim=1).detach().numpy()
    path = answers.argmax(axis=1)
    kept = [step for step in range(STEPS) if path[step] != 0]
    expected = [path[step] for step in kept if step == 0 or path[step - 1] != path[step]]
    assert [letter.class_index for letter in result.letters] == expected
    assert result.text == "".join(explainer.class_names[index] for index in expected)
    assert result.letters, "the image was chosen to be read as something"
    for letter in (result.letters[0], result.letters[-1]):
        assert letter.score == pytest.approx(answers[letter.step, letter.class_index], abs=1e-5)
        found = explainer(image, target=letter, method="layercam").explanation.gradients
        assert found is not None
        (gradient,) = torch.autograd.grad(logits[letter.step, letter.class_index], layer, retain_graph=True)
        assert float((torch.tensor(found[0]) - gradient[0]).norm() / gradient.norm()) < 1e-4


def test_repeated_signs_and_padding() -> None:
    """Equal neighbours are one letter, the better one; a blank parts them; padding is not read."""
    names = ("blank", "l", "o")
    path = (1, 1, 0, 1, 2, 2, 0, 2)
    scores = np.zeros((3, 8), np.float32)
    scores[path, range(8)] = [4, 5, 4, 4, 6, 5, 4, 9]
    description = SegmenterDescription(grid=(1, 8), is_line=True)
    whole = read_letters(scores, names, description, View.whole((10, 80), (8, 64)))
    assert "".join(letter.sign for letter in whole) == "lloo"
    assert [letter.step for letter in whole] == [1, 3, 4, 7]
    assert whole[0].spot == (15.0, 5.0)
    padded = read_letters(scores, names, description, View((10, 60), (8, 64), (8, 48), (0, 0)))
    assert "".join(letter.sign for letter in padded) == "llo"


def test_a_report_names_the_text_and_does_not_ask_why_blank(
    explainer: whylight.Explainer, image: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_image(tmp_path / "line.png", image)
    assert main(["explain", str(tmp_path / "line.png"), "--model", str(explainer.model_path), "--json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)["images"]
    assert record["text"] == explainer(image).text
    classes = [score["class"] for score in record["scores"]]
    assert classes[-1] == "blank", "all five are explained, it as the last"
    assert len(classes) == 5


def test_signs_are_asked_at_positions(explainer: whylight.Explainer, image: np.ndarray) -> None:
    """A sign can be asked about at any column, and in contrast to another."""
    letter = explainer(image).letters[0]
    other = next(sign for sign in SIGNS if sign != letter.sign)
    assert explainer(image, target=letter, rather_than=other).questions == (
        f"why {letter.sign} rather than {other}?",
    )
    with pytest.raises(QuestionError, match="outside"):
        explainer(image, target=other, region=(1000.0, 1.0))


def test_logits_alone_are_no_line_of_text(tmp_path: Path) -> None:
    """Without a softmax nothing says that the columns are signs."""
    onnx.save(reader(softmax=False), tmp_path / "theirs.onnx")
    with pytest.raises(ModelError, match=r"does not give one score for each class"):
        whylight.adopt(tmp_path / "theirs.onnx")
