"""`whylight adopt`: convert an ONNX classifier to a pair.

Exit codes: 0 done, 2 invalid usage or a model that cannot be adopted.
"""

from __future__ import annotations

import argparse
from argparse import BooleanOptionalAction
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from whylight.adoption.adopt import input_facts
from whylight.adoption.class_names import numbered
from whylight.adoption.describe import describe
from whylight.adoption.options import INPUT_OPTIONS, OPTIONS, AdoptOption, given_options
from whylight.adoption.prepare import PreparedModel, prepare
from whylight.adoption.requirements import suggest_alternatives
from whylight.commands.console import Parser, StepLine
from whylight.errors import ModelError
from whylight.isolation.trust import adopt_isolated, examine_isolated
from whylight.methods.availability import join_names, methods_of
from whylight.pair.files import load_pair
from whylight.pair.metadata import gradient_path
from whylight.steps import steps_told


def main(argv: Sequence[str], prog: str) -> int:
    """Run the sub-command on `argv` and return its exit code.

    Raises:
        ModelError: the model cannot be adopted, or an option is needed to adopt it.
    """
    arguments = make_parser(prog).parse_args(argv)
    if arguments.inspect:
        print(_inspected(arguments))
        return 0
    if arguments.out is None:
        raise ModelError("name the pair to write with --out NAME.onnx, or look at the model with --inspect")
    options = {**given_options(arguments), "force": arguments.force}
    steps = StepLine()
    with steps_told(steps), steps:
        adopt_isolated(arguments.model, arguments.out, options)
    pair = load_pair(arguments.out)
    # Describe the result: files, layer, class names, verification.
    card = pair.card
    if pair.gradient is None:
        methods = methods_of(gradients=False, activations=bool(card.target_layer))
        print(f"{arguments.out}: {len(card.classes)} classes, explained by {join_names(methods)}.")
        print(card.notes)
    else:
        print(f"{arguments.out} and {gradient_path(arguments.out).name}: {len(card.classes)} classes,")
        print(f"explained at layer '{card.target_layer}'. {card.notes}")
    if card.classes == numbered(len(card.classes)):
        print("Classes are numbered, since the file holds no names for them; --labels FILE gives them names.")
    difference = card.verification.get("adoption_difference")
    if difference is None:
        print("This runtime cannot run the file itself, so the answers were not compared with it.")
    else:
        print(f"Largest difference from the file's answers: {difference:.1e} of the largest answer.")
    return 0


def _inspected(arguments: argparse.Namespace) -> str:
    """Return the output of `--inspect`."""
    given = given_options(arguments)
    options: dict[str, Any] = {name: given.get(name) for name in ("size", "scores", "answers")}

    def prepared(*, gradients: bool) -> PreparedModel:
        return prepare(arguments.model, **options, gradients=gradients)

    gradients = not arguments.without_gradients

    def layer_without_gradients() -> str:
        examine_isolated(arguments.model, {**options, "gradients": False})
        layer = prepared(gradients=False).any_layer
        return "" if layer is None else layer.name

    try:
        examine_isolated(arguments.model, {**options, "gradients": gradients})
        network = prepared(gradients=gradients)
    except ModelError as error:
        suggest_alternatives(error, layer_without_gradients)
        raise
    told: dict[str, Any] = {name: given.get(name) for name in INPUT_OPTIONS}
    facts = input_facts(arguments.model, **told, size=network.image.size)
    return describe(network, arguments.model.name, gradients=gradients, facts=facts)


def make_parser(prog: str) -> Parser:
    """Create the argument parser of the sub-command."""
    parser = Parser(
        prog=prog,
        description="Make a pair of an ONNX image classifier from any framework.",
    )
    parser.add_argument("model", type=Path, metavar="MODEL.onnx")
    parser.add_argument("--out", type=Path, metavar="NAME.onnx", help="the pair's forward graph")
    parser.add_argument(
        "--force",
        action="store_true",
        help="replace what lies at --out, whatever it is (default: only a pair of the same model)",
    )
    for option in OPTIONS:
        _add_option(parser, option)
    parser.add_argument(
        "--inspect", action="store_true", help="list input, scores and layers without writing files"
    )
    return parser


def _add_option(parser: Parser, option: AdoptOption) -> None:
    """Add an option of the table to the parser."""
    further: dict[str, Any] = {"help": option.help, "dest": option.name}
    if option.kind in ("switch", "yes_or_no"):
        further["action"] = "store_true" if option.kind == "switch" else BooleanOptionalAction
    elif option.choices:
        further["choices"] = option.choices
    else:
        further["metavar"] = option.metavar
    if option.kind == "numbers" and option.metavar is not None:
        further |= {"nargs": len(option.metavar), "type": int if option.name == "size" else float}
    elif option.kind in ("number", "path"):
        further["type"] = float if option.kind == "number" else Path
    parser.add_argument(option.command_flag, **further)
