"""The Python blocks of README and guides run, and so do their commands that install nothing."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from tests.docs.documents import GUIDES, ROOT, Block, blocks
from tests.whylight.helpers.detectors import detector
from tests.whylight.helpers.segmenters import segmenter
from tools.random_classifier import write_classifier
from whylight.images.decode import read_image
from whylight.images.encode import write_image

NOT_RUN = (
    "pip ",  # installs
    "python tools/compose_images.py",
    "whylight window",  # opens the window; tests/desktop does
    "whylight evaluate photos --sanity",  # a minute; tests/whylight/commands/test_evaluate.py does
    "whylight explain photos --model mine.onnx --method occlusion",  # likewise; tests/whylight/perturbation
    "whylight train",  # minutes; tests/test_end_to_end.py does
    "whylight export",
    "torchrun",
    "./Whylight",
)
"""How commands begin that are not run here."""
PARSED_ONLY = {"whylight", "whylight photos"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A reader's folder: some photos, a classifier with ImageNet-like class names, an empty cache."""
    monkeypatch.setenv("WHYLIGHT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.chdir(tmp_path)
    samples = ROOT / "assets" / "samples"
    (tmp_path / "photos").mkdir()
    shutil.copy(samples / "pigeon.png", tmp_path / "photos" / "pigeon.png")
    onnx.save(detector(), tmp_path / "yolov8n.onnx")
    classes = {"names": "['background', 'road', 'car', 'truck', 'sky']"}
    onnx.save(segmenter("logits", metadata=classes), tmp_path / "deeplab.onnx")
    mask = np.zeros_like(read_image(samples / "beaver.png"))
    mask[:, :50] = 255
    write_image(tmp_path / "mask.png", mask)
    for name in ("rooster.png", "cat.jpg", "street.jpg"):
        shutil.copy(samples / "beaver.png", tmp_path / name)
    write_classifier(tmp_path / "resnet50.onnx", 64)
    write_classifier(tmp_path / "theirs.onnx", 64)
    names = ["tabby, tabby cat", "tiger cat", *(f"class {number}" for number in range(2, 10))]
    (tmp_path / "names.txt").write_text("\n".join(names), encoding="utf-8")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("document", GUIDES, ids=lambda path: path.name)
def test_the_blocks_of_a_document_run_in_its_order(document: Path, folder: Path) -> None:
    script = [
        f"exec(compile({block.code!r}, {f'{document.name}, line {block.line}'!r}, 'exec'))"
        if block.language == "python"
        else "\n".join(f"run({words!r})" for words in commands(block))
        for block in blocks(document)
        if block.language in ("", "python")
    ]
    # In one process: starting one for each command takes longer than most of them. test_wheel.py starts some.
    runner = "from whylight.cli import main\ndef run(words):\n    assert main(words) == 0, words\n"
    ran = subprocess.run(
        [sys.executable, "-c", "\n".join([runner, *script])],
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
    if document.name == "README.md":
        assert (folder / "rooster.png").is_file()
        assert (folder / "report" / "index.html").is_file()
        assert (folder / "mine.gradient.onnx").is_file()


def commands(block: Block) -> list[list[str]]:
    """The arguments of the `whylight` commands of a block that can be run here."""
    found = []
    for line in block.code.splitlines():
        command = line.split("  #")[0].strip()
        if not command or command in PARSED_ONLY or command.startswith(NOT_RUN):
            continue
        words = shlex.split(command.split(" | ")[0])
        assert words[0] == "whylight", f"line {block.line}: who runs {command!r}?"
        found.append(words[1:])
    return found


def test_the_guides_have_something_to_run() -> None:
    python = [block for document in GUIDES for block in blocks(document) if block.language == "python"]
    shell = [each for document in GUIDES for block in blocks(document) if not block.language
             for each in commands(block)]  # fmt: skip
    assert len(python) >= 12
    assert len(shell) >= 15


@pytest.mark.slow
@pytest.mark.parametrize(
    "notebook", sorted((ROOT / "docs" / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem
)
def test_a_notebook_runs(notebook: Path, folder: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert code
    assert not any(cell.get("outputs") for cell in cells), "notebooks are kept without outputs"
    shown = "\nif hasattr(_, '_repr_html_'):\n    _._repr_html_()\n"
    script = "\n".join(
        f"exec(compile({_assigned(source) + shown!r}, 'cell {number}', 'exec'))"
        for number, source in enumerate(code)
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        cwd=folder,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]


def _assigned(source: str) -> str:
    """A cell that keeps the value of its last expression in `_`, as a notebook does."""
    import ast

    tree = ast.parse(source)
    if isinstance(tree.body[-1], ast.Expr):
        tree.body[-1] = ast.Assign([ast.Name("_", ast.Store())], tree.body[-1].value)
    else:
        tree.body.append(ast.Assign([ast.Name("_", ast.Store())], ast.Constant(None)))
    return ast.unparse(ast.fix_missing_locations(tree))
