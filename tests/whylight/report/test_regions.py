"""Reports and records of regions and spots: segmenters over masks and places, detectors at a spot."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

import whylight
from tests.whylight.helpers.classifiers import plain
from tests.whylight.helpers.detectors import detector, selective
from tests.whylight.helpers.segmenters import LAYER, segmenter
from whylight.box_questions import BoxChoice
from whylight.cli import main
from whylight.collection.table import box_rows
from whylight.errors import QuestionError
from whylight.images.decode import read_image
from whylight.images.encode import write_image
from whylight.parallel.explain_many import ParallelExplainer
from whylight.region_questions import RegionChoice, connected_region, explain_region
from whylight.report import write_report
from whylight.report.explain_records import explain_records
from whylight.report.records import image_record
from whylight.score_weights import Question

NAMES = ("background", "road", "car", "tree", "sky")


@pytest.fixture(scope="module")
def explainer(tmp_path_factory: pytest.TempPathFactory) -> whylight.Explainer:
    folder = tmp_path_factory.mktemp("segmenter")
    onnx.save(segmenter("softmax"), folder / "theirs.onnx")
    whylight.adopt(
        folder / "theirs.onnx", folder / "ours.onnx", preprocessing="unit", layer=LAYER, labels=NAMES
    )
    return whylight.Explainer(folder / "ours.onnx")


@pytest.fixture(scope="module")
def finder(tmp_path_factory: pytest.TempPathFactory) -> whylight.Explainer:
    folder = tmp_path_factory.mktemp("detector")
    onnx.save(detector(), folder / "theirs.onnx")
    whylight.adopt(folder / "theirs.onnx", folder / "ours.onnx")
    return whylight.Explainer(folder / "ours.onnx")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Coarse noise, so that several classes have regions."""
    cells = np.random.default_rng(3).integers(0, 256, (6, 8, 3), np.uint8)
    write_image(tmp_path / "photo.png", np.kron(cells, np.ones((16, 16, 1), np.uint8)))
    return tmp_path / "photo.png"


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert main(["explain", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_place_is_asked_as_in_python(
    explainer: whylight.Explainer, photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(explainer.model_path)
    (record,) = printed(capsys, str(photo), "--model", model, "--at", "100,30", "--top", "1")["images"]
    expected = explainer(photo, region=(100, 30))
    assert record["region"] == {"at": [100, 30], "share": pytest.approx(1 / (48 * 64))}
    (score,) = record["scores"]
    assert score["class"] == NAMES[expected.explanation.classes[0]]
    assert score["question"] == f"why {score['class']} at 100, 30?"
    assert score["strongest"] == pytest.approx(float(expected.explanation.maps.max()), rel=1e-4)
    # The answer is the file's at that place: that of the class which the model finds there.
    assert score["index"] == explainer.segment(photo)[30, 100]
    assert [each["class"] for each in record["segments"]] == [each.class_name for each in expected.segments]


def test_the_connected_region_is_that_of_a_flood(explainer: whylight.Explainer, photo: Path) -> None:
    labels = explainer.segment(photo)
    for x, y in ((3, 3), (60, 40), (120, 90)):
        filled = labels.astype(np.float32).copy()
        cv2.floodFill(filled, None, (x, y), 99, 0, 0, 8)
        asked = RegionChoice(around=(x, y), questions=(Question(2),))
        found = explain_region(explainer, read_image(photo), asked, "hirescam", 1)
        expected = explainer(photo, target=2, region=filled == 99, method="hirescam").explanation
        assert np.allclose(found.maps, expected.maps, atol=1e-5)
        answered = explainer.forward_only(photo, top=1)
        share = connected_region(answered, explainer.card, (x, y)).mean()
        assert share == pytest.approx((filled == 99).mean())


def test_every_question_is_asked_over_a_mask(
    explainer: whylight.Explainer, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mask = np.zeros((96, 128, 3), np.uint8)
    mask[20:50, 30:90] = 255
    write_image(tmp_path / "mask.png", mask)
    asked = ("--class", "car", "--rather", "car", "tree", "--against", "sky")
    arguments = (str(photo), "--model", str(explainer.model_path), "--region", str(tmp_path / "mask.png"))
    (record,) = printed(capsys, *arguments, *asked)["images"]
    assert record["region"]["mask"] == "mask.png"
    region = mask[..., 0] > 0
    expected = [
        explainer(photo, target="car", region=region),
        explainer(photo, target="car", rather_than="tree", region=region),
        explainer(photo, target="sky", against=True, region=region),
    ]
    strongest = [float(np.maximum(each.explanation.maps, 0).max()) for each in expected]
    assert [score["strongest"] for score in record["scores"]] == pytest.approx(strongest, rel=1e-4, abs=1e-6)
    assert record["scores"][1]["question"] == "why car rather than tree in mask.png?"
    scores = explainer.forward_only(photo).tensors["place_scores"][0]
    powers = np.exp(scores - scores.max(axis=0))
    weights = expected[0].explanation.place_weights[0]
    answers = (powers / powers.sum(axis=0)) @ weights
    assert record["scores"][0]["probability"] == pytest.approx(float(answers[2]), abs=1e-5)
    assert record["scores"][1]["rather_than"]["probability"] == pytest.approx(float(answers[3]), abs=1e-5)


def test_a_folder_of_masks_has_one_for_each_image(
    explainer: whylight.Explainer, photo: Path, tmp_path: Path
) -> None:
    masks = tmp_path / "masks"
    masks.mkdir()
    mask = np.zeros((96, 128, 3), np.uint8)
    mask[:40, :40] = 255
    write_image(masks / "photo.png", mask)
    write_image(tmp_path / "other.png", read_image(photo))
    records: list[dict] = []
    tally = explain_records(
        explainer,
        [photo, tmp_path / "other.png"],
        top=1,
        region=RegionChoice(mask=masks),
        on_image=records.append,
    )
    assert [Path(record["image"]).name for record in records] == ["photo.png"]
    (failure,) = tally.failures
    assert "no mask for other.png" in str(failure.reason)


def test_a_report_outlines_the_region_and_its_table_names_it(
    explainer: whylight.Explainer, photo: Path, tmp_path: Path
) -> None:
    choice = RegionChoice(around=(60, 40))
    report = write_report(explainer, [photo], tmp_path / "report", top=2, region=choice, parquet=True)
    with report.table.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["region"] == "around 60, 40"
    assert row["question"].endswith("around 60, 40?")
    assert row["found"].startswith(explainer(photo).segments[0].class_name)
    drawn = read_image(tmp_path / "report" / "panels" / "photo.png.image.png")
    filled = explainer.segment(photo).astype(np.float32)
    cv2.floodFill(filled, None, (60, 40), 99, 0, 0, 8)
    inside = (filled == 99).astype(np.uint8)
    near = cv2.dilate(inside, np.ones((7, 7))) - cv2.erode(inside, np.ones((7, 7)), borderValue=0)
    changed = (drawn != read_image(photo)).any(axis=2)
    assert changed.any()
    assert not (changed & (near == 0)).any(), "the line lies at the region's edge"
    # An image is not explained again for the same region, and is for another one.
    again = write_report(explainer, [photo], tmp_path / "report", top=2, region=choice)
    other = write_report(explainer, [photo], tmp_path / "report", top=2, region=RegionChoice(at=(1, 1)))
    assert (again.earlier, other.earlier) == (1, 0)


def test_faithfulness_follows_the_regions_answer(
    explainer: whylight.Explainer, photo: Path, tmp_path: Path
) -> None:
    choice = RegionChoice(at=(60, 40))
    records: list[dict] = []
    write_report(
        explainer,
        [photo],
        tmp_path / "report",
        top=1,
        region=choice,
        faithfulness=True,
        on_image=lambda record: records.append(dict(record)),
    )
    (record,) = records
    assert 0 <= record["faithfulness"]["deletion"] <= 1
    from whylight.faithfulness.measure import curve_areas
    from whylight.perturbation import ScoresAtPlaces

    found = explainer(photo, region=(60, 40)).explanation
    at = ScoresAtPlaces(explainer, found.place_weights[0])
    map_ = found.maps_at_input(explainer.card.input_size)[0]
    expected = curve_areas(at, read_image(photo), map_, found.classes[0])
    assert record["faithfulness"] == pytest.approx(expected, abs=1e-4)


def test_a_detector_is_asked_at_a_spot(
    finder: whylight.Explainer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (48, 96, 3), np.uint8)
    write_image(tmp_path / "noise.png", image)
    found = finder.find_boxes(image)
    name, spot = finder.class_names[0], (10.0, 12.0)
    arguments = (str(tmp_path / "noise.png"), "--model", str(finder.model_path), "--at", "10,12")
    (record,) = printed(capsys, *arguments, "--class", name)["images"]
    expected = finder(image, target=name, at=spot)
    (score,) = record["scores"]
    assert score["strongest"] == pytest.approx(max(float(expected.explanation.seen_maps.max()), 0), rel=1e-4)
    assert score["against"] == (expected.asked[0].score < 0.25)
    assert len(record["boxes"]) == len(found), "what was not found is not among what was found"
    report = write_report(
        finder,
        [tmp_path / "noise.png"],
        tmp_path / "report",
        questions=[Question(0)],
        region=RegionChoice(at=spot),
    )
    with (report.table.parent / "boxes.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    asked = [row for row in rows if row["question"]]
    assert len(asked) == 1
    assert int(asked[0]["place"]) == expected.asked[0].place
    assert (tmp_path / "report" / "panels" / "noise.png.boxes.png").exists()


def test_a_box_that_was_not_found_comes_last_without_a_rank(
    finder: whylight.Explainer, tmp_path: Path
) -> None:
    """At a spot where a class scores below the threshold, what speaks against it is explained."""
    image = np.random.default_rng(3).integers(0, 256, (48, 96, 3), np.uint8)
    sixth = float(np.sort(finder.forward_only(image).tensors["place_scores"][0].max(axis=0))[-6])
    onnx.save(selective(detector(), sixth + 1.05), tmp_path / "theirs.onnx")
    whylight.adopt(tmp_path / "theirs.onnx", tmp_path / "quiet.onnx")
    finder = whylight.Explainer(tmp_path / "quiet.onnx")
    boxes = finder.find_boxes(image)
    for x, y in ((x, y) for x in range(4, 96, 12) for y in range(4, 48, 12)):
        box = finder.box_at(image, 1, (x, y))
        if box.score < 0.25:
            break
    else:
        pytest.fail("choose an image with a spot where the class is not found")
    choice = BoxChoice(questions=(Question(1),), at=(x, y))
    with ParallelExplainer(finder, 1).explained(image, 1, "layercam", boxes=choice) as (_, explanation):
        record = image_record(tmp_path / "a.png", explanation, finder.card, 1, (), choice)
    assert explanation.boxes == boxes
    (score,) = record["scores"]
    assert (score["box"], score["against"]) == (None, True)
    assert score["asked"]["place"] == box.place
    expected = finder(image, target=1, at=(x, y)).explanation
    assert np.allclose(explanation.maps, expected.maps, atol=1e-5)
    *found, last = box_rows({**record, "file": "a.png"})
    assert (last["rank"], last["place"], last["question"]) == (None, box.place, score["question"])
    assert all(row["question"] is None for row in found)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--at", "1"], "no position"),
        (["--at", "1,2,3"], "no position"),
        (["--at", "nan,2"], "no position"),
        (["--at", "1,2", "--region", "3,4"], "give one of them"),
        (["--region", "missing.png"], "no such mask"),
    ],
)
def test_what_is_no_place_is_refused(
    explainer: whylight.Explainer,
    photo: Path,
    arguments: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = ["explain", str(photo), "--model", str(explainer.model_path), "--json", *arguments]
    assert main(given) == 2
    assert words in capsys.readouterr().err


def test_models_without_places_and_wrong_combinations(
    explainer: whylight.Explainer, finder: whylight.Explainer, photo: Path, tmp_path: Path
) -> None:
    onnx.save(plain(), tmp_path / "plain.onnx")
    whylight.adopt(tmp_path / "plain.onnx", tmp_path / "pair.onnx", preprocessing="unit")
    classifier = whylight.Explainer(tmp_path / "pair.onnx")
    spot = RegionChoice(at=(1, 1))
    with pytest.raises(QuestionError, match="image as a whole"):
        explain_records(classifier, [photo], region=spot)
    with pytest.raises(QuestionError, match="no segmenter"):
        explain_records(finder, [photo], region=RegionChoice(around=(1, 1)))
    with pytest.raises(QuestionError, match="with a class"):
        explain_records(finder, [photo], region=spot)
    with pytest.raises(QuestionError, match="leave out how many"):
        explain_records(finder, [photo], region=spot, questions=[Question(0)], boxes=3)
    with pytest.raises(QuestionError, match="one layer"):
        explain_records(explainer, [photo], region=spot, further_layers=["stem.act"])
    with pytest.raises(QuestionError, match="not at a spot"):
        write_report(
            finder, [photo], tmp_path / "report", questions=[Question(0)], region=spot, faithfulness=True
        )
    tally = explain_records(explainer, [photo], region=RegionChoice(at=(1000, 1)))
    assert "outside of the image" in str(tally.failures[0].reason)
