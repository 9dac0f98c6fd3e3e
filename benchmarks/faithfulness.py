"""Which method is most faithful to a model? The tables of docs/faithfulness.md.

    python -m benchmarks.faithfulness --backgrounds DIR [--photographs DIR --split FILE] [--into FILE]

Composites: the sample cut-outs set off-centre over photographs from DIR, so that the right place is known.
Photographs: pictures that the model was not trained on, by the `test` list of a training run's
`split.json`. All choices are drawn with seed 0. With --into, the text between the two marks in FILE is
replaced.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks.duel import machine
from explain.bundled import sample_images
from explain.explainer import Explainer
from explain.faithfulness.compositing import write_composites
from explain.faithfulness.measuring import Measurement, class_of_folder, measure
from explain.faithfulness.sanity import cascade, sanity_markdown
from explain.faithfulness.tables import markdown
from explain.images import find_images, read_image
from explain.methods import METHODS
from explain.perturbation import PERTURBATIONS

BEGIN, END = "<!-- begin: benchmarks.faithfulness -->", "<!-- end: benchmarks.faithfulness -->"

SANITY_PICTURES = 20


def main() -> None:
    """Measure and print, or write into a document."""
    arguments = _parser().parse_args()
    explainer = Explainer(arguments.model)
    sections = [f"{explainer.card.name}; {explainer.provider}; {machine()}; {date.today()}.\n"]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        composites = write_composites(
            sample_images(), list(find_images([arguments.backgrounds])), root, each=arguments.each
        )
        sections += _composites(explainer, root, composites)
        sections += _gradient_free(explainer, root, composites[:: arguments.each])
    if arguments.photographs is not None:
        photographs = _held_out(arguments.photographs, arguments.split, arguments.pictures)
        sections += _photographs(explainer, arguments.photographs, photographs)
    text = "\n".join(sections)
    if arguments.into is None:
        print(text)
    else:
        _replace(arguments.into, text)


def _composites(explainer: Explainer, root: Path, pictures: Sequence[Path]) -> list[str]:
    right = sum(
        explainer.predict(read_image(path)).argmax()
        == class_of_folder(path.parent.name, explainer.card.classes)
        for path in pictures
    )
    found = _measure(explainer, root, pictures, list(METHODS), masks=True)
    return [
        "### Composites\n",
        f"{len(pictures)} composites, of which the model classifies {right} rightly. "
        "Mean ± standard error; bold is best.\n",
        markdown(found),
    ]


def _gradient_free(explainer: Explainer, root: Path, pictures: Sequence[Path]) -> list[str]:
    methods = ["grad-cam", *PERTURBATIONS]
    found = _measure(explainer, root, pictures, methods, masks=True)
    return [
        "### Methods without gradients\n",
        f"On {len(pictures)} of the composites, one a class, since they take hundreds of forward passes.\n",
        markdown(found),
    ]


def _photographs(explainer: Explainer, root: Path, pictures: Sequence[Path]) -> list[str]:
    found = _measure(explainer, root, pictures, list(METHODS), masks=False)
    stages = list(cascade(explainer, pictures[:SANITY_PICTURES], list(METHODS)))
    return [
        "### Photographs\n",
        f"{len(pictures)} photographs on which the model was not trained.\n",
        markdown(found),
        "### Sanity check\n",
        "Spearman's rank correlation of the maps with those of the trained model, "
        f"over {min(SANITY_PICTURES, len(pictures))} of the photographs.\n",
        sanity_markdown(stages),
    ]


def _measure(
    explainer: Explainer, root: Path, pictures: Sequence[Path], methods: Sequence[str], *, masks: bool
) -> list[Measurement]:
    found: list[Measurement] = []
    for done, path in enumerate(pictures, start=1):
        mask = root / "masks" / path.relative_to(root / "pictures") if masks else None
        found += measure(explainer, path, path.relative_to(root).as_posix(), methods, mask=mask)
        print(f"\r{done}/{len(pictures)} pictures", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def _held_out(folder: Path, split: Path, count: int) -> list[Path]:
    names = [name for name, _ in json.loads(split.read_text(encoding="utf-8"))["test"]]
    return [folder / name for name in random.Random(0).sample(names, min(count, len(names)))]


def _replace(path: Path, text: str) -> None:
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise SystemExit(f"{path} has no '{BEGIN}' followed by '{END}'")
    path.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.faithfulness",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", type=Path, metavar="FILE", help="forward graph (default: the bundled one)")
    parser.add_argument("--backgrounds", type=Path, required=True, metavar="DIR")
    parser.add_argument("--each", type=int, default=4, help="composites of each cut-out (default: 4)")
    parser.add_argument("--photographs", type=Path, metavar="DIR", help="with --split")
    parser.add_argument("--split", type=Path, metavar="FILE", help="split.json of the training run")
    parser.add_argument("--pictures", type=int, default=60, help="how many photographs (default: 60)")
    parser.add_argument("--into", type=Path, metavar="FILE", help="document whose tables are replaced")
    return parser


if __name__ == "__main__":
    main()
