"""Faithfulness of all methods: the tables of docs/engineering/faithfulness.md.

    python -m benchmarks.faithfulness_tables --photographs DIR --split FILE --backgrounds DIR [--into FILE]

Photographs: images not used in training, from the `test` list of a run's `split.json`. Mosaics: four
photographs in a grid. Composites: the sample cut-outs pasted off-centre onto photographs from another folder.
All choices are random with seed 0. With --into, the text between the two marks in FILE is replaced.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.timing import machine
from whylight.bundled import sample_images
from whylight.explainer import Explainer
from whylight.faithfulness.baselines import BASELINES
from whylight.faithfulness.composites import mosaic, write_composites
from whylight.faithfulness.measure import Measurement, class_of_folder, localisation, make_map, measure
from whylight.faithfulness.sanity_check import cascade, sanity_markdown
from whylight.faithfulness.tables import markdown
from whylight.images.decode import read_image
from whylight.images.files import find_images
from whylight.methods import methods_of_gradients
from whylight.perturbation import PERTURBATIONS, perturbed

BEGIN, END = "<!-- begin: benchmarks.faithfulness_tables -->", "<!-- end: benchmarks.faithfulness_tables -->"

MOSAICS, SLOW_MOSAICS = 100, 6
"""Number of mosaics for gradient methods, and for methods with hundreds of forward passes."""
COMPOSITES_EACH = 20
"""Number of composites per cut-out."""
PHOTOGRAPHS = 30
SANITY_IMAGES = 12


def main() -> None:
    """Measure; print the tables or write them into a document."""
    arguments = _parser().parse_args()
    explainer = Explainer(arguments.model)
    sections: list[str] = []
    for section in _sections(explainer, arguments):
        print(section, flush=True)
        sections.append(section)
    if arguments.into is not None:
        _replace(arguments.into, "\n".join(sections))


def _sections(explainer: Explainer, arguments: argparse.Namespace) -> Iterator[str]:
    held_out = _held_out(arguments.photographs, arguments.split)
    yield f"{explainer.card.name}; {explainer.provider}; {machine()}; {date.today()}.\n"
    tiles = [entry for entry in held_out[: 6 * MOSAICS] if _is_right(explainer, entry)]
    yield _mosaics(explainer, tiles, MOSAICS, list(methods_of_gradients()))
    yield _mosaics(explainer, tiles, SLOW_MOSAICS, ["grad-cam", *PERTURBATIONS])
    yield _photographs(explainer, arguments.photographs, held_out[:PHOTOGRAPHS])
    yield _sanity(explainer, held_out[:SANITY_IMAGES])
    with tempfile.TemporaryDirectory() as folder:
        backgrounds = list(find_images([arguments.backgrounds]))
        root = Path(folder)
        written = write_composites(sample_images(), backgrounds, root, each=COMPOSITES_EACH)
        yield _composites(explainer, root, written)


def _mosaics(explainer: Explainer, tiles: Sequence[Path], count: int, methods: Sequence[str]) -> str:
    """Localisation of all four classes of each mosaic."""
    found: list[Measurement] = []
    for number in range(count):
        drawn = _of_different_classes(tiles, random.Random(number))
        image, places = mosaic([read_image(path) for path in drawn])
        first = explainer.explain(image, classes=[_label(explainer, path) for path in drawn])
        size = (first.maps.shape[1], first.maps.shape[2])
        for method in [*methods, *BASELINES]:
            if method in methods_of_gradients():
                maps = explainer.with_method(first, method).maps_at_input(explainer.card.input_size)
            elif method in PERTURBATIONS:
                maps = perturbed(explainer, image, first, method).maps_at_input(explainer.card.input_size)
            else:
                maps = np.stack([BASELINES[method](image, size, 4 * number + index) for index in range(4)])
            for index, (map_, place) in enumerate(zip(maps, places, strict=True)):
                found.append(Measurement(f"{number}-{index}", method, localisation(map_, place, tolerance=0)))
    slow = ", with methods that need no gradients" if set(methods) & set(PERTURBATIONS) else ""
    return (
        f"### Mosaics{slow}\n\n"
        f"{count} mosaics of four photographs of different classes on which the model was not trained and "
        "which it classifies rightly by themselves; each of the four classes is explained. Pointing is "
        f"without tolerance; chance is 0.25.\n\n{markdown(found)}"
    )


def _of_different_classes(paths: Sequence[Path], generator: random.Random) -> list[Path]:
    drawn: dict[str, Path] = {}
    while len(drawn) < 4:
        path = generator.choice(paths)
        drawn.setdefault(path.parent.name, path)
    return list(drawn.values())


def _photographs(explainer: Explainer, root: Path, images: Sequence[Path]) -> str:
    found = _measure(explainer, root, images)
    count = f"{len(images)} photographs on which the model was not trained."
    return f"### Photographs\n\n{count}\n\n{markdown(found)}"


def _sanity(explainer: Explainer, images: Sequence[Path]) -> str:
    return (
        "### Sanity check\n\n"
        "Spearman's rank correlation of the maps with those of the trained model, while its layers are "
        f"randomised from the logits down, over {len(images)} photographs.\n\n"
        f"{sanity_markdown(cascade(explainer, images, list(methods_of_gradients())))}"
    )


def _composites(explainer: Explainer, root: Path, written: Sequence[Path]) -> str:
    """Localisation of the class of the pasted object."""
    places: list[Measurement] = []
    for path in written:
        first = explainer.explain(read_image(path), classes=[_label(explainer, path)])
        mask = read_image(root / "masks" / path.relative_to(root / "images")).max(axis=2) > 127
        for method in [*methods_of_gradients(), *BASELINES]:
            map_ = make_map(explainer, read_image(path), first, method, path.name)
            places.append(Measurement(path.name, method, localisation(map_, mask)))
    right = sum(_is_right(explainer, path) for path in written)
    return (
        f"### Composites\n\n{len(written)} composites; the class explained is the object's, which the model "
        f"predicts for {right} of them.\n\n{markdown(places)}"
    )


def _label(explainer: Explainer, path: Path) -> int:
    label = class_of_folder(path.parent.name, explainer.card.classes)
    if label is None:
        raise SystemExit(f"{path.parent}: is not named after a class of the model")
    return label


def _is_right(explainer: Explainer, path: Path) -> bool:
    return int(explainer.predict(read_image(path)).argmax()) == _label(explainer, path)


def _measure(explainer: Explainer, root: Path, images: Sequence[Path]) -> list[Measurement]:
    found: list[Measurement] = []
    for done, path in enumerate(images, start=1):
        found += measure(explainer, path, path.relative_to(root).as_posix(), list(methods_of_gradients()))
        print(f"\r{done}/{len(images)} images", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def _held_out(folder: Path, split: Path) -> list[Path]:
    """Return the images not used in training, in a fixed random order."""
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
        prog="python -m benchmarks.faithfulness_tables",
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
