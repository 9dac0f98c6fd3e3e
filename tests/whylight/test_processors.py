"""The bundled pair on processors that this one is not, which QEMU plays instruction by instruction.

PyTorch and oneDNN can be told to leave instructions alone, ONNX Runtime cannot: it asks the processor. QEMU
plays AVX2 but not AVX-512: it shows a machine with AVX-512 what others compute, not the other way round.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr

ROOT = Path(__file__).parents[2]
QEMU = shutil.which("qemu-x86_64") if platform.machine() in ("x86_64", "AMD64") else None
RELATIVE = 1e-5
"""Of the largest value: rounding in float32 through this network."""

pytestmark = pytest.mark.slow


def answers(path: Path, *processor: str) -> dict[str, NDArray[np.float32]]:
    """What `processor_run` saves."""
    command = [*processor, sys.executable, "-m", "tests.whylight.processor_run", str(path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with np.load(path) as saved:
        return dict(saved)


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> dict[str, NDArray[np.float32]]:
    return answers(tmp_path_factory.mktemp("native") / "native.npz")


@pytest.mark.skipif(
    QEMU is None, reason="no qemu-x86_64 here: tools/system_packages.sh processors installs it"
)
@pytest.mark.parametrize("processor", ["Haswell", "Nehalem"], ids=["AVX2", "without AVX"])
def test_the_bundled_pair_explains_alike(
    native: dict[str, NDArray[np.float32]], processor: str, tmp_path: Path
) -> None:
    found = answers(tmp_path / "found.npz", str(QEMU), "-cpu", processor)
    for name in ("logits", "activations"):
        np.testing.assert_allclose(
            found[name], native[name], rtol=0, atol=RELATIVE * np.abs(native[name]).max()
        )

    # A unit within rounding of its kink may fall on either side: its neighbourhood may differ, no more.
    for map_, expected in zip(found["maps"], native["maps"], strict=True):
        assert np.mean(np.abs(map_ - expected) <= RELATIVE * np.abs(expected).max()) >= 0.95
        assert spearmanr(map_.ravel(), expected.ravel()).statistic >= 0.999
