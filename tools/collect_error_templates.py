"""Collect the templates of error messages for Qt's lupdate.

    python tools/collect_error_templates.py

lupdate only finds strings in calls of `QT_TRANSLATE_NOOP`, and the library does not use Qt. This script reads
the templates from the source and writes them to `desktop/translations/error_templates.py`, which is checked
in.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "desktop" / "translations" / "error_templates.py"

CONTEXT = "Errors"
WIDTH = 110

_BUILDERS = frozenset({"Message", "unsupported", "refusal"})
"""Functions, in addition to error classes, whose first argument is a template."""

_HEAD = '''"""Error templates for lupdate, from `tools/collect_error_templates.py`."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP

TEMPLATES = (
'''


def collect() -> list[str]:
    """Return the distinct templates in the order of files and lines.

    Raises:
        TypeError: a template is an f-string, which cannot be translated.
    """
    trees = {path: ast.parse(path.read_bytes()) for path in sorted((ROOT / "whylight").rglob("*.py"))}
    builders = _BUILDERS | _error_classes(trees.values())
    found: dict[str, None] = {}
    for path, tree in trees.items():
        # In errors.py, error classes with fields pass their template to the base class.
        names = builders | {"__init__"} if path.name == "errors.py" else builders
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
        for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
            if ast.unparse(call.func).split(".")[-1] in names:
                found.update(dict.fromkeys(filter(None, _literals(call.args[0], path))))
    return list(found)


def _error_classes(trees: Iterable[ast.Module]) -> set[str]:
    """Return the names of `WhylightError` and its subclasses."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    found: set[str] = set()
    wider = {"WhylightError"}
    while wider != found:
        found = wider
        wider = found | {node.name for node in classes if found & {ast.unparse(base) for base in node.bases}}
    return found


def _literals(argument: ast.expr, path: Path) -> Iterator[str]:
    if isinstance(argument, ast.JoinedStr):
        place = f"{path.relative_to(ROOT)}:{argument.lineno}"
        raise TypeError(f"{place}: an f-string cannot be translated; give the template fields")
    if isinstance(argument, ast.IfExp):
        yield from _literals(argument.body, path)
        yield from _literals(argument.orelse, path)
    elif isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        yield argument.value


def module_text(templates: list[str]) -> str:
    """Return the source of the module with the templates, formatted like ruff."""
    return _HEAD + "".join(map(_entry, templates)) + ")\n"


def _entry(template: str) -> str:
    line = f'    QT_TRANSLATE_NOOP("{CONTEXT}", {_quoted(template)}),\n'
    if len(line) <= WIDTH + 1:
        return line
    pieces = [""]
    for word in template.split(" "):
        if pieces[-1] and len(_quoted(f"{pieces[-1]}{word} ")) > WIDTH - 9:
            pieces.append("")
        pieces[-1] += f"{word} "
    pieces[-1] = pieces[-1][:-1]
    lines = "\n".join(f"        {_quoted(piece)}" for piece in pieces)
    return f'    QT_TRANSLATE_NOOP(\n        "{CONTEXT}",\n{lines},\n    ),\n'


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    TARGET.write_text(module_text(collect()), encoding="utf-8")
    sys.stdout.write(f"{TARGET.relative_to(ROOT)}: {len(collect())} templates\n")
