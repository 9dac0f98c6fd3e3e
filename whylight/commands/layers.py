"""`whylight layers`: list the layers of a model that can be explained."""

from __future__ import annotations

from collections.abc import Sequence

from whylight.commands.console import Parser


def main(argv: Sequence[str], prog: str) -> int:
    """Run the sub-command on `argv` and return its exit status.

    Raises:
        ModelError: the model cannot be read.
        QuestionError: it has no gradients.
    """
    from whylight.explainer import Explainer
    from whylight.isolation.trust import require_openable

    arguments = make_parser(prog).parse_args(argv)
    require_openable(arguments.model)
    explainer = Explainer(arguments.model)
    print(f"{explainer.card.name}: * explained, . stands for its block, ( ) one branch of several only")
    for choice in explainer.layers():
        mark = "*" if choice.is_target else "." if choice.is_main else " "
        name = choice.name if choice.is_cut else f"({choice.name})"
        height, width = choice.size
        print(f"{mark} {name:40} {choice.op_type:20} {choice.channels} x {height} x {width}")
    return 0


def make_parser(prog: str) -> Parser:
    """Create the argument parser of the sub-command."""
    parser = Parser(prog=prog, description="List the layers of a model that can be explained.")
    parser.add_argument(
        "--model",
        metavar="MODEL",
        help="general or caltech, the bundled ones, or the forward graph of a pair (default: general)",
    )
    return parser
