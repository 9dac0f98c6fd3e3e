"""`whylight window`, and `whylight` without arguments: open the window."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from whylight.siblings import import_sibling


def main(argv: Sequence[str], prog: str) -> int:
    """Run the sub-command on `argv` and return its exit status.

    Raises:
        MissingExtraError: the window's libraries are not installed.
    """
    return int(import_sibling("desktop.cli").main(argv, prog))


def make_parser(prog: str) -> argparse.ArgumentParser:
    """Create the argument parser of the sub-command."""
    parser: argparse.ArgumentParser = import_sibling("desktop.cli").make_parser(prog)
    return parser
