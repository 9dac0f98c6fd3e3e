"""`whylight evaluate`, and what it measures of an image."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from tests.whylight.conftest import COLOURS
from whylight.cli import main
from whylight.errors import ImageError, QuestionError
from whylight.explainer import Explainer
from whylight.faithfulness import measure
from whylight.faithfulness.measure import class_of_folder
from whylight.images.encode import write_image
from whylight.pair.build import bind
from whylight.pair.files import load_pair, save_pair


@pytest.fixture
def labelled(tmp_path: Path) -> tuple[Path, Path]:
    """A red and a green square on grey, off-centre, in folders of their names, and their masks."""
    random = np.random.default_rng(0)
    for number, colour in enumerate(["red", "green", "red", "green"]):
        square, mask = np.full((64, 64, 3), 120, np.uint8), np.zeros((64, 64, 3), np.uint8)
        top, left = random.integers(0, 5, 2)  # a centred blob is right about squares near the middle
        square[top : top + 24, left : left + 24] = COLOURS[colour]
        mask[top : top + 24, left : left + 24] = 255
        for kind, image in (("images", square), ("masks", mask)):
            folder = tmp_path / kind / f"00{number}.{colour.upper()}"
            folder.mkdir(parents=True)
            write_image(folder / "square.png", image)
    return tmp_path / "images", tmp_path / "masks"


def test_true_maps_beat_both_baselines(
    colour_model: Path, labelled: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    images, masks = labelled
    arguments = [
        "--masks",
        masks,
        "--model",
        colour_model,
        "--out",
        out,
        "--methods",
        "grad-cam",
        "occlusion",
    ]
    assert main(["evaluate", str(images), *map(str, arguments)]) == 0
    printed = capsys.readouterr().out
    assert printed == (out / "faithfulness.md").read_text(encoding="utf-8")
    # This model sees mean colours, which the blurred image that insertion begins with has already.
    assert all("insertion" in line for line in printed.splitlines() if "says nothing" in line)
    with (out / "faithfulness.csv").open(encoding="utf-8") as file:
        found = {(row["method"], row["metric"]): float(row["mean"]) for row in csv.DictReader(file)}
    for method in ("grad-cam", "occlusion"):
        assert found[method, "pointing"] == 1
        for baseline in ("random map", "centred blob"):
            assert found[method, "deletion"] < found[baseline, "deletion"]
            assert found[method, "road"] > found[baseline, "road"] + 0.05
            assert found[method, "energy"] > found[baseline, "energy"] + 0.2
    with (out / "measurements.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4 * 5
    assert rows[0]["image"] == "000.RED/square.png"


def test_localisation_is_of_the_labelled_class(explainer: Explainer, tmp_path: Path) -> None:
    """A small green square beside a large red one, in green's folder: the model says red."""
    image, mask = np.full((64, 64, 3), 120, np.uint8), np.zeros((64, 64, 3), np.uint8)
    image[:40, :40], image[44:60, 44:60], mask[44:60, 44:60] = COLOURS["red"], COLOURS["green"], 255
    for folder in ("green", "unknown"):
        (tmp_path / folder).mkdir()
        write_image(tmp_path / folder / "picture.png", image)
        write_image(tmp_path / folder / "mask.png", mask)

    def values(folder: str) -> dict[str, float]:
        path = tmp_path / folder
        first, *_ = measure(explainer, path / "picture.png", "p", ["grad-cam"], mask=path / "mask.png")
        return dict(first.values)

    green, unknown = values("green"), values("unknown")
    assert (green["pointing"], unknown["pointing"]) == (1, 0)
    # The map's cells are half the square's size: bilinear resizing carries much over its edge.
    assert green["energy"] > 0.5 > 0.1 > unknown["energy"]
    assert green["deletion"] == unknown["deletion"]  # faithfulness is of what the model says


def test_without_masks_there_is_no_localisation(explainer: Explainer, labelled: tuple[Path, Path]) -> None:
    path = labelled[0] / "000.RED" / "square.png"
    found = list(measure(explainer, path, "p", ["hirescam"]))
    assert [entry.method for entry in found] == ["hirescam", "random map", "centred blob", "edge map"]
    assert set(found[0].values) == {"deletion", "insertion", "road", "drop", "increase"}
    again = list(measure(explainer, path, "p", ["hirescam"]))
    assert again == found
    assert list(measure(explainer, path, "q", ["hirescam"]))[1].values != found[1].values


def test_unfit_masks_and_methods_are_refused(
    explainer: Explainer, labelled: tuple[Path, Path], tmp_path: Path
) -> None:
    path = labelled[0] / "000.RED" / "square.png"
    for size, reason in ((9, r"the mask has \(9, 9\) pixels"), (64, "no light pixel")):
        write_image(tmp_path / "mask.png", np.zeros((size, size, 3), np.uint8))
        with pytest.raises(ImageError, match=reason):
            next(measure(explainer, path, "p", ["grad-cam"], mask=tmp_path / "mask.png"))
    with pytest.raises(QuestionError, match=r"no method 'magic'; there are grad-cam, .*, rise"):
        next(measure(explainer, path, "p", ["magic"]))


def test_what_cannot_be_measured_is_listed_and_the_exit_code_is_1(
    colour_model: Path, labelled: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    images, masks = labelled
    (images / "broken.png").write_bytes(b"nothing")
    (masks / "001.GREEN" / "square.png").unlink()
    options = ["--masks", masks, "--model", colour_model, "--methods", "grad-cam", "--steps", "4"]
    assert main(["evaluate", str(images), *map(str, options)]) == 1
    captured = capsys.readouterr()
    assert "| grad-cam | " in captured.out
    assert "broken.png: has no mask" in captured.err
    assert "001.GREEN/square.png: has no mask" in captured.err


def test_masks_inside_the_folder_are_no_images(
    colour_model: Path, labelled: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (labelled[1]).rename(labelled[0] / "masks")
    options = ["--masks", labelled[0] / "masks", "--model", colour_model, "--out", out, "--steps", "2"]
    assert main(["evaluate", str(labelled[0]), *map(str, options), "--methods", "grad-cam"]) == 0
    assert len((out / "measurements.csv").read_text().splitlines()) == 1 + 4 * 4


def test_earlier_tables_are_replaced_only_when_asked(
    colour_model: Path, labelled: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "measurements.csv").write_text("somebody's")
    options = ["--model", colour_model, "--methods", "grad-cam", "--steps", "2", "--images", "1"]
    command = ["evaluate", str(labelled[0]), *map(str, options), "--out", str(tmp_path)]
    assert main(command) == 2
    assert "has measurements.csv already" in capsys.readouterr().err
    assert (tmp_path / "measurements.csv").read_text() == "somebody's"
    assert main([*command, "--force"]) == 0
    assert (tmp_path / "measurements.csv").read_text().startswith("image,method")


def test_a_choice_of_images_is_always_the_same(
    colour_model: Path, labelled: tuple[Path, Path], tmp_path: Path
) -> None:
    options = ["--model", colour_model, "--methods", "grad-cam", "--steps", "2", "--images", "2", "--out"]
    texts = []
    for name in ("a", "b"):
        assert main(["evaluate", str(labelled[0]), *map(str, options), str(tmp_path / name)]) == 0
        texts.append((tmp_path / name / "measurements.csv").read_text())
    assert texts[0] == texts[1]
    assert len(texts[0].splitlines()) == 1 + 2 * 4


def test_the_sanity_check_writes_its_own_table(
    colour_model: Path, labelled: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--model", colour_model, "--sanity", "--methods", "grad-cam", "--out", tmp_path / "out"]
    assert main(["evaluate", str(labelled[0]), *map(str, options)]) == 0
    text = (tmp_path / "out" / "sanity.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out == text
    assert text.startswith("| layers randomised | grad-cam |")
    assert len(text.splitlines()) == 2 + 2  # the convolution and the head


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "required: FOLDER"),
        (["x", "--methods", "magic"], "no method 'magic'"),
        (["x", "--images", "0"], "at least 1 is needed"),
        (["x", "--model", "missing.onnx"], "missing.onnx"),
    ],
)
def test_wrong_usage_is_2(options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", *options]) == 2
    assert message in capsys.readouterr().err


def test_no_images_is_1(colour_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(tmp_path), "--model", str(colour_model)]) == 1
    assert "no images in" in capsys.readouterr().err


def test_help_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--help"]) == 0
    assert "--masks" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("american flag", 0),
        ("002.American-Flag", 0),
        ("sea_horse", 1),
        ("Sea Horse", 1),
        ("horse", None),
        ("", None),
    ],
)
def test_folders_named_after_classes(name: str, expected: int | None) -> None:
    assert class_of_folder(name, ("american-flag", "sea_horse")) == expected


def test_a_model_without_gradients_is_measured_by_what_it_can(
    colour_model: Path, labelled: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = load_pair(colour_model)
    del pair.forward.graph.output[1:]  # the activations
    save_pair(bind(pair.forward, None, pair.card), tmp_path / "alone.onnx")
    images, masks = labelled
    common = ["evaluate", str(images), "--model", str(tmp_path / "alone.onnx")]
    assert main([*common, "--masks", str(masks), "--images", "2", "--out", str(tmp_path / "out")]) == 0
    with (tmp_path / "out" / "faithfulness.csv").open(encoding="utf-8") as file:
        found = {(row["method"], row["metric"]): float(row["mean"]) for row in csv.DictReader(file)}
    assert {method for method, _ in found} == {"occlusion", "rise", "random map", "centred blob", "edge map"}
    assert found["occlusion", "pointing"] == 1
    assert found["occlusion", "energy"] > found["random map", "energy"] + 0.2
    capsys.readouterr()
    for refused in (["--sanity"], ["--methods", "occlusion", "grad-cam"]):
        assert main([*common, *refused]) == 2
        assert "grad-cam needs gradients" in capsys.readouterr().err
    assert main([*common, "--sanity", "--methods", "occlusion"]) == 2
    assert "Traceback" not in capsys.readouterr().err
