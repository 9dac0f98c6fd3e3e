"""The site builds without a warning, a dead link among them, and fetches nothing when it is read."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.documents import ROOT

pytest.importorskip("material", reason="needs pip install -e '.[docs]'")
pytest.importorskip("mkdocstrings", reason="needs pip install -e '.[docs]'")

_FETCHED = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\ssrc=["']?((?:https?:)?//[^"'\s>]+)"""
    r"""|<link\b(?=[^>]*\brel=["']?(?:stylesheet|preconnect|icon|preload))[^>]*\shref=["']?((?:https?:)?//[^"'\s>]+)"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(out)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return out


def test_the_site_has_the_api_and_the_notebooks(site: Path) -> None:
    assert "grayscale_cam" in (site / "api" / "result.html").read_text(encoding="utf-8")
    for notebook in (ROOT / "docs" / "notebooks").glob("*.ipynb"):
        assert "import whylight" in re.sub(
            r"<[^>]+>", "", (site / "notebooks" / f"{notebook.stem}.html").read_text(encoding="utf-8")
        )


def test_nothing_is_fetched_when_a_page_is_read(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        found = _FETCHED.findall(page.read_text(encoding="utf-8"))
        assert not found, (page, found)
    for style in site.rglob("*.css"):
        assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//", style.read_text(encoding="utf-8")), (
            style
        )
