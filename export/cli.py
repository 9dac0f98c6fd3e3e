"""Command line of the exporter: `python -m export --checkpoint runs/onecycle`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from whylight.errors import WhylightError
from whylight.pair.metadata import gradient_path
from whylight.siblings import requires_extra

from . import PRECISIONS

if TYPE_CHECKING:
    from .compare_precision import Comparison


def main(argv: Sequence[str] | None = None, prog: str = "python -m export") -> int:
    """Export a run; return 0 if the pair was verified and written, otherwise 2."""
    arguments = make_parser(prog).parse_args(argv)
    try:
        with requires_extra("export"):
            from .exporter import check_output_path, export
            from .pretrained import load_pretrained
            from .training_run import load_run
        check_output_path(arguments.out)
        with tempfile.TemporaryDirectory(prefix="whylight-") as work:
            if arguments.pretrained is None:
                classifier = load_run(arguments.checkpoint, arguments.data)
                print(f"Exporting {classifier.card.name} from {arguments.checkpoint}")
            else:
                classifier = load_pretrained(arguments.pretrained, arguments.data, Path(work))
                print(f"Exporting {classifier.card.name}")
            exported = export(
                classifier,
                arguments.out,
                images=arguments.images,
                on_image=_progress,
                precision=arguments.precision,
            )
    except WhylightError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; nothing was replaced", file=sys.stderr)
        return 130
    # Print the results of the verification and the written files.
    result, comparison = exported.verification, exported.comparison
    print(f"Verified on {result.images} held-out images:")
    print(
        f"  logits within {result.logits_relative:.1e}, gradients within {result.gradients_relative:.1e} "
        f"(relative; {result.at_kinks} units at a kink)"
    )
    print(f"  the same class end to end on {result.agreement:.2%}", end="")
    print(f", except for {', '.join(result.disagreements)}" if result.disagreements else "")
    print(f"  largest difference of a probability {result.probability_difference:.4f}")
    if result.top_1 is not None:
        print(f"  top-1 of the pair {result.top_1:.2%}")
    if comparison is not None:
        _tell(comparison, arguments.precision)
    for path in (arguments.out, gradient_path(arguments.out)):
        print(f"Wrote {path} ({path.stat().st_size / 1e6:.1f} MB)")
    return 0


def _tell(comparison: Comparison, precision: str) -> None:
    from .compare_precision import SPEED

    print(f"The {precision} pair compared with the fp32 pair, on {comparison.images:,} held-out images:")
    print(f"  the same class on {comparison.agreement:.2%}", end="")
    known = comparison.top_1 is not None and comparison.exact_top_1 is not None
    print(f", top-1 {comparison.top_1:.2%} (exact: {comparison.exact_top_1:.2%})" if known else "")
    print(
        f"  rank correlation of maps {comparison.rank_correlation:.4f}, "
        f"lowest {comparison.lowest_rank_correlation:.3f}"
    )
    print(f"  forward graph {comparison.speed:.2f} times as fast on this machine's CPU")
    if precision == "int8" and comparison.speed < SPEED:
        print(f"  less than the {SPEED:g} times expected of a CPU with VNNI")


def make_parser(prog: str) -> argparse.ArgumentParser:
    """Create the argument parser; does not need PyTorch."""
    parser = argparse.ArgumentParser(
        prog=prog,
        allow_abbrev=False,
        description="Export a training run as a verified pair of ONNX graphs.",
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        default=Path("runs/onecycle"),
        metavar="RUN",
        help="run folder of the trainer (default: %(default)s)",
    )
    parser.add_argument(
        "--pretrained",
        metavar="NAME",
        help="in place of a run, a network with its published weights: efficientnet-lite0, -lite1 or -lite2",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("model.onnx"),
        metavar="NAME.onnx",
        help="the forward graph to write, with its gradient graph next to it (default: %(default)s)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="folder of the images, if they were moved since training; with --pretrained, a folder of any "
        "images to verify on (default: parts of the sample images)",
    )
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="fp32",
        help="precision up to the target layer: int8 for CPUs, fp16 for GPUs (default: %(default)s)",
    )
    parser.add_argument(
        "--images",
        type=int,
        default=256,
        metavar="N",
        help="held-out images to verify on, 0 for all (default: %(default)s)",
    )
    return parser


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(
            f"\rverifying {done} of {total}", end="\n" if done == total else "", file=sys.stderr, flush=True
        )
