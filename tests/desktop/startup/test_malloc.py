"""Freed images leave the process: the C library is told to keep none of them for later."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from desktop.startup import malloc

ROOT = Path(malloc.__file__).parents[2]

FREE_IMAGES = """
import os, sys
import numpy as np
from pathlib import Path
from desktop.startup.malloc import give_back_freed_memory

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

if sys.argv[1] == "given back":
    give_back_freed_memory()
first = np.ones(16 << 20, np.uint8)
del first
before = resident_mb()
images, kept = [], []
for _ in range(40):
    images.append(np.ones(4 << 20, np.uint8))
    kept.append(np.ones(100 << 10, np.uint8))
del images
print(resident_mb() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere nothing need be done")
def test_memory_of_freed_images_is_given_back_though_small_blocks_between_them_stay():
    def grown_mb(how: str) -> float:
        command = [sys.executable, "-c", FREE_IMAGES, how]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
        return float(run.stdout)

    assert grown_mb("kept") > 100, (
        "the C library keeps nothing by itself: desktop.startup.malloc is not needed"
    )
    assert grown_mb("given back") < 20


ANOTHER_LAYER = """
import numpy as np
from desktop.startup.malloc import give_back_freed_memory
from whylight.bundled import sample_images
from whylight.explainer import Explainer
from whylight.images.decode import read_image

give_back_freed_memory()
explainer = Explainer()
image = read_image(sample_images()[0])
layer = next(choice.name for choice in reversed(explainer.layers()) if not choice.is_target)
other = explainer.with_layer(layer)
print(np.abs(other.predict(image) - explainer.predict(image)).max())
"""


def test_nothing_reads_weights_whose_memory_was_given_back():
    """Graphs in memory hand their weights to the runtime without a copy."""
    command = [sys.executable, "-c", ANOTHER_LAYER]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=240)
    assert float(run.stdout) < 1e-4
