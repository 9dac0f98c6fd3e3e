"""`whylight explain`: explain images and write a report or JSON.

Exit statuses: 0 all explained, 1 some failed, 2 invalid usage, 130 interrupted with partial results kept.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from whylight.box_questions import MOST_EXPLAINED
from whylight.class_names import find_class
from whylight.collection.remote import address_of
from whylight.commands.console import Parser, interrupts, printable, progress_display
from whylight.commands.status import FAILED, INTERRUPTED
from whylight.common.paths import valid_unicode
from whylight.drawing.heatmap import COLOUR_MAPS
from whylight.drawing.scales import FULL_SCALE, IMAGE
from whylight.errors import QuestionError
from whylight.explainer import Explainer
from whylight.images.files import VIDEO_SUFFIXES
from whylight.isolation.trust import embed_texts_isolated, require_openable
from whylight.methods import METHODS, WITHOUT_GRADIENTS, WITHOUT_LAYERS, methods_of_gradients
from whylight.methods.availability import PLACE_METHOD
from whylight.pair.card import Card
from whylight.placement import PLACEMENTS, RECEPTIVE_FIELD
from whylight.region_questions import RegionChoice
from whylight.report import (
    PANELS,
    REPORT_SCALES,
    Report,
    Tally,
    explain_records,
    threads_per_run,
    write_report,
)
from whylight.report.animation import animate
from whylight.report.maps import MAP_FORMATS
from whylight.report.ray_engine import RayCluster
from whylight.report.records import model_record, versions_record
from whylight.report.render import FULL
from whylight.runtime.session import DEVICES, providers_of
from whylight.score_weights import Question

_OF_THE_REPORT = (
    *("--maps", "--maps-as", "--force", "--opacity", "--colour-map", "--scale", "--full-scale", "--panels"),
    *("--parquet", "--video", "--faithfulness", "--resume", "--no-resume", "--engine"),
)
"""The options that mean nothing where no report is written."""

_MOST_NOTED = 100
"""Images whose remarks are printed one by one."""


def main(argv: Sequence[str], prog: str) -> int:
    """Run the sub-command on `argv` and return its exit status.

    Raises:
        WhylightError: the model, the layer, a class or an option is invalid, or the report cannot be written.
    """
    parser = make_parser(prog)
    arguments = parser.parse_args(argv)
    if arguments.out is None and not arguments.json:
        parser.error("name a folder for the report with --out DIR, or ask for --json")
    for_report = [word for word in argv if word.partition("=")[0] in _OF_THE_REPORT]
    if arguments.out is None and for_report:
        parser.error(f"{for_report[0]} is for the report: name its folder with --out DIR")
    if arguments.video and arguments.panels != FULL:
        parser.error("--video needs the panels as files: leave out --panels")
    if arguments.video and not any(map(is_video, arguments.paths)):
        parser.error("--video is for videos; none is among the paths")
    # Open the model, and report the device and method that are used instead of the requested ones.
    layers = arguments.layer or []
    require_openable(arguments.model)
    explainer = Explainer(
        arguments.model,
        providers_of(arguments.device),
        layer=layers[0] if layers else None,
        threads=threads_per_run(arguments.paths),
        placement=arguments.placement,
    )
    explainer = _with_references(explainer, arguments, parser)
    region = _region(arguments, parser)
    questions = [_question(explainer.card, kind, words) for kind, words in arguments.asked or []]
    if explainer.provider_reason:
        print(f"whylight: {explainer.provider_reason}; using {explainer.provider}", file=sys.stderr)
    if arguments.method is None and not explainer.has_gradients:
        print(
            f"whylight: {explainer.model_path.name} has no gradients; explained by {explainer.methods[0]} "
            f"(--method {'|'.join(explainer.methods)})",
            file=sys.stderr,
        )
    # Explain, writing JSON records or a report; Ctrl-C keeps what is done.
    output = JsonOutput(explainer) if arguments.json else None
    show = progress_display()
    remarks = Remarks()

    def take(record: Mapping[str, Any]) -> None:
        remarks.add(record)
        if output is not None:
            output.add(record)

    common = {
        "top": arguments.top,
        "method": arguments.method,
        "further_layers": layers[1:],
        "questions": questions,
        "boxes": arguments.boxes,
        "region": region,
        "on_progress": show,
        "on_image": take,
    }
    with interrupts() as interrupted:
        if arguments.out is None:
            report = explain_records(explainer, arguments.paths, cancelled=interrupted, **common)
        else:
            report = write_report(
                explainer,
                arguments.paths,
                arguments.out,
                opacity=arguments.opacity,
                colour_map=arguments.colour_map,
                scale=arguments.scale,
                full_scale=arguments.full_scale,
                maps=(arguments.maps_as or arguments.maps),
                panels=arguments.panels,
                faithfulness=arguments.faithfulness,
                parquet=arguments.parquet,
                force=arguments.force,
                resume=arguments.resume,
                cluster=RayCluster(arguments.address, arguments.workers)
                if arguments.engine == "ray"
                else None,
                cancelled=interrupted,
                **common,
            )
    # Report failures and the end.
    show.end()
    for line in remarks.lines():
        print(printable(line), file=sys.stderr)
    for failure in report.failures:
        print(printable(failure.reason), file=sys.stderr)
    if (left := report.failed - len(report.failures)) > 0:
        print(f"and {left:,} more that could not be explained", file=sys.stderr)
    if output is not None:
        output.finish(report)
    if arguments.video and report.explained:
        for path in filter(is_video, arguments.paths):
            print(f"{animate(arguments.out, path)}: the overlays of its frames")
    return _conclude(report, arguments)


class Remarks:
    """Remarks on images, of which one stands for many where they are alike."""

    def __init__(self) -> None:
        self._noted: list[str] = []
        self._more_noted = 0
        self._cut: list[str] = []
        self._missing: list[str] = []
        self._of_maps: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def add(self, record: Mapping[str, Any]) -> None:
        """Add an explained image's remarks."""
        image = record["image"]
        if record["notes"]:
            if len(self._noted) < _MOST_NOTED:
                self._noted.append(f"{image}: {'; '.join(record['notes'])}")
            else:
                self._more_noted += 1
        if record.get("missing"):
            self._missing = self._missing or [f"{image}: {record['missing']}"]
            self._counts["missing"] += 1
        if record["unseen"]:  # of nearly every image of a folder, so that one stands for all
            self._cut = self._cut or [f"{image}: {record['unseen']}"]
            self._counts["cut"] += 1
        for note in {note for score in record["scores"] for note in score["notes"]}:
            self._of_maps.setdefault(note, image)
            self._counts[f"map {note}"] += 1

    def lines(self) -> Iterator[str]:
        """Yield the remarks, each a line."""
        yield from self._noted
        if self._more_noted:
            yield f"remarks on {self._more_noted:,} more images are in the table"
        for line in self._missing:
            others = self._counts["missing"] - 1
            yield line + (f" (and nothing to explain in {others:,} more images)" if others else "")
        for line in self._cut:
            others = self._counts["cut"] - 1
            yield line + (f" (and parts of {others:,} more images)" if others else "")
        for note, image in self._of_maps.items():
            others = self._counts[f"map {note}"] - 1
            yield f"{image}{f' and {others:,} more' if others else ''}: {note}"


class JsonOutput:
    """Prints one JSON object incrementally, with constant memory."""

    def __init__(self, explainer: Explainer) -> None:
        self._explainer = explainer
        self._begun = False
        self._found: Counter[str] = Counter()

    def add(self, record: Mapping[str, Any]) -> None:
        """Print the record of an explained image."""
        self._found.update(box["class"] for box in record.get("boxes", ()))
        print(",\n  " if self._begun else self._head(), json.dumps(record), sep="", end="")

    def finish(self, report: Tally) -> None:
        """Print the end of the object."""
        tail = {
            "failures": [
                {"path": valid_unicode(each.path), "reason": valid_unicode(each.reason)}
                for each in report.failures
            ],
            "report": valid_unicode(report.index) if isinstance(report, Report) else None,
            "explained": report.explained,
            "total": report.total,
            "failed": report.failed,
            **({"found": dict(self._found.most_common())} if self._explainer.is_detector else {}),
            "stopped": report.cancelled,
            "seconds": round(report.elapsed_s, 3),
        }
        begin = "" if self._begun else self._head()
        print(begin, "\n ],\n ", json.dumps(tail)[1:-1], "\n}", sep="", flush=True)

    def _head(self) -> str:
        self._begun = True
        head = {"model": model_record(self._explainer), "versions": versions_record()}
        return "{\n " + json.dumps(head)[1:-1] + ',\n "images": [\n  '


def _conclude(report: Tally, arguments: argparse.Namespace) -> int:
    """Print a summary line, unless JSON was printed, and return the exit status."""
    if report.total == 0 and not report.failures:
        asked = ", ".join(str(address_of(path) or path) for path in arguments.paths)
        print(f"whylight: no images in {asked}", file=sys.stderr)
        return FAILED
    if not arguments.json and isinstance(report, Report):
        stopped = "stopped: " if report.cancelled else ""
        counts = f"{report.explained:,} of {report.total:,} images explained in {report.elapsed_s:,.1f} s"
        earlier = f" ({report.earlier:,} by an earlier run)" if report.earlier else ""
        print(f"{stopped}{counts}{earlier}: {report.index}")
        if report.index.parent != arguments.out:
            print(
                f"whylight: {arguments.out} holds other files, so the report has a folder of its own in it "
                "(--force writes it there)",
                file=sys.stderr,
            )
    if report.cancelled:
        return INTERRUPTED
    return FAILED if report.failures else 0


def is_video(path: Path) -> bool:
    """Return whether a path is named as a video."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def _with_references(
    explainer: Explainer, arguments: argparse.Namespace, parser: argparse.ArgumentParser
) -> Explainer:
    """Return the explainer with the references asked for, if there are any."""
    if not arguments.like and not arguments.prompt:
        return explainer
    if arguments.prompt and arguments.text_model is None:
        parser.error("--prompt needs the text half of the model: name it with --text-model FILE")
    references: dict[str, Any] = {path.name: path for path in arguments.like}
    if arguments.prompt:
        texts = embed_texts_isolated(arguments.text_model, arguments.prompt)
        references.update(zip(arguments.prompt, texts, strict=True))
    # Among several texts, and nothing else, one is chosen.
    return explainer.comparing(references, zero_shot=len(arguments.prompt) > 1 and not arguments.like)


def _region(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> RegionChoice | None:
    """Return the region of `--at X,Y` or `--region MASK|X,Y`, if there is one."""
    if arguments.at is not None and arguments.region is not None:
        parser.error("--at asks about one place, --region about a region: give one of them")
    if arguments.at is not None:
        return RegionChoice(at=arguments.at)
    if arguments.region is None:
        return None
    spot = _numbers(arguments.region)
    if spot is not None:
        return RegionChoice(around=spot)
    mask = Path(arguments.region)
    if not mask.exists():
        parser.error(f"--region {arguments.region}: there is no such mask, and it is no position X,Y")
    return RegionChoice(mask=mask)


def _spot(text: str) -> tuple[float, float]:
    """Return a position `X,Y`."""
    found = _numbers(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"'{text}' is no position; expected X,Y in pixels of the image")
    return found


def _numbers(text: str) -> tuple[float, float] | None:
    """Return two numbers with a comma between; None for any other text."""
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        return None
    return (x, y) if math.isfinite(x) and math.isfinite(y) else None


def _question(card: Card, kind: str, words: Sequence[str]) -> Question:
    """Return the question of `--class C`, `--rather A B` or `--against C`.

    Raises:
        QuestionError: there is no such class, or both are the same.
    """
    found = [find_class(word, card.classes, card.further_names) for word in words]
    if kind == "rather":
        if found[0] == found[1]:
            raise QuestionError(
                "--rather takes two classes; '{first}' and '{second}' are the same one",
                first=words[0],
                second=words[1],
            )
        return Question(found[0], rather_than=found[1])
    return Question(found[0], against=kind == "against")


class _Ask(argparse.Action):
    """Collects the questions of several options in the order given."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        asked = [*(getattr(namespace, self.dest) or []), (str(option_string).lstrip("-"), values)]
        setattr(namespace, self.dest, asked)


def _method(name: str) -> str:
    """Return the registered name of a method in any spelling."""
    try:
        return METHODS[name].name
    except QuestionError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def make_parser(prog: str) -> Parser:
    """Create the argument parser of the sub-command."""
    parser = Parser(
        prog=prog,
        description="Explain images: panels as PNG, predictions as CSV and an HTML page; or JSON.",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="an image or a folder of images")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder for the report: new, empty, or of an earlier report, which is replaced; where DIR holds "
        "anything else, the report goes to a folder of its own in it",
    )
    parser.add_argument(
        "--placement",
        choices=PLACEMENTS,
        default=RECEPTIVE_FIELD,
        help="draw maps where their cells look, or resized to the image as pytorch-grad-cam does, which lies "
        "up to half a cell to the lower right (default: %(default)s)",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="write the report into DIR itself, and over its index.html, predictions.csv, boxes.csv "
        "and panels",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print the results as one JSON object on stdout; --out is then optional",
    )
    parser.add_argument(
        "--maps",
        action="store_true",
        help="also write the maps as float32 arrays: DIR/maps/NAME.RANK.npy and DIR/maps/manifest.json",
    )
    parser.add_argument(
        "--maps-as",
        choices=MAP_FORMATS,
        help="write the maps as a .npy file each, or compressed as one .npz file an image (default: npy)",
    )
    parser.add_argument(
        "--panels",
        choices=PANELS,
        default=FULL,
        help="pictures of the report: as PNG files and small in the pages, in the pages alone, or none, "
        "which is fastest (default: %(default)s)",
    )
    parser.add_argument(
        "--video",
        action="store_true",
        help="also write the overlays of a video's frames as one animated image, NAME.overlay.webp",
    )
    parser.add_argument(
        "--parquet",
        action="store_true",
        help="also write the table as DIR/predictions.parquet; needs pip install 'whylight[scale]'",
    )
    parser.add_argument(
        "--faithfulness",
        action="store_true",
        help="also measure deletion and insertion of each image's first map: some thirty more runs an image",
    )
    parser.add_argument(
        "--engine",
        choices=("threads", "ray"),
        default="threads",
        help="explain in threads of this process, or by Ray on several processes or machines; needs "
        "pip install 'whylight[cluster]' (default: %(default)s)",
    )
    parser.add_argument(
        "--address", help="with --engine ray: an existing cluster, or auto (default: a local one)"
    )
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="with --engine ray: processes that hold a model (default: one a CPU)",
    )
    parser.add_argument(
        "--resume",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="continue a report that asked the same question of the same model, and refuse to replace an "
        "unfinished one that asked another; --no-resume begins anew (default: --resume)",
    )
    parser.add_argument(
        "--model",
        metavar="MODEL",
        help="general or caltech, the bundled ones, or the forward graph of a pair (default: general)",
    )
    alike = parser.add_argument_group(
        "Likeness", "with a model of embeddings: what makes an image alike another one, or a text?"
    )
    alike.add_argument(
        "--like",
        type=Path,
        action="append",
        default=[],
        metavar="IMAGE",
        help="compare with this image; may be given several times",
    )
    alike.add_argument(
        "--prompt",
        action="append",
        default=[],
        metavar="TEXT",
        help="compare with this text; of several texts, which one fits best",
    )
    alike.add_argument(
        "--text-model", type=Path, metavar="FILE", help="text half of the model, its tokenizer.json beside it"
    )
    asked = parser.add_argument_group(
        "questions",
        "Asked of every image, in this order; without any, why it is one of the --top most likely classes. A "
        "class is a name, or an index from 0. Of a detector they are asked of the boxes found of that class; "
        "without any, of the best --boxes boxes.",
    )
    asked.add_argument(
        "--class", action=_Ask, dest="asked", nargs=1, metavar="CLASS", help="why this class? (repeatable)"
    )
    asked.add_argument(
        "--rather",
        action=_Ask,
        dest="asked",
        nargs=2,
        metavar=("A", "B"),
        help="why A rather than B? (repeatable)",
    )
    asked.add_argument(
        "--against",
        action=_Ask,
        dest="asked",
        nargs=1,
        metavar="CLASS",
        help="what speaks against this class? (repeatable)",
    )
    asked.add_argument(
        "--top",
        type=int,
        default=5,
        metavar="K",
        help="number of most likely classes to list and, without questions, explain (default: %(default)s)",
    )
    asked.add_argument(
        "--at",
        type=_spot,
        metavar="X,Y",
        help="of a segmenter: ask about this place, in pixels of the image; of a detector: about the best "
        "box of the class there, found or not",
    )
    asked.add_argument(
        "--region",
        metavar="MASK|X,Y",
        help="of a segmenter: ask about a mask (an image of the same size, black where it is not asked "
        "about; or a folder with one for each image, of the same name), or about the connected region at a "
        "position",
    )
    asked.add_argument(
        "--boxes",
        type=int,
        metavar="N",
        help=f"of a detector: how many boxes of an image are explained, the best first (default: "
        f"{MOST_EXPLAINED})",
    )
    parser.add_argument(
        "--layer",
        action="append",
        metavar="NAME",
        help="layer to explain, one of `whylight layers` (default: the model's own); if repeated, "
        "the mean of the layers' heatmaps is drawn, each scaled to 0..1",
    )
    parser.add_argument("--device", choices=DEVICES, default="auto", help="default: %(default)s")
    parser.add_argument(
        "--method",
        type=_method,
        metavar="METHOD",
        help=f"gradient methods: {', '.join(methods_of_gradients())}; methods that take hundreds of forward "
        f"passes: {', '.join(WITHOUT_GRADIENTS)} (default: {methods_of_gradients()[0]}, "
        f"{PLACE_METHOD} for boxes, regions and likeness, {WITHOUT_LAYERS[0]} without gradients)",
    )
    parser.add_argument(
        "--opacity",
        type=float,
        default=0.5,
        help="weight of the heatmap in the overlay (default: %(default)s)",
    )
    parser.add_argument("--colour-map", choices=list(COLOUR_MAPS), default="jet", help="default: %(default)s")
    parser.add_argument(
        "--scale",
        choices=REPORT_SCALES,
        default=IMAGE,
        help="evidence of the strongest colour: the maximum of each map, of the image's explained classes, a "
        "fixed amount, or the maximum of all images, which are then explained twice (default: %(default)s)",
    )
    parser.add_argument(
        "--full-scale",
        type=float,
        default=FULL_SCALE,
        metavar="LOGITS",
        help="evidence of the strongest colour with --scale absolute, in logits per image area "
        "(default: %(default)g)",
    )
    return parser
