"""Reports killed at random moments (a short run of `benchmarks.killed_reports`)."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from benchmarks.killed_reports import trial
from whylight.images.encode import write_image

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL"),
]


def test_a_killed_report_ends_as_one_that_was_not(colour_model: Path, tmp_path: Path) -> None:
    images = tmp_path / "images"
    random = np.random.default_rng(0)
    for number in range(60):
        folder = images / ("red", "green", "blue")[number % 3]
        folder.mkdir(parents=True, exist_ok=True)
        write_image(folder / f"{number}.png", random.integers(0, 256, (200, 200, 3), np.uint8))
    outcome = trial(images, tmp_path, str(colour_model), kills=3, seed=1, shard_images=5)
    assert outcome.kills >= 3
    assert outcome.resumed >= 1
    assert outcome.differing == ()
    assert outcome.parts == ()
