"""`whylight adopt`: convert an ONNX classifier to a pair.

Exit codes: 0 done, 2 invalid usage or a model that cannot be adopted.
"""

from __future__ import annotations

import argparse
from argparse import BooleanOptionalAction
from collections.abc import Sequence
from pathlib import Path

from whylight.adoption.adopt import input_facts
from whylight.adoption.class_names import numbered
from whylight.adoption.describe import describe
from whylight.adoption.input_facts import RANGES, InputFacts
from whylight.adoption.prepare import PreparedModel, prepare
from whylight.adoption.preprocessing_presets import PRESET_NOTES
from whylight.adoption.requirements import suggest_alternatives
from whylight.answers import KINDS
from whylight.commands.console import Parser, StepLine
from whylight.errors import ModelError
from whylight.images.geometry import INTERPOLATIONS
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
    size = tuple(arguments.size) if arguments.size else None
    if arguments.inspect:
        print(_inspected(arguments, size))
        return 0
    if arguments.out is None:
        raise ModelError("name the pair to write with --out NAME.onnx, or look at the model with --inspect")
    options = {
        "preprocessing": arguments.preprocessing,
        "mean": arguments.mean,
        "std": arguments.std,
        "labels": arguments.labels,
        "layer": arguments.layer,
        "scores": arguments.scores,
        "size": size,
        "name": arguments.name,
        "answers": arguments.answers,
        "geometry": arguments.geometry,
        "crop_pct": arguments.crop_pct,
        "interpolation": arguments.interpolation,
        "antialias": arguments.antialias,
        "bgr": arguments.bgr,
        "value_range": arguments.range,
        "without_gradients": arguments.without_gradients,
        "force": arguments.force,
    }
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


def _inspected(arguments: argparse.Namespace, size: tuple[int, int] | None) -> str:
    """Return the output of `--inspect`."""

    def prepared(*, gradients: bool) -> PreparedModel:
        return prepare(
            arguments.model,
            size=size,
            scores=arguments.scores,
            answers=arguments.answers,
            gradients=gradients,
        )

    options = {"size": size, "scores": arguments.scores, "answers": arguments.answers}
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
    facts = _facts(arguments, network.image.size)
    return describe(network, arguments.model.name, gradients=gradients, facts=facts)


def _facts(arguments: argparse.Namespace, size: tuple[int, int]) -> InputFacts:
    """Collect how images come to the network, from the arguments and the file."""
    return input_facts(
        arguments.model,
        arguments.preprocessing,
        size=size,
        mean=arguments.mean,
        std=arguments.std,
        geometry=arguments.geometry,
        crop_pct=arguments.crop_pct,
        interpolation=arguments.interpolation,
        antialias=arguments.antialias,
        bgr=arguments.bgr,
        value_range=arguments.range,
    )


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
    parser.add_argument(
        "--without-gradients",
        action="store_true",
        help="write only the forward graph, for methods that need no gradients; works for any network that "
        "runs",
    )
    parser.add_argument(
        "--preprocessing", metavar="NAME", help=f"how images come to the network: {', '.join(PRESET_NOTES)}"
    )
    parser.add_argument(
        "--geometry",
        metavar="GEOMETRY",
        help="stretch; crop or crop:PIXELS, the shorter side's length before cropping; letterbox, "
        "letterbox:GREY or letterbox:GREY:top-left, padded with a grey of 0 to 255",
    )
    parser.add_argument(
        "--crop-pct", type=float, metavar="SHARE", help="share of the shorter side that is cropped (0.875)"
    )
    parser.add_argument("--interpolation", choices=INTERPOLATIONS, help="how images are resized")
    parser.add_argument(
        "--antialias",
        action=BooleanOptionalAction,
        help="whether all pixels count when an image gets smaller, as in Pillow, or as in OpenCV only some",
    )
    parser.add_argument("--bgr", action=BooleanOptionalAction, help="whether the network takes blue first")
    parser.add_argument(
        "--range",
        metavar="LOW..HIGH",
        help=f"values that the network takes, in place of mean and std: {', '.join(RANGES)}",
    )
    parser.add_argument("--mean", type=float, nargs=3, metavar=("R", "G", "B"), help="mean of values in 0..1")
    parser.add_argument(
        "--std", type=float, nargs=3, metavar=("R", "G", "B"), help="deviation of values in 0..1"
    )
    parser.add_argument(
        "--labels", type=Path, metavar="FILE", help="names of the classes, one per line or as JSON"
    )
    parser.add_argument("--layer", metavar="NAME", help="tensor or node to explain, see --inspect")
    parser.add_argument(
        "--scores",
        metavar="NAME",
        help="output (or inner tensor) with the scores, if it is ambiguous; a part of it as NAME[0:7]",
    )
    parser.add_argument(
        "--answers",
        choices=KINDS,
        help="what the scores answer: one of the classes, several labels, or two classes by one score "
        "(default: as the file's numbers show)",
    )
    parser.add_argument(
        "--size",
        type=int,
        nargs=2,
        metavar=("HEIGHT", "WIDTH"),
        help="input size, if it is not fixed in the file",
    )
    parser.add_argument("--name", help="display name of the model (default: the file's name)")
    parser.add_argument(
        "--inspect", action="store_true", help="list input, scores and layers without writing files"
    )
    return parser
