"""Classify images with a trained run: `python -m trainer predict RUN PATH...`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import tyro

from whylight.errors import ImageError, WhylightError
from whylight.images.decode import read_image
from whylight.images.files import find_images

from .data.cache import resize
from .loop.checkpoint import Checkpoint, load_trained


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Print the most likely classes of images."""

    run: tyro.conf.Positional[Path]
    """Run folder of the trainer."""
    paths: tyro.conf.Positional[tuple[Path, ...]]
    """Images, or folders of images."""
    top: int = 3
    """Number of classes to print per image."""


def predict(trained: Checkpoint, path: Path, top: int) -> list[tuple[str, float]]:
    """Return the `top` most likely classes of an image with their probabilities.

    Raises `ImageError` if the image cannot be read.
    """
    pixels = torch.from_numpy(resize(read_image(path), trained.image_size))[None]
    with torch.inference_mode():
        probabilities = trained.network(trained.normalise(pixels)).softmax(1)[0]
    best = probabilities.topk(min(top, len(trained.classes)))
    return [(trained.classes[c], p) for c, p in zip(best.indices.tolist(), best.values.tolist(), strict=True)]


def lines(options: Options) -> Iterator[tuple[bool, str]]:
    """Yield `(readable, line)` for each image; `line` is the text to print."""
    trained = load_trained(options.run)
    for path in find_images(options.paths):
        try:
            found = predict(trained, path, options.top)
        except ImageError as error:
            yield False, f"error: {error}"
            continue
        yield True, f"{path}: " + ", ".join(f"{name} {probability:.1%}" for name, probability in found)


def main(argv: Sequence[str], prog: str = "python -m trainer predict") -> int:
    """Run the command and return its exit code.

    0 if every image was read, 1 if some were not, 2 for invalid input.
    """
    options = tyro.cli(Options, prog=prog, args=argv)
    failed = 0
    try:
        for readable, line in lines(options):
            print(line, file=sys.stdout if readable else sys.stderr)
            failed += not readable
    except WhylightError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 1 if failed else 0
