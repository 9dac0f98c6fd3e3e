"""The manual in the window: every page, links between them, no network."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest

from desktop.main_window.manual import PAGES, Manual, anchor, manual_folder, page_text


@pytest.fixture
def manual(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    QTest.keyClick(window, Qt.Key.Key_F1)
    wait_until(lambda: window.findChild(Manual) is not None)
    found = window.findChild(Manual)
    wait_until(found.isVisible)
    yield found
    found.close()


def test_f1_opens_the_page_on_the_window(manual):
    assert manual.page == "window"
    text = manual.text.toPlainText()
    assert "Can I trust this map?" in text
    assert not manual.isModal()
    titles = [manual.list.item(row).text() for row in range(manual.list.count())]
    assert len(titles) == len(PAGES)
    assert all(titles)
    assert "Adopting your own ONNX model" in titles


def test_links_go_to_pages_and_headings(manual, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    manual.follow(QUrl("adopting.md#what-the-model-sees"))
    assert manual.page == "adopting"
    assert manual.text.verticalScrollBar().value() > 0
    manual.follow(QUrl("window.md"))
    assert manual.page == "window"
    manual.follow(QUrl("#marks"))
    assert manual.text.verticalScrollBar().value() > 0
    manual.follow(QUrl("decisions/0120-a-map-is-tested-for-what-was-asked.md"))
    assert manual.page == "window", "that page is on the site alone"
    assert not opened
    manual.follow(QUrl("https://example.org/"))
    assert [url.host() for url in opened] == ["example.org"]


@pytest.mark.parametrize("name", PAGES)
def test_links_between_the_pages_lead_somewhere(name):
    folder = manual_folder()
    headings = {
        page: {anchor(line.lstrip("# ")) for line in page_text(folder, page).splitlines() if line[:1] == "#"}
        for page in PAGES
    }
    for page, fragment in re.findall(r"\]\((?:([\w-]+)\.md)?#([\w-]+)\)", page_text(folder, name)):
        if (page or name) in headings:
            assert fragment in headings[page or name], (page or name, fragment)


def test_a_folder_without_images_has_no_broken_ones(tmp_path):
    text = (manual_folder() / "window.md").read_text(encoding="utf-8")
    (tmp_path / "window.md").write_text(text, encoding="utf-8")
    assert "![" in page_text(manual_folder(), "window")
    assert "![" not in page_text(tmp_path, "window")
