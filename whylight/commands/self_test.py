"""`whylight self-test`: does this copy of Whylight, as it is installed here, do what it should?"""

from __future__ import annotations

from collections.abc import Sequence

from whylight.commands.console import Parser
from whylight.siblings import import_sibling


def main(argv: Sequence[str], prog: str) -> int:
    """Run the sub-command on `argv`: 0 if all steps passed, else 1."""
    make_parser(prog).parse_args(argv)
    return int(import_sibling("desktop.self_test.runner").main())


def make_parser(prog: str) -> Parser:
    """The options of the sub-command: none."""
    return Parser(
        prog=prog,
        description="Check this installation: the bundled pair, an explanation against a recorded one, a "
        "report, an adoption and, where it is installed, the window.",
    )
