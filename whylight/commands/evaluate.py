"""`whylight evaluate`: measure the faithfulness of methods on a folder."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from whylight.commands.console import Parser, interrupts, printable, progress_display
from whylight.commands.status import FAILED, INTERRUPTED
from whylight.common.atomic_file import write_text
from whylight.common.paths import valid_unicode
from whylight.errors import ImageError, WhylightError
from whylight.explainer import Explainer
from whylight.faithfulness.measure import STEPS, Measurement, measure, require_methods
from whylight.faithfulness.sanity_check import SEEDS, cascade, sanity_markdown
from whylight.faithfulness.tables import markdown, measurements_csv, summary_csv
from whylight.images.files import find_images
from whylight.isolation.trust import require_openable
from whylight.methods import methods_of_gradients
from whylight.methods.availability import available_method
from whylight.report import Progress

_FILES = ("faithfulness.md", "faithfulness.csv", "measurements.csv")
_SANITY_FILES = ("sanity.md",)

MASK_SUFFIXES = (".png", ".jpg", ".jpeg")


def main(argv: Sequence[str], prog: str) -> int:
    """Run the sub-command and return its exit code, one of `whylight.cli`'s."""
    arguments = make_parser(prog).parse_args(argv)
    require_methods(arguments.methods or [])
    if arguments.out is not None and not arguments.force:
        _require_no_tables(arguments.out, _SANITY_FILES if arguments.sanity else _FILES)
    require_openable(arguments.model)
    explainer = Explainer(arguments.model)
    if arguments.methods is None:
        # The sanity check only applies to gradient methods.
        with_gradients = explainer.has_gradients or arguments.sanity
        arguments.methods = list(methods_of_gradients() if with_gradients else explainer.methods)
    name = explainer.model_path.name
    arguments.methods = [available_method(method, explainer.methods, name) for method in arguments.methods]
    failures: list[str] = []
    images = _images(arguments, failures)
    if not images:
        print(f"whylight: no images in {arguments.folder}", file=sys.stderr)
        return FAILED
    if arguments.sanity:
        text = sanity_markdown(
            cascade(explainer, images, arguments.methods, seed=arguments.seed, seeds=arguments.seeds)
        )
        files, stopped = dict(zip(_SANITY_FILES, [text], strict=True)), False
    else:
        measurements, stopped = _measure(explainer, arguments, images, failures)
        text = markdown(measurements) if measurements else ""
        texts = [text, summary_csv(measurements), measurements_csv(measurements)]
        files = dict(zip(_FILES, texts, strict=True))
    if arguments.out is not None:
        _write(arguments.out, files)
    print(text, end="")
    for failure in failures:
        print(printable(failure), file=sys.stderr)
    if stopped:
        return INTERRUPTED
    return FAILED if failures else 0


def _measure(
    explainer: Explainer, arguments: argparse.Namespace, images: Sequence[Path], failures: list[str]
) -> tuple[list[Measurement], bool]:
    """Return the measurements, and whether Ctrl-C stopped them early."""
    show = progress_display()
    measurements: list[Measurement] = []
    stopped = False
    with interrupts() as interrupted:
        for done, path in enumerate(images, start=1):
            if stopped := interrupted():
                break
            name = _name(path, arguments.folder)
            try:
                mask = None if arguments.masks is None else _mask_of(name, arguments.masks)
                # All methods of an image or none, so that they are compared on the same images.
                measurements += list(
                    measure(explainer, path, name, arguments.methods, mask=mask, steps=arguments.steps)
                )
            except ImageError as error:
                failures.append(str(error))
            show(Progress(done, len(images), path, len(failures)))
    show.end()
    return measurements, stopped


def _images(arguments: argparse.Namespace, failures: list[str]) -> list[Path]:
    """Return the folder's images without masks, or a fixed random sample of them."""
    masks = None if arguments.masks is None else arguments.masks.resolve()

    def walk() -> Iterator[Path]:
        for path in find_images([arguments.folder], on_error=lambda _, error: failures.append(str(error))):
            if masks is None or masks not in path.resolve().parents:
                yield path

    images = list(walk())
    if arguments.images is None or arguments.images >= len(images):
        return images
    return sorted(random.Random(arguments.seed).sample(images, arguments.images))


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path != folder else path.name


def _mask_of(name: str, masks: Path) -> Path:
    """Return the mask of an image: same relative path in `masks`, PNG or JPEG."""
    for suffix in MASK_SUFFIXES:
        if (mask := (masks / name).with_suffix(suffix)).is_file():
            return mask
    raise ImageError("{name}: has no mask '{mask}'", name=name, mask=(masks / name).with_suffix(".png"))


def _require_no_tables(folder: Path, names: Sequence[str]) -> None:
    """Raise `WhylightError` if a folder holds files of these names."""
    for name in names:
        if (folder / name).exists():
            raise WhylightError(
                "{folder}: has {name} already. Choose another folder, or replace it with --force",
                folder=folder,
                name=name,
            )


def _write(folder: Path, files: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            write_text(folder / name, valid_unicode(text))
    except OSError as error:
        raise WhylightError(
            "{folder}: the tables cannot be written: {reason}", folder=folder, reason=error
        ) from error


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} was given; at least 1 is needed")
    return number


def make_parser(prog: str) -> Parser:
    """Create the argument parser of the sub-command."""
    parser = Parser(
        prog=prog,
        description="Measure the faithfulness of methods, compared with a random map, a centred blob and an "
        "edge detector.",
        epilog="With --out: faithfulness.md, faithfulness.csv and measurements.csv (or sanity.md) in DIR.",
    )
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="images; folders named after classes are labels"
    )
    parser.add_argument(
        "--masks",
        type=Path,
        metavar="DIR",
        help="masks of their objects, light on dark, with the same relative paths",
    )
    parser.add_argument(
        "--methods",
        nargs="+",
        metavar="METHOD",
        help="default: all gradient methods, or all methods if the model has no gradients",
    )
    parser.add_argument(
        "--model",
        metavar="MODEL",
        help="general or caltech, the bundled ones, or the forward graph of a pair (default: general)",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for the tables, which are also printed"
    )
    parser.add_argument("--force", action="store_true", help="replace tables that are in the folder already")
    parser.add_argument(
        "--images", type=_at_least_one, metavar="N", help="a random sample of N images instead of all"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the sample and of --sanity (default: 0)")
    parser.add_argument(
        "--seeds",
        type=_at_least_one,
        default=SEEDS,
        metavar="N",
        help="shuffles of --sanity; the error is over images and shuffles (default: %(default)s)",
    )
    parser.add_argument(
        "--steps", type=_at_least_one, default=STEPS, help="points of a curve (default: %(default)s)"
    )
    parser.add_argument(
        "--sanity",
        action="store_true",
        help="randomise the model's layers from the top and measure whether the maps change",
    )
    return parser
