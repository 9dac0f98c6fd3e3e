"""Make `assets/samples/` from Debian's package tuxpaint-stamps-default.

    apt-get download tuxpaint-stamps-default && dpkg -x tuxpaint-stamps-default_*.deb unpacked
    python tools/make_samples.py unpacked

The version used is 2022.06.04-1. The photographs keep their alpha channel, an exact mask of the object:
readers composite it over white, and tests check whether maps point at the object. Small images are enlarged
at most by a factor of two.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

SAMPLES = {
    "airplanes": "vehicles/flight/planes/747",
    "beaver": "animals/mammals/rodents/beaver",
    "binocular": "hobbies/binoculars",
    "cup": "household/dishes/mug",
    "elephant": "animals/mammals/elephant",
    "ewer": "household/dishes/pitcher_small",
    "flamingo": "animals/birds/pink_flamingo",
    "lobster": "animals/fish/lobster",
    "menorah": "seasonal/hanukkah/menorah",
    "pigeon": "animals/birds/pigeon",
    "rhino": "animals/mammals/rhino_black",
    "rooster": "animals/birds/rooster",
    "sea_horse": "animals/fish/seahorse",
    "stop_sign": "town/roadsigns/stop",
    "wrench": "household/tools/wrench",
}
"""Class of the bundled model, and its photograph in the package, without suffix."""

LONGEST = 300
"""Longest side of the object in pixels, about the size of images in Caltech-101."""

ENLARGE = 2.0
MARGIN = 0.06
"""Margin around the object, as a fraction of its longest side."""


def main() -> None:
    """Write all sample images."""
    parser = argparse.ArgumentParser(description="Make assets/samples from tuxpaint-stamps-default.")
    parser.add_argument("unpacked", type=Path, help="the folder that the package was unpacked into")
    stamps = parser.parse_args().unpacked / "usr/share/tuxpaint/stamps"
    samples = Path(__file__).resolve().parent.parent / "assets" / "samples"
    samples.mkdir(parents=True, exist_ok=True)
    for name, stamp in SAMPLES.items():
        data = np.frombuffer((stamps / f"{stamp}.png").read_bytes(), np.uint8)
        sample = framed(resized(cropped(cv2.imdecode(data, cv2.IMREAD_UNCHANGED))))
        _, encoded = cv2.imencode(".png", sample, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        (samples / f"{name}.png").write_bytes(encoded.tobytes())


def cropped(stamp: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Crop a BGRA image `[H, W, 4]` to its non-transparent part."""
    rows, columns = np.nonzero(stamp[..., 3])
    return stamp[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def resized(stamp: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Resize BGRA `[H, W, 4]` to `LONGEST`, weighting colours by alpha.

    Without the weights, edges would become darker.
    """
    height, width = stamp.shape[:2]
    scale = min(LONGEST / max(height, width), ENLARGE)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    kernel = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    alpha = stamp[..., 3:].astype(np.float32) / 255
    colours = cv2.resize(stamp[..., :3] * alpha, size, interpolation=kernel)
    alpha = cv2.resize(alpha, size, interpolation=kernel)[..., None]
    colours = np.where(alpha > 1 / 512, colours / np.maximum(alpha, 1 / 512), 255)
    return np.rint(np.clip(np.dstack([colours, alpha * 255]), 0, 255)).astype(np.uint8)


def framed(stamp: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Add a transparent white margin to a BGRA image `[H, W, 4]`."""
    margin = round(max(stamp.shape[:2]) * MARGIN)
    return np.asarray(
        cv2.copyMakeBorder(
            stamp, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=(255, 255, 255, 0)
        ),
        np.uint8,
    )


if __name__ == "__main__":
    main()
