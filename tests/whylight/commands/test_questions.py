"""`whylight explain` with questions, with maps as arrays, and as JSON."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from tests.whylight.conftest import painted
from whylight.class_names import find_class
from whylight.cli import main
from whylight.drawing.heatmap import draw_panels
from whylight.errors import QuestionError
from whylight.explainer import Explainer
from whylight.images.decode import read_image
from whylight.images.encode import write_image
from whylight.pair.metadata import gradient_path
from whylight.score_weights import Question, contrast_weights, counter_weights, stacked_weights

QUESTIONS = ["--class", "blue", "--rather", "red", "2", "--against", "GREEN"]
WORDS = ["why blue?", "why red rather than blue?", "what speaks against green?"]
ASKED = [Question(2), Question(0, rather_than=2), Question(1, against=True)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images, one of them in a folder."""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    write_image(tmp_path / "in" / "red.png", painted("red"))
    write_image(tmp_path / "in" / "sub" / "green.png", painted("green", (50, 40)))
    return tmp_path / "in"


def test_the_report_answers_what_was_asked(
    explainer: Explainer, colour_model: Path, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert main(["explain", str(folder), "--out", str(out), "--model", str(colour_model), *QUESTIONS]) == 0
    page = (out / "index.html").read_text(encoding="utf-8")
    assert page.count("Heatmap: why blue?") == 2
    assert page.count("<figcaption>why red rather than blue?</figcaption>") == 2
    assert page.count("<figcaption>what speaks against green?</figcaption>") == 2
    assert "<dt>Asked</dt><dd>why blue? why red rather than blue? what speaks against green?</dd>" in page
    assert '<span class="name">red</span>' in page  # the most likely classes are listed all the same
    image = read_image(folder / "red.png")
    weights = stacked_weights(ASKED, 3)
    expected = draw_panels(image, explainer.explain_scores(image, weights, "grad-cam").maps[0])
    np.testing.assert_array_equal(read_image(out / "panels" / "red.png.heatmap.png"), expected.heatmap)
    rows = (out / "predictions.csv").read_text(encoding="utf-8-sig").splitlines()
    assert ",label,class_1,probability_1,class_2," in rows[0]
    assert rows[1].split(",")[6] == "red"


def test_maps_are_written_with_a_manifest(
    explainer: Explainer, colour_model: Path, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = ["explain", str(folder), "--out", str(out), "--model", str(colour_model), "--maps", *QUESTIONS]
    assert main(command) == 0
    manifest = json.loads((out / "maps" / "manifest.json").read_text(encoding="utf-8"))
    assert [each["sha256"] for each in manifest["model"]["files"]] == [
        hashlib.sha256(path.read_bytes()).hexdigest() for path in (colour_model, gradient_path(colour_model))
    ]
    assert (manifest["method"], manifest["layers"]) == ("grad-cam", ["features"])
    assert (manifest["units"], manifest["scale"]) == ("score", "image")
    assert {"whylight", "onnxruntime", "numpy"} <= set(manifest["versions"])
    entries = manifest["maps"]
    assert [entry["question"] for entry in entries] == 2 * WORDS
    assert entries[-1]["file"] == "sub/green.png.3.npy"
    assert sorted(path.relative_to(out / "maps").as_posix() for path in out.rglob("*.npy")) == sorted(
        entry["file"] for entry in entries
    )
    for entry in entries:
        map_ = np.load(out / "maps" / entry["file"])
        assert (map_.dtype, list(map_.shape)) == (np.float32, entry["map_size"])
        image = read_image(Path(entry["image"]))
        assert entry["image_size"] == list(image.shape[:2])
        asked = ASKED[WORDS.index(entry["question"])]
        found = explainer.explain_scores(image, asked.weights(3), "grad-cam")
        np.testing.assert_allclose(map_, found.maps[0], rtol=1e-5, atol=1e-6)
        assert entry["value"] == pytest.approx(float((asked.weights(3) @ found.logits)[0]), rel=1e-5)
        assert entry["strongest"] == pytest.approx(max(0, float(map_.max())))
    # Of a contrast, the map is the difference of the classes' maps, for Grad-CAM is linear in the gradients.
    single = explainer.explain(read_image(folder / "red.png"), classes=[0, 2]).maps
    np.testing.assert_allclose(
        np.load(out / "maps" / "red.png.2.npy"), single[0] - single[1], rtol=1e-4, atol=1e-5
    )


def test_json_on_stdout_needs_no_report(
    colour_model: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "broken.png").write_bytes(b"nothing")
    assert main(["explain", str(folder), "--json", "--model", str(colour_model), *QUESTIONS]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["explained"], found["total"], found["report"], found["stopped"]) == (2, 3, None, False)
    assert [each["path"] for each in found["failures"]] == [str(folder / "broken.png")]
    assert [Path(each["image"]).name for each in found["images"]] == ["red.png", "green.png"]
    red = found["images"][0]
    assert red["size"] == [60, 80]
    assert red["classes"][0]["class"] == "red"
    assert [each["question"] for each in red["scores"]] == WORDS
    assert red["scores"][1]["rather_than"]["class"] == "blue"
    assert found["model"]["name"] == "Colours <b>&"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_json_says_where_the_report_is(
    colour_model: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    command = ["explain", str(folder), "--json", "--out", str(out), "--maps", "--model", str(colour_model)]
    assert main([*command, "--top", "2"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["report"] == str(out / "index.html")
    for image in found["images"]:
        assert (out / f"{image['panels']}.overlay.png").is_file()
        assert [score["class"] for score in image["scores"]] == [each["class"] for each in image["classes"]]
        for score in image["scores"]:
            assert np.load(out / score["map"]).shape == (8, 8)


def test_json_of_no_image_is_json(
    colour_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(tmp_path), "--json", "--model", str(colour_model)]) == 1
    assert json.loads(capsys.readouterr().out)["images"] == []


@pytest.mark.parametrize("method", ["layercam", "occlusion"])
def test_any_method_and_several_layers_answer_questions(
    colour_model: Path, folder: Path, tmp_path: Path, method: str
) -> None:
    command = ["explain", str(folder), "--model", str(colour_model), "--maps", "--method", method, *QUESTIONS]
    assert main([*command, "--out", str(tmp_path / "one")]) == 0
    layers = ["--layer", "features", "--layer", "leads"]
    assert main([*command, *layers, "--out", str(tmp_path / "two")]) == 0
    manifest = json.loads((tmp_path / "two" / "maps" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["units"], manifest["layers"]) == ("fused", ["features", "leads"])
    assert [entry["map_size"] for entry in manifest["maps"]] == 6 * [[32, 32]]


def test_the_folders_scale_is_that_of_the_questions(
    explainer: Explainer, colour_model: Path, folder: Path, tmp_path: Path
) -> None:
    command = ["explain", str(folder), "--model", str(colour_model), "--scale", "folder", *QUESTIONS]
    assert main([*command, "--out", str(tmp_path / "out")]) == 0
    images = [read_image(path) for path in (folder / "red.png", folder / "sub" / "green.png")]
    weights = stacked_weights(ASKED, 3)
    maps = [explainer.explain_scores(image, weights, "grad-cam").maps for image in images]
    strongest = max(float(each.max()) for each in maps)
    expected = draw_panels(images[0], maps[0][0], strongest=strongest)
    heatmap = read_image(tmp_path / "out" / "panels" / "red.png.heatmap.png")
    np.testing.assert_array_equal(heatmap, expected.heatmap)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (["--class", "gren"], "no class 'gren'; did you mean 'green'?"),
        (["--class", "3"], "no class 3: the model has classes 0 to 2"),
        (["--class", "-1"], "no class -1"),
        (["--class", "zzz"], "the model's 3 classes are 'red', 'green', 'blue'"),
        (["--rather", "red", "RED"], "--rather takes two classes"),
        (["--against", "orange"], "no class 'orange'"),
    ],
)
def test_an_unknown_class_is_refused_before_anything_is_written(
    colour_model: Path,
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    question: list[str],
    message: str,
) -> None:
    out = tmp_path / "out"
    command = ["explain", str(folder), "--out", str(out), "--model", str(colour_model)]
    assert main([*command, *question]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tench", 0),
        ("Tinca tinca", 0),
        ("tench, Tinca tinca", 0),
        ("American Flag", 1),
        ("american_flag", 1),
        ("2", 2),
        (" 1 ", 1),
        ("Crane", 4),
    ],
)
def test_classes_are_named_as_people_type_them(text: str, expected: int) -> None:
    classes = ("tench, Tinca tinca", "002.american-flag", "crane", "crane", "Crane")
    assert find_class(text, classes) == expected


def test_a_name_of_two_classes_asks_for_the_index() -> None:
    with pytest.raises(QuestionError, match=r"several classes 'crane': name one by its index \(1, 2\)"):
        find_class("crane", ("flag", "crane", "crane"))


def test_questions_are_linear_forms_of_the_logits() -> None:
    np.testing.assert_array_equal(Question(0, rather_than=2).weights(3), contrast_weights(0, 2, 3))
    np.testing.assert_array_equal(Question(1, against=True).weights(3), counter_weights(1, 3))
    assert stacked_weights([], 3) is None
    with pytest.raises(QuestionError, match="cannot be contrasted with itself"):
        Question(1, rather_than=1).weights(3)
