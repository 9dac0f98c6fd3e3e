"""Reports of detectors: a row for each box, tables of boxes, nothing found in words."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

import whylight
from tests.whylight.helpers.detectors import CLASSES, detector
from whylight.box_questions import BoxChoice, answers_at, describe_detector, scores_at_places
from whylight.cli import main
from whylight.collection.table import BOX_COLUMNS
from whylight.detection.boxes import Box
from whylight.drawing.boxes import can_write, draw_boxes, titled_rows
from whylight.errors import QuestionError
from whylight.faithfulness import deletion
from whylight.images.decode import read_image
from whylight.images.encode import write_image
from whylight.parallel.explain_many import ParallelExplainer
from whylight.perturbation import ScoresAtPlaces
from whylight.perturbation.estimate import mean_colour
from whylight.report import write_report
from whylight.report.overview import NOTHING, Overview
from whylight.score_weights import Question


@pytest.fixture(scope="module")
def explainer(tmp_path_factory: pytest.TempPathFactory) -> whylight.Explainer:
    """A detector that finds boxes in noise."""
    folder = tmp_path_factory.mktemp("detector")
    onnx.save(detector(), folder / "detector.onnx")
    whylight.adopt(folder / "detector.onnx", folder / "pair.onnx")
    return whylight.Explainer(folder / "pair.onnx")


@pytest.fixture(scope="module")
def blind(tmp_path_factory: pytest.TempPathFactory) -> whylight.Explainer:
    """A detector whose scores are far below those of anything found."""
    folder = tmp_path_factory.mktemp("blind")
    model = detector()
    for tensor in model.graph.initializer:
        if tensor.name.startswith("class") and tensor.name.endswith(".b") and "inner" not in tensor.name:
            tensor.CopyFrom(onnx.numpy_helper.from_array(np.full(CLASSES, -9, np.float32), tensor.name))
    onnx.save(model, folder / "blind.onnx")
    whylight.adopt(folder / "blind.onnx", folder / "pair.onnx")
    return whylight.Explainer(folder / "pair.onnx")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two images of noise."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(3)
    for name in ("one", "two"):
        write_image(folder / f"{name}.png", rng.integers(0, 256, (48, 96, 3), np.uint8))
    return folder


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_each_box_is_explained_as_a_call_explains_it(explainer: whylight.Explainer, images: Path) -> None:
    workers = ParallelExplainer(explainer, 1)
    choice = BoxChoice(3)
    with workers.explained(images / "one.png", 5, explainer.methods[0], boxes=choice) as (_, explanation):
        found = explainer.find_boxes(images / "one.png")
        assert explanation.boxes == found
        expected = explainer(images / "one.png", target=list(found[:3]))
        assert np.allclose(explanation.maps, expected.maps, atol=1e-6)
        for value, box in zip(scores_at_places(explanation), found, strict=False):
            answer = float(answers_at(explanation, box.place, explainer.card)[box.class_index])
            assert answer == pytest.approx(box.score, abs=1e-6)
            assert 1 / (1 + np.exp(-value)) == pytest.approx(box.score, abs=1e-6)


def test_boxes_are_chosen_by_class_and_number() -> None:
    boxes = [Box(index, "abc"[index], 0.9, (0, 0, 1, 1), place) for place, index in enumerate([1, 0, 1, 2])]
    assert BoxChoice(2).rows(boxes) == [(0, Question(1)), (1, Question(0))]
    only = BoxChoice(5, (Question(1), Question(1, rather_than=2)))
    assert [(index, question.rather_than) for index, question in only.rows(boxes)] == [
        *((0, None), (0, 2)),
        *((2, None), (2, 2)),
    ]
    assert BoxChoice(1, (Question(2),)).rows(boxes) == [(3, Question(2))]
    with pytest.raises(QuestionError, match="at least 1"):
        BoxChoice(0)


def test_the_table_of_boxes_and_the_record_say_the_same(
    explainer: whylight.Explainer, images: Path, tmp_path: Path
) -> None:
    records = []
    write_report(explainer, [images], tmp_path / "report", boxes=2, on_image=records.append)
    rows = _table(tmp_path / "report" / "boxes.csv")
    assert list(rows[0]) == [column.name for column in BOX_COLUMNS]
    found = [(path, explainer.find_boxes(path)) for path in sorted(images.iterdir())]
    assert [(row["file"], row["class"], row["place"]) for row in rows] == [
        (path.name, box.class_name, str(box.place)) for path, boxes in found for box in boxes
    ]
    for record, (_, boxes) in zip(records, found, strict=True):
        assert len(record["scores"]) == min(2, len(boxes))
        for score, box in zip(record["scores"], boxes, strict=False):
            assert score["probability"] == pytest.approx(box.score, abs=1e-6)
            assert score["question"] == f"why {box.class_name} at {box.position}?"
    explained = [row for row in rows if row["question"]]
    assert len(explained) == sum(len(record["scores"]) for record in records)
    assert all(row["map_max"] for row in explained)
    table = _table(tmp_path / "report" / "predictions.csv")
    assert [int(row["boxes"]) for row in table] == [len(boxes) for _, boxes in found]
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert f"{len(rows)} boxes found" in page
    assert page.count('<figure class="overlay">') == len(explained)


def test_panels_have_a_row_for_each_box(explainer: whylight.Explainer, images: Path, tmp_path: Path) -> None:
    write_report(explainer, [images / "one.png"], tmp_path / "report", boxes=2)
    panels = tmp_path / "report" / "panels"
    assert {path.name for path in panels.iterdir()} == {"one.png.image.png", "one.png.boxes.png"}
    rows = read_image(panels / "one.png.boxes.png")
    assert rows.shape == (2 * (30 + 48), 3 * 96 + 2 * 8, 3)
    box = explainer.find_boxes(images / "one.png")[0]
    expected = draw_boxes(read_image(images / "one.png"), [box], (48, 96))
    assert np.array_equal(rows[30:78, :96], expected)


def test_a_class_of_which_nothing_was_found_is_said_in_words(
    blind: whylight.Explainer, explainer: whylight.Explainer, images: Path, tmp_path: Path
) -> None:
    records = []
    report = write_report(blind, [images], tmp_path / "report", on_image=records.append)
    assert (report.explained, report.failed) == (2, 0)
    assert all("nothing was found" in record["missing"] for record in records)
    assert all(record["scores"] == [] for record in records)
    assert "nothing in 2 images" in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert _table(tmp_path / "report" / "boxes.csv") == []
    assert {path.name for path in (tmp_path / "report" / "panels").iterdir()} == {
        "one.png.image.png",
        "two.png.image.png",
    }
    found = {box.class_index for path in images.iterdir() for box in explainer.find_boxes(path)}
    missing = [index for index in range(CLASSES) if index not in found]
    questions = [Question(index) for index in missing]
    if missing:
        write_report(explainer, [images], tmp_path / "other", questions=questions, on_image=records.append)
        assert "none of the boxes is of class" in records[-1]["missing"]


def test_all_scales_formats_and_resuming_work_where_nothing_was_found(
    blind: whylight.Explainer, images: Path, tmp_path: Path
) -> None:
    for scale in ("image", "compared", "folder"):
        report = write_report(blind, [images], tmp_path / scale, scale=scale, maps="npz", panels="page")
        assert report.explained == 2
        again = write_report(blind, [images], tmp_path / scale, scale=scale, maps="npz", panels="page")
        assert again.earlier == 2


def test_a_report_with_other_boxes_is_not_resumed(
    explainer: whylight.Explainer, images: Path, tmp_path: Path
) -> None:
    assert write_report(explainer, [images], tmp_path / "report", boxes=1).earlier == 0
    assert write_report(explainer, [images], tmp_path / "report", boxes=1).earlier == 2
    assert write_report(explainer, [images], tmp_path / "report", boxes=2).earlier == 0


def test_the_table_of_boxes_goes_with_its_report_but_nobody_elses(
    explainer: whylight.Explainer, images: Path, tmp_path: Path
) -> None:
    classifier = whylight.Explainer("caltech")
    write_report(explainer, [images], tmp_path / "report")
    write_report(classifier, [images], tmp_path / "report")
    assert not (tmp_path / "report" / "boxes.csv").exists()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "boxes.csv").write_text("mine\n")
    write_report(classifier, [images], tmp_path / "other", force=True)
    assert (tmp_path / "other" / "boxes.csv").read_text() == "mine\n"


def test_boxes_of_a_classifier_are_refused(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(images), "--model", "caltech", "--boxes", "3", "--json"]) == 2
    assert "is no detector: it finds no boxes" in capsys.readouterr().err


def test_the_command_line_asks_of_boxes_of_a_class(
    explainer: whylight.Explainer, images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = explainer.find_boxes(images / "one.png")[0].class_name
    argv = ["explain", str(images), "--model", str(explainer.model_path), "--json", "--class", name]
    assert main([*argv, "--boxes", "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    total = sum(len(explainer.find_boxes(path)) for path in images.iterdir())
    assert sum(found["found"].values()) == total
    for record in found["images"]:
        assert [score["class"] for score in record["scores"]] in ([name], [])
    assert found["images"][0]["scores"][0]["box"] == 0


def test_several_layers_are_refused(explainer: whylight.Explainer, images: Path, tmp_path: Path) -> None:
    other = next(choice.name for choice in explainer.layers() if choice.name != explainer.layer)
    with pytest.raises(QuestionError, match="one layer"):
        write_report(explainer, [images], tmp_path / "report", further_layers=[other])


def test_faithfulness_is_that_of_the_best_box(
    explainer: whylight.Explainer, images: Path, tmp_path: Path
) -> None:
    records: list[dict] = []
    write_report(
        explainer, [images / "one.png"], tmp_path / "report", faithfulness=True, on_image=records.append
    )
    image, box = read_image(images / "one.png"), explainer.find_boxes(images / "one.png")[0]
    map_ = explainer(image, target=box).explanation.maps_at_input((64, 64))[0]

    def score(pixels: np.ndarray) -> float:
        explanation = explainer.of_inputs.forward_only(pixels, top=1)
        return float(answers_at(explanation, box.place, explainer.card)[box.class_index])

    # Half of the steps by hand: nothing removed, and everything.
    *_, curve = deletion(ScoresAtPlaces.of_box(explainer, box), image, map_, box.class_index, steps=4)
    grey = np.broadcast_to(np.rint(mean_colour(explainer)).astype(np.uint8), (64, 64, 3)).copy()
    padding = explainer.card.view((48, 96)).padding
    seen = explainer.prepare(image)
    grey[padding] = seen[padding]
    assert curve.probabilities[0] == pytest.approx(score(seen), abs=1e-5)
    assert curve.probabilities[-1] == pytest.approx(score(grey), abs=1e-5)
    assert records[0]["faithfulness"].keys() == {"deletion", "insertion"}


def test_an_image_is_found_by_every_class_in_it() -> None:
    overview = Overview(4)
    boxes = [{"index": index, "score": score} for index, score in ((2, 0.9), (0, 0.5), (2, 0.3))]
    overview.add(0, 10, {"boxes": boxes})
    overview.add(1, 20, {"boxes": []})
    assert overview.boxes.tolist() == [1, 0, 2, 0]
    assert overview.holding.tolist() == [1, 0, 1, 0]
    assert (overview.explained, overview.empty, overview.mistakes) == (2, 1, 0)
    assert list(overview.ordered()) == [(0, 10, (2, 0), False), (1, 20, (NOTHING,), False)]


def test_lines_of_boxes_are_seen_on_black_and_on_white() -> None:
    for level in (0, 255):
        image = np.full((100, 200, 3), level, np.uint8)
        drawn = draw_boxes(image, [Box(0, "a", 0.5, (100, 50, 300, 150), 0)], (200, 400))
        changed = np.argwhere((drawn != image).any(axis=2))
        assert np.abs(changed.min(axis=0) - [25, 50]).max() <= 2
        assert np.abs(changed.max(axis=0) - [74, 149]).max() <= 2
        assert np.array_equal(drawn[40:60, 70:130], image[40:60, 70:130])


def test_titles_that_the_font_cannot_write_are_replaced() -> None:
    assert can_write("Gesicht, 87 %")
    assert not can_write("人")
    panel = np.zeros((10, 90, 3), np.uint8)
    written, plain, empty = (titled_rows([(title, "class 1", [panel])]) for title in ("人", "class 1", ""))
    assert np.array_equal(written, plain)
    assert not np.array_equal(plain, empty)
    long = titled_rows([("a very long name of a class", "", [panel])])
    assert long.shape == (40, 90, 3)


def test_without_freetype_opencv_writes_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whylight.drawing.boxes._font", lambda: None)
    assert can_write("face, 87 %")
    assert not can_write("Hähnchen")
    panel = np.zeros((10, 200, 3), np.uint8)
    written, replaced, empty = (
        titled_rows([(title, "class 1", [panel])]) for title in ("class 1", "Hähnchen", "")
    )
    assert written.shape == (40, 200, 3)
    assert np.array_equal(written, replaced)
    assert not np.array_equal(written, empty)
    assert titled_rows([("a very long name of a class indeed", "", [panel])]).shape == (40, 200, 3)


def test_a_detector_in_words(explainer: whylight.Explainer) -> None:
    assert str(describe_detector(explainer.card)) == "detector: 3 classes, letterbox 64"
    alone = replace(explainer.card, classes=("face",))
    assert str(describe_detector(alone)) == "detector: 1 class, letterbox 64"
