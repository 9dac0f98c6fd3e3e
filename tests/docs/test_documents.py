"""What documents say of the repository is so: links, tables, indexes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import whylight
from tests.docs.documents import DOCUMENTS, ROOT
from tools import method_table

REPOSITORY = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Source"]
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for link in _LINK.findall(document.read_text(encoding="utf-8")):
        target = link.partition("#")[0]
        if own := re.fullmatch(rf"{re.escape(REPOSITORY)}/(?:blob|tree|raw)/main/(.+)", target):
            assert (ROOT / own[1]).exists(), link
        elif target and "://" not in target and not target.startswith("mailto:"):
            there = document.parent / target
            if there.parent.name == "notebooks":  # a page that is made of the notebook
                there = there.with_suffix(".ipynb")
            assert there.exists(), link


def test_links_of_the_readme_work_outside_the_repository() -> None:
    for link in _LINK.findall((ROOT / "README.md").read_text(encoding="utf-8")):
        assert link.startswith(("https://", "docs/")), link
        if not link.startswith("https://"):  # an image: hatch_build.py makes its address absolute
            assert Path(link).suffix == ".png"


@pytest.mark.parametrize("document", method_table.DOCUMENTS, ids=lambda path: path.name)
def test_the_table_of_methods_is_in_line(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    written = text.split(method_table.BEGIN)[1].split(method_table.END)[0].strip()
    assert written == method_table.table(), "run `python -m tools.method_table`"
    assert written.count("\n| `") == len(whylight.METHODS)


def test_the_index_lists_all_decisions() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\((0\d{3}-[^)]+)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(path.name for path in folder.glob("0*.md"))
    assert len(listed) == len(set(listed))


def test_every_picture_of_the_guides_is_used() -> None:
    text = "".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    for picture in (*(ROOT / "docs" / "screens").iterdir(), *(ROOT / "docs" / "images").iterdir()):
        assert picture.name in text, picture
