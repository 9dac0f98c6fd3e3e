"""The table of options, against the signature that it describes and the page that lists them."""

from __future__ import annotations

import inspect
from pathlib import Path

from whylight.adoption.adopt import adopt, input_facts
from whylight.adoption.options import INPUT_OPTIONS, OPTIONS
from whylight.explainer import ADOPT_OPTIONS

OF_MODULES = {"model", "out", "example", "classes", "force"}
"""Arguments of `adopt` that are no options of an ONNX file, or say where the pair goes."""


def test_the_table_holds_every_option_of_adopt() -> None:
    arguments = set(inspect.signature(adopt).parameters) - OF_MODULES
    assert {option.name for option in OPTIONS} == arguments
    assert set(ADOPT_OPTIONS) == arguments - {"layer"}, "a layer is named to Explainer apart"


def test_options_about_images_are_those_of_input_facts() -> None:
    assert set(INPUT_OPTIONS) == set(inspect.signature(input_facts).parameters) - {"path", "size", "file"}


def test_the_page_on_adopting_names_every_flag() -> None:
    page = (Path(__file__).parents[3] / "docs" / "adopting.md").read_text(encoding="utf-8")
    missing = [option.command_flag for option in OPTIONS if f"{option.command_flag}" not in page]
    assert not missing
