"""`whylight self-test`: check this installation of Whylight."""

from __future__ import annotations

from collections.abc import Sequence

from whylight.commands.console import Parser
from whylight.siblings import import_sibling


def main(argv: Sequence[str], prog: str) -> int:
    """Run the sub-command on `argv`; return 0 if all steps passed, else 1."""
    make_parser(prog).parse_args(argv)
    return int(import_sibling("desktop.self_test.runner").main())


def make_parser(prog: str) -> Parser:
    """Create the argument parser of the sub-command, which has no options."""
    return Parser(
        prog=prog,
        description="Check this installation: the bundled pair, an explanation against a recorded one, a "
        "report, an adoption and, where it is installed, the window.",
    )
