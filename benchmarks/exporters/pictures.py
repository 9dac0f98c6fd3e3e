"""Sample images at odd sizes, which every exporter's owner reads."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

_SAMPLES = Path(__file__).resolve().parents[2] / "assets" / "samples"
SIZES = ((501, 37), (224, 224), (97, 301), (640, 480), (333, 500), (229, 223), (1023, 767), (64, 64))
"""Widths and heights in pixels."""


def write_pictures(folder: Path) -> list[Path]:
    """Write one PNG for each of `SIZES` to `folder` and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    samples = sorted(path for path in _SAMPLES.iterdir() if path.suffix in {".jpg", ".png"})
    paths = []
    for number, size in enumerate(SIZES):
        path = folder / f"{number}-{size[0]}x{size[1]}.png"
        with Image.open(samples[number % len(samples)]) as image:
            image.convert("RGB").resize(size, Image.Resampling.BICUBIC).save(path)
        paths.append(path)
    return paths
