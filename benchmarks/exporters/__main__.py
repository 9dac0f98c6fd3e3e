"""Adopt files of other exporters and compare them with their owners' code.

    python -m benchmarks.exporters.make torchvision --out build/exporters    in the exporter's environment
    python -m benchmarks.exporters --made build/exporters                    in Whylight's

The second writes `docs/engineering/exporters.md`.
"""

from __future__ import annotations

import argparse
import platform
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

import whylight
from benchmarks.exporters.case import MODEL, OwnerCase
from whylight.errors import WhylightError
from whylight.images.geometry import BGR

_TABLE = Path(__file__).resolve().parents[2] / "docs" / "engineering" / "exporters.md"
_LEVELS = 255.0

_HEAD = """# Other people's exporters

Classifiers with random weights, exported by their own tools and adopted by `whylight adopt`. Written by
`python -m benchmarks.exporters` ({programs}; Python {python}, {system}); not to be edited by hand.

Eight images of odd sizes, from 37 x 501 to 1023 x 767, go through the owner's own preprocessing and the
owner's own network, and through Whylight's pair. **Options** are those that the file and the files beside it
do not say. **Input** is the largest difference of the network's input, in levels of 255, and in brackets the
share of its values that differ by more than one level. **Answers** is the largest difference of a
probability, and **same** counts the images with the same most likely class.

TensorFlow Lite rounds 8-bit numbers otherwise than ONNX Runtime, whose answers the pair repeats. ML.NET was
not run.

| exporter | network | options | input | answers | same | layer |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Differences between a pair and its owner's network, over all images."""

    input_levels: float
    """Largest difference of the network's input, in levels of 255."""
    apart: float
    """Share of the input's values that differ by more than one level, in 0..1."""
    answers: float
    """Largest difference of an answer."""
    same: int
    """Images with the same most likely class."""
    images: int
    layer: str
    """The layer that is explained."""


def main() -> int:
    """Write the table; return 1 if a file was refused."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--made", type=Path, required=True, help="folder written by benchmarks.exporters.make"
    )
    parser.add_argument("--out", type=Path, default=_TABLE)
    arguments = parser.parse_args()
    pictures = sorted((arguments.made / "pictures").iterdir())
    folders = sorted(path.parent for path in arguments.made.glob(f"*/{MODEL}"))
    rows, tools, refused = [], dict[str, str](), 0
    for folder in folders:
        case = OwnerCase.read(folder)
        tools |= case.tools
        try:
            row = _row(case, compare(case, folder / MODEL, pictures))
        except WhylightError as error:
            refused += 1
            row = f"| {case.family} | {case.name} | {in_words(case.options)} | refused: {error} | | | |"
        print(row, flush=True)
        rows.append(row)
    programs = {name: version(name) for name in ("onnx", "onnxruntime", "pillow")} | dict(
        sorted(tools.items())
    )
    head = _HEAD.format(
        programs=", ".join(f"{name} {number}" for name, number in programs.items()),
        python=platform.python_version(),
        system=platform.system(),
    )
    arguments.out.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    return 1 if refused else 0


def compare(case: OwnerCase, model: Path, pictures: Sequence[Path]) -> Comparison:
    """Adopt a file with the options of its case, and compare.

    Raises:
        WhylightError: it is refused, or a gradient was wrong.
    """
    with TemporaryDirectory() as folder:
        pair = Path(folder) / "pair.onnx"
        whylight.adopt(model, pair, **case.options)
        with whylight.Explainer(pair) as explainer:
            levels, answers, same = [], [], 0
            for path, owner_input, owner_answers in zip(pictures, case.inputs, case.answers, strict=True):
                seen = explainer.prepare(path).astype(np.float64)
                levels.append(np.abs(seen - _levels(explainer.card, owner_input)))
                found = explainer(path).probabilities
                answers.append(float(np.abs(found - owner_answers).max()))
                same += int(found.argmax() == owner_answers.argmax())
            return Comparison(
                input_levels=max(float(apart.max()) for apart in levels),
                apart=float(np.mean([(apart > 1).mean() for apart in levels])),
                answers=max(answers),
                same=same,
                images=len(pictures),
                layer=explainer.card.target_layer,
            )


def _levels(card: Any, values: NDArray[Any]) -> NDArray[np.float64]:
    """Return an owner's input as RGB levels `[h, w, 3]`, before mean and std."""
    rows = np.asarray(values, np.float64)
    rows = rows if rows.shape[-1] == 3 else rows.transpose(1, 2, 0)
    if card.input is not None and card.input.colours == BGR:
        rows = rows[..., ::-1]
    return (rows * card.std + card.mean) * _LEVELS


def _row(case: OwnerCase, found: Comparison) -> str:
    apart = f" ({found.apart:.1%})" if found.apart else ""
    return (
        f"| {case.family} | {case.name} | {in_words(case.options)} | {found.input_levels:.2f}{apart} "
        f"| {found.answers:.1e} | {found.same} of {found.images} | {found.layer} |"
    )


def in_words(options: Mapping[str, Any]) -> str:
    """Return options as they are typed."""
    words = []
    for name, value in options.items():
        words += [f"--{name.replace('_', '-')}", f"{value:.4g}" if isinstance(value, float) else str(value)]
    return f"`{shlex.join(words)}`" if words else "none"


if __name__ == "__main__":
    sys.exit(main())
