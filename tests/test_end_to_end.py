"""The main job, as a user does it: train, export, explain; and the maps are pytorch-grad-cam's."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from export.training_run import load_run
from export.verify import reference_transform
from tests.whylight.helpers.networks import random_image
from whylight import Explainer
from whylight.drawing.heatmap import normalize_map
from whylight.images.decode import read_image
from whylight.images.encode import write_image
from whylight.pair.metadata import gradient_path

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT.parent / "shared" / "data" / "caltech-256-sample.tar"
SIZE = 64

pytestmark = pytest.mark.slow


def _generated(folder: Path) -> Path:
    """Four classes of twelve images: smooth noise under a tint of the class's own."""
    for index, name in enumerate(("red", "green", "blue", "grey")):
        (folder / name).mkdir(parents=True)
        for number in range(12):
            image = random_image(100 * index + number, 90, 120).astype(int)
            if index < 3:
                image[..., index] += 90
            write_image(folder / name / f"{number:02}.png", image.clip(0, 255).astype(np.uint8))
    return folder


def _photographs(folder: Path) -> Path:
    if not SAMPLE.is_file():
        pytest.skip("the sample of Caltech-256 is not beside this checkout")
    with tarfile.open(SAMPLE) as archive:
        archive.extractall(folder, filter="data")
    classes = sorted((folder / "256_ObjectCategories").iterdir())
    for number, class_folder in enumerate(classes):
        if number % 4:  # two images of each fourth class are enough to train on here
            shutil.rmtree(class_folder)
    return folder / "256_ObjectCategories"


def _as_a_process(package: str, *arguments: object) -> None:
    command = [sys.executable, "-m", package, *map(str, arguments)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"{' '.join(command)}\n{run.stdout}\n{run.stderr}"


def _in_this_process(package: str, *arguments: object) -> None:
    assert import_module(f"{package}.cli").main(list(map(str, arguments))) == 0


@pytest.mark.parametrize(
    ("images", "run_package"),
    [(_generated, _as_a_process), (_photographs, _in_this_process)],
    ids=["generated", "photographs"],
)
def test_train_export_explain(
    images: Callable[[Path], Path], run_package: Callable[..., None], tmp_path: Path
) -> None:
    data, run, model, report = (
        images(tmp_path / "data"),
        tmp_path / "run",
        tmp_path / "m.onnx",
        tmp_path / "report",
    )
    # As many steps as it takes to have an opinion: maps of a network without one are rounding.
    run_package(
        *("trainer", "--variant", "improved", "--dataset", "folder", "--data", data, "--out", run),
        *("--epochs", 3, "--batch-size", 8, "--image-size", SIZE),
    )
    run_package("export", "--checkpoint", run, "--out", model)
    trained = load_run(run)
    held_out = [path for path, _ in trained.held_out][:6]
    run_package("whylight", "explain", *held_out, "--model", model, "--out", report, "--top", 2)

    assert model.is_file()
    assert gradient_path(model).is_file()
    assert (report / "index.html").stat().st_size > 1000
    with (report / "predictions.csv").open(newline="", encoding="utf-8") as table:
        assert len(list(csv.DictReader(table))) == len(held_out)

    explainer = Explainer(model, providers=["CPUExecutionProvider"])
    transform = reference_transform(trained.card)
    layer = trained.network.get_submodule(trained.card.target_layer)
    with GradCAM(trained.network, [layer]) as cam:
        for path in held_out:
            found = explainer.explain(path, top=1)
            with Image.open(path) as image:
                tensor = transform(image.convert("RGB"))[None]
            (expected,) = cam(tensor, [ClassifierOutputTarget(found.classes[0])])
            size = read_image(path).shape[:2]
            # pytorch-grad-cam scales to the network's input, we to the image: compared at the former.
            scaled = normalize_map(found.maps[0], (SIZE, SIZE))
            assert size == found.image_size
            # The two resizes of the image round a few values differently; nothing else may differ.
            assert np.abs(scaled - expected).mean() < 0.01
