"""`whylight completion`: print a script for shell completion."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import shtab

from whylight.commands import COMMANDS, load_command
from whylight.commands.console import Parser
from whylight.errors import MissingExtraError

PROGRAM = "whylight"
SHELLS = ("bash", "zsh", "fish")

_INSTALL = """\
  bash  whylight completion bash > ~/.local/share/bash-completion/completions/whylight
  zsh   whylight completion zsh > a file named _whylight in a folder of $fpath
  fish  whylight completion fish > ~/.config/fish/completions/whylight.fish
"""


def main(argv: Sequence[str], prog: str) -> int:
    """Print the script for the shell given in `argv`."""
    arguments = make_parser(prog).parse_args(argv)
    print(shtab.complete(command_tree(), shell=arguments.shell))
    return 0


def make_parser(prog: str) -> Parser:
    """Create the argument parser of the sub-command."""
    parser = Parser(
        prog=prog,
        description="Print the script that completes Whylight's commands and options in a shell.",
        epilog=f"To install it:\n\n{_INSTALL}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=SHELLS)
    return parser


def command_tree() -> Parser:
    """Return the whole command line as one parser, without options of missing extras."""
    tree = Parser(prog=PROGRAM)
    tree.add_argument("--version", action="store_true", help="print the version")
    commands = tree.add_subparsers(metavar="COMMAND")
    for name, words in COMMANDS.items():
        try:
            own = [load_command(name).make_parser(f"{PROGRAM} {name}")]
        except MissingExtraError:
            own = []
        for action in own[0]._actions if own else ():
            if action.type is Path:
                action.complete = shtab.FILE
        commands.add_parser(name, parents=own, add_help=not own, help=words)
    return tree
