"""The command line of the exporter: `python -m export --checkpoint runs/onecycle`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from explain.errors import WhylightError
from explain.pair_files import gradient_path
from export.exporter import export
from trainer.checkpoint import load_trained


def main(argv: Sequence[str] | None = None) -> int:
    """Export; 0 when the pair was verified and written, 2 when not."""
    arguments = _parser().parse_args(argv)
    try:
        trained = load_trained(arguments.checkpoint)
        if arguments.data is not None:
            trained = replace(trained, data_root=arguments.data)
        print(f"Exporting {trained.network_name} from {arguments.checkpoint}")
        result = export(trained, arguments.out, pictures=arguments.pictures, on_picture=_progress)
    except WhylightError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; nothing was replaced", file=sys.stderr)
        return 130
    print(f"Verified on {result.pictures} held-out pictures:")
    print(f"  logits within {result.logits_relative:.1e}, maps within {result.maps_relative:.1e} (relative)")
    print(f"  the whole path names the same class on {result.agreement:.2%}", end="")
    print(f", the others: {', '.join(result.disagreements)}" if result.disagreements else "")
    print(f"  largest difference of a probability {result.probability_difference:.4f}")
    print(f"  top-1 of the pair {result.top_1:.2%}")
    for path in (arguments.out, gradient_path(arguments.out)):
        print(f"Wrote {path} ({path.stat().st_size / 1e6:.1f} MB)")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m export",
        description="Turn a training run into a verified pair of ONNX graphs for app and command line.",
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        default=Path("runs/onecycle"),
        metavar="RUN",
        help="run folder of the trainer",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("assets/model.onnx"),
        metavar="NAME.onnx",
        help="the forward graph to write",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="folder of the pictures, where they moved since training"
    )
    parser.add_argument(
        "--pictures",
        type=int,
        default=256,
        metavar="N",
        help="held-out pictures to verify on, 0 for all (default: %(default)s)",
    )
    return parser


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(
            f"\rverifying {done} of {total}", end="\n" if done == total else "", file=sys.stderr, flush=True
        )
