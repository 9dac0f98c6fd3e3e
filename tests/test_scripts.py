"""Scripts of the benchmarks and tools: what only running them would show."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]
_SCRIPTS = sorted(
    path
    for folder in ("benchmarks", "tools", "export", "trainer")
    for path in (_ROOT / folder).rglob("*.py")
    if "add_argument(" in path.read_text(encoding="utf-8")
    and ".parse_args(" in path.read_text(encoding="utf-8")
)


def _destinations(tree: ast.AST) -> Iterator[str]:
    """Yield the attributes that `add_argument` gives to what is parsed."""
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        if call.func.attr == "set_defaults":
            yield from (keyword.arg for keyword in call.keywords if keyword.arg)
        if call.func.attr not in ("add_argument", "add_subparsers"):
            continue
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        if isinstance(dest := given.get("dest"), ast.Constant):
            yield str(dest.value)
            continue
        flags = [flag.value for flag in call.args if isinstance(flag, ast.Constant)]
        long = [str(flag) for flag in flags if str(flag).startswith("--")] or [str(flag) for flag in flags]
        if long:
            yield long[0].lstrip("-").replace("-", "_")


@pytest.mark.parametrize("script", _SCRIPTS, ids=lambda path: str(path.relative_to(_ROOT)))
def test_only_options_that_exist_are_read(script: Path) -> None:
    """A type checker knows nothing of what `parse_args` returns."""
    tree = ast.parse(script.read_text(encoding="utf-8"))
    known = {*_destinations(tree)}
    read = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "arguments"
        and isinstance(node.ctx, ast.Load)
    }
    assert read <= known


def test_there_are_scripts() -> None:
    assert len(_SCRIPTS) > 15
