"""Nothing that is read can run code: no pickle but checkpoints with `weights_only`, no eval."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("whylight", "desktop", "trainer", "export")
UNSAFE = {
    *("pickle.load", "pickle.loads", "pickle.Unpickler", "marshal.load", "marshal.loads", "shelve.open"),
    *("joblib.load", "dill.load", "dill.loads", "yaml.load", "eval", "exec", "os.system"),
}


def faults(source: str) -> Iterator[str]:
    """What in a module could run what it reads, by line."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        options = {each.arg: ast.unparse(each.value) for each in node.keywords}
        if called in UNSAFE:
            yield f"{node.lineno}: {called}"
        if called == "torch.load" and options.get("weights_only") != "True":
            yield f"{node.lineno}: torch.load without weights_only"
        if options.get("allow_pickle", "False") != "False":
            yield f"{node.lineno}: {called} with allow_pickle"
        if called.startswith("subprocess.") and options.get("shell", "False") != "False":
            yield f"{node.lineno}: {called} with a shell"


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_that_is_read_can_run(package: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{fault}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for fault in faults(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("torch.load(path, weights_only=True)", 0),
        ("torch.load(path)", 1),
        ("np.load(file, allow_pickle=True)", 1),
        ("np.load(file)", 0),
        ("pickle.loads(data)", 1),
        ("subprocess.run(words, shell=True)", 1),
    ],
)
def test_faults_of_single_lines(source: str, count: int) -> None:
    assert len(list(faults(source))) == count
