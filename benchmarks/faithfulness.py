"""Which method is most faithful to a model? The tables of docs/faithfulness.md.

    python -m benchmarks.faithfulness --photographs DIR --split FILE --backgrounds DIR [--into FILE]

Photographs: pictures that the model was not trained on, by the `test` list of a training run's
`split.json`. Mosaics: four of them side by side. Composites: the sample cut-outs set off-centre over
photographs from another folder. All choices are drawn with seed 0. With --into, the text between the two
marks in FILE is replaced.
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
from explain.faithfulness.baselines import BASELINES
from explain.faithfulness.compositing import mosaic, write_composites
from explain.faithfulness.measuring import Measurement, class_of_folder, localisation, measure
from explain.faithfulness.sanity import cascade, sanity_markdown
from explain.faithfulness.tables import markdown
from explain.images import find_images, read_image
from explain.methods import METHODS
from explain.perturbation import PERTURBATIONS

BEGIN, END = "<!-- begin: benchmarks.faithfulness -->", "<!-- end: benchmarks.faithfulness -->"

MOSAICS = 100
COMPOSITES, OF_ONE_CLASS = 24, 6
PHOTOGRAPHS = 30
SANITY_PICTURES = 12
SLOW_PICTURES = 5
"""For the methods that take hundreds of forward passes."""


def main() -> None:
    """Measure and print, or write into a document."""
    arguments = _parser().parse_args()
    explainer = Explainer(arguments.model)
    held_out = _held_out(arguments.photographs, arguments.split)
    sections = [f"{explainer.card.name}; {explainer.provider}; {machine()}; {date.today()}.\n"]
    sections += _mosaics(explainer, held_out)
    sections += _photographs(explainer, arguments.photographs, held_out[:PHOTOGRAPHS])
    with tempfile.TemporaryDirectory() as folder:
        sections += _composites(explainer, Path(folder), list(find_images([arguments.backgrounds])))
    text = "\n".join(sections)
    if arguments.into is None:
        print(text)
    else:
        _replace(arguments.into, text)


def _mosaics(explainer: Explainer, held_out: Sequence[Path]) -> list[str]:
    """Localisation only, for all four classes of a mosaic at once: no further forward pass."""
    tiles = [entry for entry in held_out[: 6 * MOSAICS] if _is_right(explainer, entry)]
    found: list[Measurement] = []
    for number in range(MOSAICS):
        drawn = _of_different_classes(tiles, random.Random(number))
        image, places = mosaic([read_image(path) for path in drawn])
        classes = [_label(explainer, path) for path in drawn]
        first = explainer.explain(image, classes=classes)
        size = (first.maps.shape[1], first.maps.shape[2])
        for method in [*METHODS, *BASELINES]:
            maps = explainer.remap(first, method).maps if method in METHODS else None
            for index, place in enumerate(places):
                name = f"{number}-{index}"
                map_ = BASELINES[method](size, 4 * number + index) if maps is None else maps[index]
                found.append(Measurement(name, method, localisation(map_, place, tolerance=0)))
    return [
        "### Mosaics\n",
        f"{MOSAICS} mosaics of four photographs of different classes on which the model was not trained and "
        "which it classifies rightly by themselves; each of the four classes is explained. Pointing is "
        "without tolerance; chance is 0.25.\n",
        markdown(found),
    ]


def _of_different_classes(paths: Sequence[Path], generator: random.Random) -> list[Path]:
    drawn: dict[str, Path] = {}
    while len(drawn) < 4:
        path = generator.choice(paths)
        drawn.setdefault(path.parent.name, path)
    return list(drawn.values())


def _composites(explainer: Explainer, root: Path, backgrounds: Sequence[Path]) -> list[str]:
    written = write_composites(sample_images(), backgrounds, root, each=20)
    right = [path for path in written if _is_right(explainer, path)]
    of_class: dict[str, list[Path]] = {}
    for path in right:
        of_class.setdefault(path.parent.name, []).append(path)
    chosen = [path for paths in of_class.values() for path in paths[:OF_ONE_CLASS]]
    chosen = sorted(random.Random(0).sample(chosen, min(COMPOSITES, len(chosen))))
    slow = random.Random(0).sample(chosen, min(SLOW_PICTURES, len(chosen)))
    return [
        "### Composites\n",
        f"The model classifies {len(right)} of {len(written)} composites rightly; measured on {len(chosen)} "
        f"of them, of {len({path.parent.name for path in chosen})} classes.\n",
        markdown(_measure(explainer, root, chosen, list(METHODS), masks=True)),
        "### Methods without gradients\n",
        f"On {len(slow)} of these composites, since they take hundreds of forward passes.\n",
        markdown(_measure(explainer, root, slow, ["grad-cam", *PERTURBATIONS], masks=True)),
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


def _label(explainer: Explainer, path: Path) -> int:
    label = class_of_folder(path.parent.name, explainer.card.classes)
    if label is None:
        raise SystemExit(f"{path.parent}: is not named after a class of the model")
    return label


def _is_right(explainer: Explainer, path: Path) -> bool:
    return int(explainer.predict(read_image(path)).argmax()) == _label(explainer, path)


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


def _held_out(folder: Path, split: Path) -> list[Path]:
    """The pictures outside the training, in a fixed random order."""
    names = [name for name, _ in json.loads(split.read_text(encoding="utf-8"))["test"]]
    return [folder / name for name in random.Random(0).sample(names, len(names))]


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
    parser.add_argument("--photographs", type=Path, required=True, metavar="DIR", help="of the data set")
    parser.add_argument("--split", type=Path, required=True, metavar="FILE", help="the run's split.json")
    parser.add_argument("--backgrounds", type=Path, required=True, metavar="DIR", help="for composites")
    parser.add_argument("--into", type=Path, metavar="FILE", help="document whose tables are replaced")
    return parser


if __name__ == "__main__":
    main()
