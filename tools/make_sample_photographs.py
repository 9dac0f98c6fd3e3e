"""Make `assets/samples/*.jpg` from scikit-image's and scikit-learn's wheels.

    python tools/make_sample_photographs.py SITE_PACKAGES

SITE_PACKAGES holds `skimage/data` (0.26.0) and `sklearn/datasets/images` (1.9.1). Each photograph has a
background and several things in it. Licences: assets/samples/NOTICE.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

PHOTOGRAPHS = {
    "astronaut": "skimage/data/astronaut.png",
    "cat": "skimage/data/chelsea.png",
    "coffee": "skimage/data/coffee.png",
    "flower": "sklearn/datasets/images/flower.jpg",
    "photographer": "skimage/data/camera.png",
    "rocket": "skimage/data/rocket.jpg",
    "temple": "sklearn/datasets/images/china.jpg",
}
"""Names in `assets/samples` and files in the packages."""

LONGEST = 512
"""Longest side in pixels."""
QUALITY = 88


def main() -> None:
    """Write all photographs."""
    parser = argparse.ArgumentParser(description="Make assets/samples/*.jpg from two packages.")
    parser.add_argument("site_packages", type=Path, help="the folder that the wheels were unpacked into")
    packages = parser.parse_args().site_packages
    samples = Path(__file__).resolve().parent.parent / "assets" / "samples"
    for name, file in PHOTOGRAPHS.items():
        image = cv2.imdecode(np.frombuffer((packages / file).read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        scale = min(1.0, LONGEST / max(image.shape[:2]))
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        _, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        (samples / f"{name}.jpg").write_bytes(encoded.tobytes())


if __name__ == "__main__":
    main()
