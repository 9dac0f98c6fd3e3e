"""A small learnable data set, and the real sample."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest

from whylight.images.encode import write_image

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture
def coloured_folder(tmp_path: Path) -> Path:
    """24 images in 3 classes, which differ by their strongest colour; of several sizes."""
    return _coloured_images(tmp_path / "coloured")


@pytest.fixture(scope="session")
def coloured_images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, for those who leave it as it is."""
    return _coloured_images(tmp_path_factory.mktemp("pictures") / "coloured")


def _coloured_images(root: Path) -> Path:
    random = np.random.default_rng(7)
    for channel, name in enumerate(("red", "green", "blue")):
        (root / name).mkdir(parents=True)
        for number in range(8):
            image = random.integers(0, 120, (30 + number, 44, 3), dtype=np.uint8)
            image[:, :, channel] += 100
            write_image(root / name / f"{number:02}.png", image)
    return root


@pytest.fixture(scope="session")
def caltech256_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two real images of each class of Caltech-256, in the archive's own layout."""
    archive = SHARED / "caltech-256-sample.tar"
    if not archive.exists():
        pytest.skip("the real sample ../shared/data/caltech-256-sample.tar is not here")
    folder = tmp_path_factory.mktemp("caltech256")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "256_ObjectCategories"
