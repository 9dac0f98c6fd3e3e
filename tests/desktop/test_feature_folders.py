"""Features are handed what they use, and never the window: read off their source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import desktop
from desktop.common.feature import Feature
from desktop.main_window.window import MainWindow

FOLDERS = ("analysis", "boxes", "classes", "files", "gallery", "layers", "models", "output", "viewer")
ROOT = Path(desktop.__file__).parent
MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def sees_window(source: str) -> list[str]:
    """What in a module's source knows the main window, as `LINE: WORDS`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            module = getattr(node, "module", None) or ""
            names = {part for alias in node.names for part in alias.name.split(".")}
            if {"main_window", "MainWindow"} & {*module.split("."), *names}:
                found.append(f"{node.lineno}: imports {module or names}")
        elif isinstance(node, ast.arg):
            annotation = "" if node.annotation is None else ast.unparse(node.annotation)
            if node.arg.strip("_") in ("window", "main_window") or "MainWindow" in annotation:
                found.append(f"{node.lineno}: takes {node.arg}")
    return found


def constructors(path: Path) -> Iterator[tuple[str, ast.arguments]]:
    """The names of a module's features, and what each is handed."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Feature" for base in node.bases):
            for part in node.body:
                if isinstance(part, ast.FunctionDef) and part.name == "__init__":
                    yield node.name, part.args


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_feature_sees_the_window(path):
    assert sees_window(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "from ..main_window.window import MainWindow",
        "from .. import main_window",
        "import desktop.main_window.layout",
        "def connect(window): ...",
        "def connect(parent: 'MainWindow'): ...",
        "class Feature:\n    def __init__(self, *, window): ...",
    ],
)
def test_each_way_to_see_the_window_is_found(source):
    assert len(sees_window(source)) == 1


def test_a_feature_is_handed_at_most_five_things_and_its_parent():
    handed = {name: arguments for path in MODULES for name, arguments in constructors(path)}
    assert len(handed) > 10
    for name, arguments in handed.items():
        names = [each.arg for each in (*arguments.args, *arguments.kwonlyargs)]
        assert len(set(names) - {"self", "parent"}) <= 5, (name, names)


def test_the_window_closes_and_listens_to_every_feature_that_it_has(open_window, colours, images):
    window: MainWindow = open_window(images, model=colours)
    made = {name: value for name, value in vars(window).items() if isinstance(value, Feature)}
    assert set(made.values()) == set(window.features)
    for name, feature in made.items():
        feature.failed.emit(f"{name} failed")
        assert window.message_bar.label.text() == f"{name} failed"
