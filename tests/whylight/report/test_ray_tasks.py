"""Reports by Ray of detectors, segmenters, embedders and several layers: the same files as without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import pytest

import whylight
from benchmarks.killed_reports import contents
from tests.whylight.helpers.classifiers import plain
from tests.whylight.helpers.detectors import detector
from tests.whylight.helpers.embedders import embedder
from tests.whylight.helpers.segmenters import segmenter
from whylight.cli import main
from whylight.images.encode import write_image

ROOT = Path(__file__).resolve().parents[3]
TABLE, BOXES = "predictions.csv", "boxes.csv"

PROGRAM = (
    "import json, sys; from whylight.cli import main\nfor run in json.load(sys.stdin): assert main(run) == 0"
)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    random = np.random.default_rng(3)
    for number in range(6):
        write_image(folder / f"{number}.png", random.integers(0, 256, (48, 96, 3), np.uint8))
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Mapping[str, list[str]]:
    """Options of `whylight explain` by what they explain."""
    folder = tmp_path_factory.mktemp("models")
    layers = {}
    for name, model in (
        ("detector", detector()), ("segmenter", segmenter("logits")), ("embedder", embedder()),
        ("classifier", plain()),
    ):  # fmt: skip
        onnx.save(model, folder / f"{name}-theirs.onnx")
        options = {} if name == "detector" else {"preprocessing": "unit"}
        whylight.adopt(folder / f"{name}-theirs.onnx", folder / f"{name}.onnx", **options)
        layers[name] = [layer.name for layer in whylight.Explainer(folder / f"{name}.onnx").layers()]
    first, second = layers["classifier"][:2]

    def options(model: str, *words: str) -> list[str]:
        return ["--model", str(folder / f"{model}.onnx"), *words]

    return {
        "boxes": options("detector", "--boxes", "2", "--parquet"),
        "a question of boxes": options("detector", "--against", "1", "--panels", "page"),
        "faithfulness of boxes": options("detector", "--faithfulness", "--panels", "none"),
        "regions": options("segmenter", "--top", "2", "--maps-as", "npz"),
        "likeness": options("embedder", "--like", str(images / "0.png"), "--like", str(images / "1.png")),
        "two layers": options("classifier", "--layer", first, "--layer", second, "--maps"),
    }


@pytest.mark.slow
def test_all_tasks_have_the_same_files(runs: Mapping[str, list[str]], images: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    commands = []
    for name, options in runs.items():
        command = ["explain", str(images), *options, "--out"]
        assert main([*command, str(tmp_path / "plain" / name)]) == 0
        commands.append([*command, str(tmp_path / "ray" / name), "--engine", "ray", "--workers", "2"])
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(commands),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert run.returncode == 0, run.stderr
    for name in runs:
        expected, found = contents(tmp_path / "plain" / name), contents(tmp_path / "ray" / name)
        assert found.keys() == expected.keys(), name
        differing = [file for file in expected if found[file] != expected[file]]
        assert not differing, f"{name}: {differing}"
        assert expected[TABLE].count(b"\n") == 7, "a header and six images"
    boxes = contents(tmp_path / "ray" / "boxes")[BOXES]
    assert boxes.count(b"\n") > 7, "the detector finds something"
