"""From a refusal to a report without gradients, by the command line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.whylight.helpers.undifferentiable import (
    IMAGES,
    dynamically_quantised,
    four_bits,
    mlp,
    without_a_rule,
)
from whylight import adopt
from whylight.cli import main
from whylight.images.encode import write_image


def test_the_command_line_from_a_refusal_to_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs, alone, image = (
        dynamically_quantised(tmp_path),
        tmp_path / "alone.onnx",
        tmp_path / "picture.png",
    )
    write_image(image, IMAGES[0])
    adoption = ["adopt", str(theirs), "--preprocessing", "unit", "--out", str(alone)]
    assert main(adoption) == 2
    assert "adopt --without-gradients` adopts it as it is" in capsys.readouterr().err
    assert main(["adopt", str(theirs), "--inspect"]) == 2
    assert "adopt --without-gradients` adopts it as it is" in capsys.readouterr().err
    assert main([*adoption, "--without-gradients"]) == 0
    assert "4 classes, explained by occlusion and rise." in capsys.readouterr().out

    report = tmp_path / "report"
    explanation = ["explain", str(image), "--model", str(alone), "--top", "1", "--out", str(report)]
    assert main(explanation) == 0
    assert "alone.onnx has no gradients; explained by occlusion" in capsys.readouterr().err
    assert "<dd>occlusion; scale image; alone.onnx" in (report / "index.html").read_text(encoding="utf-8")
    assert main([*explanation, "--method", "rise"]) == 0
    assert capsys.readouterr().err == "1/1 images\n"
    for method, words in (("grad-cam", "needs gradients"), ("score-cam", "needs a layer with a map")):
        assert main([*explanation, "--method", method]) == 2
        assert f"{method} {words}" in capsys.readouterr().err
    assert main([*explanation, "--layer", "planes"]) == 2
    assert "no other layer can be explained" in capsys.readouterr().err
    assert main(["layers", "--model", str(alone)]) == 2


def test_score_cam_reports_from_the_command_line(tmp_path: Path) -> None:
    adopt(four_bits(tmp_path), tmp_path / "alone.onnx", preprocessing="unit", without_gradients=True)
    write_image(tmp_path / "picture.png", IMAGES[0])
    arguments = [
        "explain",
        str(tmp_path / "picture.png"),
        "--model",
        str(tmp_path / "alone.onnx"),
        "--method",
        "score-cam",
    ]
    assert main([*arguments, "--out", str(tmp_path / "report")]) == 0
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "score-cam at layer planes" in page


@pytest.mark.parametrize(
    ("write", "told"),
    [
        (mlp, "default: none, the network has no map.*; --without-gradients adopts the network"),
        (without_a_rule, "default: none, since Hardmax.*; --without-gradients adopts the network"),
    ],
    ids=["mlp", "rule"],
)
def test_inspection_names_the_way_out(
    write: Callable[[Path], Path], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["adopt", str(write(tmp_path)), "--inspect"]) == 0
    assert re.search(told, capsys.readouterr().out)


def test_inspection_without_gradients(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adopt", str(dynamically_quantised(tmp_path)), "--inspect", "--without-gradients"]) == 0
    text = capsys.readouterr().out
    assert "one image after the other" in text
    assert "occlusion and rise need none" in text
