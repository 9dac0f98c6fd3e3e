"""`whylight train`: train a network, like `python -m trainer`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from whylight.commands.console import Parser
from whylight.siblings import import_sibling


def main(argv: Sequence[str], prog: str) -> int:
    """Run the sub-command on `argv` and return its exit status.

    Raises:
        MissingExtraError: the trainer's libraries are not installed.
    """
    return int(import_sibling("trainer.cli").main(argv, prog))


def make_parser(prog: str) -> Parser:
    """Create a parser with the names of the options, for shell completion.

    `main` parses and documents them with tyro.

    Raises:
        MissingExtraError: the trainer's libraries are not installed.
    """
    parser = Parser(prog=prog)
    for field in fields(import_sibling("trainer.config").Settings):
        option = f"--{field.name.replace('_', '-')}"
        if field.type == "bool":
            parser.add_argument(option, action="store_true")
        else:
            parser.add_argument(option, type=Path if "Path" in str(field.type) else str)
    return parser
