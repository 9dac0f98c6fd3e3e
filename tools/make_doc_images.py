"""Make the images of README.md and the guides with the library's API.

python -m tools.make_doc_images [--out FOLDER]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import whylight
from whylight.bundled import asset
from whylight.images.encode import write_image

DOCS = Path(__file__).parents[1] / "docs" / "images"
SAMPLE, CONTRASTED = "rooster.png", "pigeon.png"
GAP, CAPTION = 10, 26
"""Pixels between tiles, and the height of a caption below each."""


def main() -> None:
    """Make the images."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=DOCS)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    make_images(out)


def make_images(out: Path) -> list[Path]:
    """Write every image into a folder and return their paths."""
    explainer = whylight.Explainer("caltech")
    sample = asset(f"samples/{SAMPLE}")
    panels = explainer(sample).save(out / "panels.png", "panels")

    one_a_method = [(explainer(sample, method=name), name) for name in whylight.METHODS]
    methods = out / "methods.jpg"
    write_image(methods, grid([(result.overlay(), name) for result, name in one_a_method], columns=6))

    why = explainer(sample, target="rooster")
    rather = explainer(sample, target="rooster", rather_than="pigeon")
    against = explainer(sample, target="rooster", against=True)
    questions = out / "questions.jpg"
    asked = [(result.overlay(), result.questions[0]) for result in (why, rather, against)]
    write_image(questions, grid(asked, columns=3))
    return [panels, methods, questions]


def grid(tiles: list[tuple[NDArray[np.uint8], str]], columns: int) -> NDArray[np.uint8]:
    """Tiles of one size with captions, row by row on white, RGB uint8 `[H, W, 3]`."""
    height, width = tiles[0][0].shape[:2]
    rows = -(-len(tiles) // columns)
    page = np.full((rows * (height + CAPTION + GAP), columns * (width + GAP), 3), 255, np.uint8)
    for number, (tile, caption) in enumerate(tiles):
        row, column = divmod(number, columns)
        top, left = row * (height + CAPTION + GAP), column * (width + GAP)
        page[top : top + height, left : left + width] = tile
        place = (left + 2, top + height + CAPTION - 9)
        cv2.putText(page, caption, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (30, 30, 30), 1, cv2.LINE_AA)
    return page


if __name__ == "__main__":
    main()
