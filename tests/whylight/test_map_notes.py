"""What a reader of a map must know is said wherever maps are shown."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from whylight.cli import main
from whylight.drawing.heatmap import draw_panels
from whylight.explainer import Explainer
from whylight.images.encode import write_image


@pytest.fixture
def black(tmp_path: Path) -> Path:
    write_image(tmp_path / "black.png", np.zeros((64, 64, 3), np.uint8))
    return tmp_path / "black.png"


def test_a_blank_map_is_named_in_report_table_json_and_on_the_terminal(
    colour_model: Path, black: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "explain",
        str(black),
        "--model",
        str(colour_model),
        "--out",
        str(tmp_path / "out"),
        "--json",
    ]
    assert main(arguments) == 0
    printed = capsys.readouterr()
    words = "the Grad-CAM map is blank: no place has positive evidence"
    assert words in printed.err
    assert words in json.loads(printed.out)["images"][0]["scores"][0]["notes"][0]
    assert words in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    with (tmp_path / "out" / "predictions.csv").open(encoding="utf-8-sig") as file:
        assert words in next(csv.DictReader(file))["notes"]


def test_a_folder_of_cropped_images_is_said_to_be_so_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    for name in "abc":
        write_image(tmp_path / "in" / f"{name}.png", np.full((64, 200, 3), 99, np.uint8))
    assert main(["explain", str(tmp_path / "in"), "--model", "general", "--json", "--top", "1"]) == 0
    printed = capsys.readouterr()
    assert printed.err.count("was not seen by the model") == 1
    assert "(and parts of 2 more images)" in printed.err
    images = json.loads(printed.out)["images"]
    assert all("was not seen by the model" in image["unseen"] and image["notes"] == [] for image in images)


def test_a_map_that_speaks_is_not_called_blank(explainer: Explainer) -> None:
    red = np.zeros((64, 64, 3), np.uint8)
    red[:32, :32, 0] = 255
    assert explainer(red, target="red").explanation.map_notes() == ()


def test_values_that_are_no_numbers_are_named_and_drawn_without_a_warning(explainer: Explainer) -> None:
    result = explainer(np.zeros((64, 64, 3), np.uint8), target="red")
    maps = np.full_like(result.maps, np.nan)
    maps[0, 0, 0], maps[0, 0, 1] = 1, np.inf
    (note,) = replace(result.explanation, maps=maps).map_notes()
    assert "no numbers" in note
    maps[0, 0, 1] = np.nan
    with np.errstate(all="raise"):
        heatmap = draw_panels(result.image, maps[0]).heatmap
    assert (heatmap[-1, -1] == draw_panels(result.image, 0 * maps[0].round() + 0).heatmap[-1, -1]).all()


def test_a_method_that_knows_no_class_is_captioned_so(
    colour_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    red = np.zeros((64, 64, 3), np.uint8)
    red[:32, :32, 0] = 255
    write_image(tmp_path / "red.png", red)
    options = ["--model", str(colour_model), "--method", "eigencam", "--out", str(tmp_path / "out")]
    assert main(["explain", str(tmp_path / "red.png"), *options]) == 0
    assert "EigenCAM does not know the class" in capsys.readouterr().err
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "Heatmap: what is strongest in the layer, whatever the class" in page
    assert "Heatmap: why" not in page


def test_a_map_of_few_cells_is_said_to_be_coarse(explainer: Explainer) -> None:
    result = explainer(np.full((64, 64, 3), 200, np.uint8), target="red").explanation
    coarse = replace(result, maps=np.ones((1, 2, 2), np.float32))
    assert any("only 2 x 2 cells" in note for note in coarse.map_notes())
