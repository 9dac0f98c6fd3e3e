"""Perturbations asked for by name, as any other method is: of the engine and of the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.whylight.conftest import SIZE, painted
from whylight.cli import main
from whylight.errors import QuestionError
from whylight.explainer import Explainer
from whylight.images.encode import write_image
from whylight.methods import WITHOUT_GRADIENTS
from whylight.perturbation import PERTURBATIONS


@pytest.fixture
def red(tmp_path: Path) -> Path:
    """A file: grey, its upper left quarter red, of three times the network's own size."""
    path = tmp_path / "red.png"
    write_image(path, painted("red", (3 * SIZE, 3 * SIZE)))
    return path


def test_the_names_are_those_of_the_perturbations() -> None:
    assert tuple(PERTURBATIONS) == WITHOUT_GRADIENTS


@pytest.mark.parametrize("method", WITHOUT_GRADIENTS)
def test_the_engine_answers_with_the_last_estimate(explainer: Explainer, red: Path, method: str) -> None:
    found = explainer.explain(red, classes=[1, 0], method=method)
    image = painted("red", (3 * SIZE, 3 * SIZE))
    *_, last = PERTURBATIONS[method](explainer, image, explainer.explain(image, classes=[1, 0]))
    np.testing.assert_allclose(found.maps, last.maps, rtol=1e-5, atol=1e-6)
    assert (found.method, list(found.classes)) == (method, [1, 0])
    assert found.timings_ms["decode"] > 0
    assert found.timings_ms["maps"] > found.timings_ms["gradient"] > 0


def test_many_images_are_asked_alike(explainer: Explainer, red: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"")
    failed: list[Path] = []
    found = explainer.explain_many(
        [red, broken, red], top=1, method="occlusion", on_error=lambda path, _: failed.append(path)
    )
    maps = [explanation.maps for _, explanation in found]
    assert failed == [broken]
    np.testing.assert_array_equal(maps[0], maps[1])
    np.testing.assert_array_equal(maps[0], explainer.explain(red, top=1, method="occlusion").maps)
    with pytest.raises(QuestionError, match="top is 0"):
        explainer.explain_many([red], top=0, method="occlusion")


def test_what_is_known_of_a_image_does_not_do(explainer: Explainer, red: Path) -> None:
    explanation = explainer.explain(red, top=1)
    with pytest.raises(QuestionError, match="rise needs the image"):
        explainer.with_method(explanation, "rise")
    with pytest.raises(QuestionError, match="occlusion needs the image"):
        explainer.map_for_weights(explanation, explanation.score_weights, "occlusion")


def test_the_command_line_draws_them(colour_model: Path, red: Path, tmp_path: Path) -> None:
    out = {method: tmp_path / method for method in ("grad-cam", "occlusion")}
    for method, folder in out.items():
        command = [
            "explain",
            str(red),
            "--model",
            str(colour_model),
            "--out",
            str(folder),
            "--method",
            method,
        ]
        assert main(command) == 0
    drawn = [next(folder.rglob("*.heatmap.png")).read_bytes() for folder in out.values()]
    assert drawn[0] != drawn[1]
    assert "occlusion" in (out["occlusion"] / "index.html").read_text(encoding="utf-8")


def test_an_absolute_scale_is_refused_by_name(
    colour_model: Path, red: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["explain", str(red), "--model", str(colour_model), "--out", str(tmp_path / "report")]
    assert main([*command, "--method", "rise", "--scale", "absolute"]) == 2
    assert "rise maps are not additive contributions to the score" in capsys.readouterr().err
    assert not (tmp_path / "report").exists()
