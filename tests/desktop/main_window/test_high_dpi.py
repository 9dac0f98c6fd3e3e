"""At 100, 150 and 200 % and in both languages, nothing is cut off and nothing lies on something else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from desktop.gallery.thumbnail_delegate import TILE
from whylight.images.encode import write_image

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("high_dpi_script.py")


@pytest.fixture
def large_images(tmp_path):
    """Larger than a thumbnail at any scale, in folders that are named after classes."""
    for channel, name in enumerate(("red", "green")):
        for number in range(3):
            path = tmp_path / "pictures" / name / f"an image with a rather long name {number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_image(path, np.full((400, 600, 3), np.eye(3)[(channel + number // 2) % 3] * 255, np.uint8))
    return tmp_path / "pictures"


def look_at_windows(images: Path, model: Path, folder: Path, factor: float, *looks: str) -> dict:
    """A process for each factor, since Qt reads it once; in it a window for each look, `LANGUAGE:WIDTH`."""
    environment = {
        **os.environ,
        "QT_SCALE_FACTOR": str(factor),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, str(SCRIPT), str(images), str(model), str(folder), *looks]
    run = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True
    )
    return json.loads(run.stdout)


@pytest.mark.parametrize("factor", [1, 1.5, 2])
def test_nothing_is_cut_off_or_overlaps_in_either_language(large_images, colours, tmp_path, factor):
    seen = look_at_windows(large_images, colours, tmp_path, factor, "en:1280", "de:1280")
    assert {look["ratio"] for look in seen.values()} == {factor}
    sharp = round(TILE * factor)
    assert {look["thumbnail"] for look in seen.values()} == {sharp}, "thumbnails are as sharp as the screen"
    assert {name: look["faults"] for name, look in seen.items()} == {"en:1280": [], "de:1280": []}


def test_no_window_can_be_made_too_narrow_for_its_controls(large_images, colours, tmp_path):
    """It stays as wide as its parts need; words of the toolbar give way to icons first."""
    seen = look_at_windows(large_images, colours, tmp_path, 1, "en:520", "de:520", "de:1200")
    assert {name: look["faults"] for name, look in seen.items()} == {look: [] for look in seen}
