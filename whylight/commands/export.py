"""`whylight export`: export a training run as a pair, like `python -m export`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from whylight.siblings import import_sibling


def main(argv: Sequence[str], prog: str) -> int:
    """Run the sub-command on `argv` and return its exit status.

    Raises:
        MissingExtraError: the exporter's libraries are not installed.
    """
    return int(import_sibling("export.cli").main(argv, prog))


def make_parser(prog: str) -> argparse.ArgumentParser:
    """Create the argument parser of the sub-command."""
    parser: argparse.ArgumentParser = import_sibling("export.cli").make_parser(prog)
    return parser
