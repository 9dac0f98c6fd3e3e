"""The command line: a folder of images in, a report out, without a window.

Its first argument may be a sub-command of `SUB_COMMANDS` instead of an image or folder.

Exit codes: 0 all explained, 1 some could not be, 2 wrong usage, 130 interrupted with what was done kept.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from whylight.commands.console import (
    FAILED,
    INTERRUPTED,
    USAGE,
    ProgressLine,
    ProgressLines,
    interrupts,
    printable,
)
from whylight.drawing.heatmap import COLOUR_MAPS
from whylight.drawing.scales import FULL_SCALE, IMAGE
from whylight.errors import WhylightError
from whylight.explainer import Explainer
from whylight.methods import METHODS, WITHOUT_GRADIENTS, WITHOUT_LAYERS, methods_of_gradients
from whylight.report import REPORT_SCALES, Report, threads_per_run, write_report
from whylight.runtime.session import DEVICES, providers_of

SUB_COMMANDS: Mapping[str, str] = MappingProxyType(
    {"adopt": "whylight.commands.adopt", "evaluate": "whylight.commands.evaluate"}
)
"""The module whose `main(argv)` runs each sub-command; a folder of such a name is reached as `./evaluate`."""

LAYERS = "layers"
"""The sub-command that lists a model's layers."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line on `argv` (by default the program's own) and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A file name that the terminal's encoding lacks must not end the run.
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors="backslashreplace")
    given = sys.argv[1:] if argv is None else list(argv)
    try:
        if given and given[0] in SUB_COMMANDS:
            return int(import_module(SUB_COMMANDS[given[0]]).main(given[1:]))
        if given and given[0] == LAYERS:
            return _list_layers(_layers_parser().parse_args(given[1:]))
        return _run(_parser().parse_args(given))
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else USAGE
    except WhylightError as error:
        print(f"whylight: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(arguments: argparse.Namespace) -> int:
    layers = arguments.layer or []
    explainer = Explainer(
        arguments.model,
        providers_of(arguments.device),
        layer=layers[0] if layers else None,
        threads=threads_per_run(arguments.paths),
    )
    if explainer.provider_reason:
        print(f"whylight: {explainer.provider_reason}; using {explainer.provider}", file=sys.stderr)
    if arguments.method is None and not explainer.has_gradients:
        print(
            f"whylight: {explainer.model_path.name} has no gradients; explained by {explainer.methods[0]} "
            f"(--method {'|'.join(explainer.methods)})",
            file=sys.stderr,
        )
    show = ProgressLine() if sys.stderr.isatty() else ProgressLines()
    with interrupts() as interrupted:
        report = write_report(
            explainer,
            arguments.paths,
            arguments.out,
            top=arguments.top,
            method=arguments.method,
            opacity=arguments.opacity,
            colour_map=arguments.colour_map,
            scale=arguments.scale,
            full_scale=arguments.full_scale,
            further_layers=layers[1:],
            on_progress=show,
            cancelled=interrupted,
        )
    show.end()
    for failure in report.failures:
        print(printable(failure.reason), file=sys.stderr)
    return _conclude(report, arguments.paths)


def _list_layers(arguments: argparse.Namespace) -> int:
    explainer = Explainer(arguments.model)
    print(f"{explainer.card.name}: * explained, . stands for its block, ( ) one branch of several only")
    for choice in explainer.layers():
        mark = "*" if choice.is_target else "." if choice.is_main else " "
        name = choice.name if choice.is_cut else f"({choice.name})"
        height, width = choice.size
        print(f"{mark} {name:40} {choice.op_type:20} {choice.channels} x {height} x {width}")
    return 0


def _conclude(report: Report, paths: Sequence[Path]) -> int:
    if report.total == 0 and not report.failures:
        print(f"whylight: no images in {', '.join(map(str, paths))}", file=sys.stderr)
        return FAILED
    stopped = "stopped: " if report.cancelled else ""
    counts = f"{report.explained:,} of {report.total:,} images explained in {report.elapsed_s:,.1f} s"
    print(f"{stopped}{counts}: {report.index}")
    if report.cancelled:
        return INTERRUPTED
    return FAILED if report.failures else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m whylight",
        description="Explain images: panels as PNG, predictions as CSV, and one page to read it all.",
        epilog=f"Sub-commands: {', '.join([*SUB_COMMANDS, LAYERS])}; each has a --help of its own.",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="an image or a folder of images")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the report")
    parser.add_argument(
        "--model", type=Path, metavar="FILE", help="forward graph of a pair (default: the bundled one)"
    )
    parser.add_argument(
        "--top", type=int, default=5, metavar="K", help="classes explained an image (default: %(default)s)"
    )
    parser.add_argument(
        "--layer",
        action="append",
        metavar="NAME",
        help="layer to explain, one of `python -m whylight layers` (default: the model's own); given several "
        "times, the mean of these layers' heatmaps is drawn, each by itself from 0 to 1",
    )
    parser.add_argument("--device", choices=DEVICES, default="auto", help="default: %(default)s")
    parser.add_argument(
        "--method",
        choices=list(METHODS),
        metavar="METHOD",
        help=f"from gradients: {', '.join(methods_of_gradients())}; by some hundred forward passes an image: "
        f"{', '.join(WITHOUT_GRADIENTS)} (default: {methods_of_gradients()[0]}, or {WITHOUT_LAYERS[0]} of a "
        "model that has no gradients)",
    )
    parser.add_argument(
        "--opacity", type=float, default=0.5, help="the heatmap's share of the overlay (default: %(default)s)"
    )
    parser.add_argument("--colour-map", choices=list(COLOUR_MAPS), default="jet", help="default: %(default)s")
    parser.add_argument(
        "--scale",
        choices=REPORT_SCALES,
        default=IMAGE,
        help="what the strongest colour stands for: each map's own strongest evidence, that of the image's "
        "explained classes, a fixed amount, or that of all images, each of which is then explained twice "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--full-scale",
        type=float,
        default=FULL_SCALE,
        metavar="LOGITS",
        help="the amount of --scale absolute: what the score would gain, were the whole image like this "
        "place (default: %(default)g)",
    )
    return parser


def _layers_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m whylight {LAYERS}", description="List the layers of a model that can be explained."
    )
    parser.add_argument(
        "--model", type=Path, metavar="FILE", help="forward graph of a pair (default: the bundled one)"
    )
    return parser
