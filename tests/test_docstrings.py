"""Style of docstrings: a short first line, an imperative verb or a noun phrase."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("whylight", "desktop", "trainer", "export", "benchmarks", "bundle", "tools")
LONGEST = 80

BAD_BEGINNINGS = re.compile(
    r"(What|Whatever|Whoever|Who|How|Where|Wherever|Which|None|Does|Is|Are|So|Because|Of|But|And|Likewise)\b"
)
"""Words that begin a question, a clause or a fragment.

`Whether` is allowed: it begins the usual description of a boolean attribute. `Where` is not: name the array.
"""

WORDS = re.compile(
    r"(?<!`)\b(whoever|whatever|likewise|rightly|but for|by itself|speaks? (for|against|of)|tells?|told)\b"
)
"""Words of literal translation, anywhere in the first line."""

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def modules() -> list[Path]:
    """Return the modules of all packages, relative to the repository."""
    return [path.relative_to(ROOT) for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]


def first_lines(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line number and first line of the docstrings of a module, its classes and functions."""
    for node in ast.walk(tree):
        if isinstance(node, Documented) and (text := ast.get_docstring(node)):
            yield node.body[0].lineno, text.partition("\n")[0]


def faults(line: str) -> list[str]:
    """Return what is wrong with the first line of a docstring."""
    found = []
    if len(line) > LONGEST:
        found.append(f"{len(line)} characters, at most {LONGEST}")
    if BAD_BEGINNINGS.match(line):
        found.append("begins with a question or clause")
    if word := WORDS.search(line):
        found.append(f"'{word[0]}'")
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_first_lines_are_short_phrases(package: str) -> None:
    found = [
        f"{path}:{number}: {'; '.join(wrong)}: {line}"
        for path in modules()
        if path.parts[0] == package
        for number, line in first_lines(ast.parse((ROOT / path).read_bytes()))
        if (wrong := faults(line))
    ]
    assert not found, "\n".join(found)


def test_every_package_is_examined() -> None:
    assert {path.parts[0] for path in modules()} == set(PACKAGES)


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("Return the maps of an image.", 0),
        ("Whether the model has gradients.", 0),
        ("Gradient of one score.", 0),
        ("What a run leaves behind.", 1),
        ("How far the score falls.", 1),
        ("Evidence that speaks for a class.", 1),
        ("x" * 81, 1),
    ],
)
def test_faults_of_single_lines(line: str, count: int) -> None:
    assert len(faults(line)) == count
