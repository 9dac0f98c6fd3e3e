"""Options of adoption, for command line, form and documents.

`OPTIONS` names the arguments of `whylight.adopt` that say something about a model. The command line makes its
flags of it, `Explainer` takes the same, the window's form asks for the same, and a test compares the table
with the signature of `adopt` and with docs/adopting.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from whylight.adoption.input_facts import RANGES
from whylight.adoption.known_classes import KNOWN_CLASSES
from whylight.adoption.preprocessing_presets import PRESET_NOTES
from whylight.answers import KINDS
from whylight.images.geometry import INTERPOLATIONS

About = Literal["input", "structure", "pair"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptOption:
    """An option of adoption."""

    name: str
    """Argument of `whylight.adopt`."""
    about: About
    """`input`: how images come to the network; `structure`: what the file leaves open; `pair`: the result."""
    help: str
    kind: Literal["text", "path", "number", "numbers", "switch", "yes_or_no"] = "text"
    metavar: str | tuple[str, ...] | None = None
    choices: tuple[str, ...] = ()
    flag: str = ""
    """Flag of the command line; empty for `--` and the name with hyphens."""

    @property
    def command_flag(self) -> str:
        """The flag on the command line: `--crop-pct`."""
        return self.flag or f"--{self.name.replace('_', '-')}"


OPTIONS = (
    AdoptOption(
        name="preprocessing",
        about="input",
        metavar="NAME",
        help=f"how images come to the network: {', '.join(PRESET_NOTES)}",
    ),
    AdoptOption(
        name="geometry",
        about="input",
        metavar="GEOMETRY",
        help="stretch; crop or crop:PIXELS, the shorter side's length before cropping; letterbox, "
        "letterbox:GREY or letterbox:GREY:top-left, padded with a grey of 0 to 255",
    ),
    AdoptOption(
        name="crop_pct",
        about="input",
        kind="number",
        metavar="SHARE",
        help="share of the shorter side that is cropped (0.875)",
    ),
    AdoptOption(name="interpolation", about="input", choices=INTERPOLATIONS, help="how images are resized"),
    AdoptOption(
        name="antialias",
        about="input",
        kind="yes_or_no",
        help="whether all pixels count when an image gets smaller, as in Pillow, or as in OpenCV only some",
    ),
    AdoptOption(name="bgr", about="input", kind="yes_or_no", help="whether the network takes blue first"),
    AdoptOption(
        name="value_range",
        about="input",
        metavar="LOW..HIGH",
        flag="--range",
        help=f"values that the network takes, in place of mean and std: {', '.join(RANGES)}",
    ),
    AdoptOption(
        name="mean",
        about="input",
        kind="numbers",
        metavar=("R", "G", "B"),
        help="mean of values in 0..1",
    ),
    AdoptOption(
        name="std",
        about="input",
        kind="numbers",
        metavar=("R", "G", "B"),
        help="deviation of values in 0..1",
    ),
    AdoptOption(
        name="labels",
        about="pair",
        kind="path",
        metavar="FILE",
        help="names of the classes, one per line or as JSON; or the name of a list: "
        f"{', '.join(KNOWN_CLASSES)}",
    ),
    AdoptOption(name="layer", about="pair", metavar="NAME", help="tensor or node to explain, see --inspect"),
    AdoptOption(
        name="scores",
        about="structure",
        metavar="NAME",
        help="output (or inner tensor) with the scores, if it is ambiguous; a part of it as NAME[0:7]",
    ),
    AdoptOption(
        name="answers",
        about="structure",
        choices=KINDS,
        help="what the scores answer: one of the classes, several labels, or two classes by one score "
        "(default: as the file's numbers show)",
    ),
    AdoptOption(
        name="size",
        about="structure",
        kind="numbers",
        metavar=("HEIGHT", "WIDTH"),
        help="input size, if it is not fixed in the file",
    ),
    AdoptOption(name="name", about="pair", help="display name of the model (default: the file's name)"),
    AdoptOption(
        name="without_gradients",
        about="pair",
        kind="switch",
        help="write only the forward graph, for methods that need no gradients; works for any network that "
        "runs",
    ),
)
"""All options of adoption, in the order of the help."""

INPUT_OPTIONS = tuple(option.name for option in OPTIONS if option.about == "input")
"""Names of those about how images come to the network, arguments of `input_facts`."""


def given_options(values: Any) -> dict[str, Any]:
    """Return the options that have a value, as keyword arguments of `whylight.adopt`.

    Args:
        values: an object with an attribute for each option (`argparse.Namespace`).
    """
    found: dict[str, Any] = {}
    for option in OPTIONS:
        value = getattr(values, option.name)
        if (value is not None and value is not False) or (option.kind == "yes_or_no" and value is False):
            found[option.name] = tuple(value) if isinstance(value, list) else value
    return found
