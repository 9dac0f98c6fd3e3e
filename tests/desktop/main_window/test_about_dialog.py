"""The About window: which version, whose model and images, which licences; from the menu and by a key."""

from __future__ import annotations

import re
import sys
from importlib.metadata import version

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from desktop.main_window import licenses
from desktop.main_window.about_dialog import About


def test_it_opens_by_key_and_button_and_closes_by_escape(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    QTest.keyClick(window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    about = window.findChild(About)
    wait_until(about.isVisible, "the About window")
    wait_until(lambda: not window.busy, "the licences")
    assert not about.isModal()
    assert f"Whylight {version('whylight')}" in about.program.toPlainText()
    assert re.search(r"Qt 6\.\d+\.\d+, ONNX Runtime \d", about.program.toPlainText())
    assert str(window.settings.data_folder) in about.program.toPlainText()
    assert "Colours colours" in about.card.toPlainText()
    assert "Tux Paint Stamps" in about.images.toPlainText()
    assert "Apache License" in about.licences.toPlainText()
    assert "Lucide Icons and Contributors" in about.licences.toPlainText()
    QTest.keyClick(about, Qt.Key.Key_Escape)
    assert not about.isVisible()
    button = window.tool_bar.widgetForAction(window.commands.about)
    assert isinstance(button, QToolButton)
    button.click()
    wait_until(about.isVisible, "the same window again")
    assert len(window.findChildren(About)) == 1
    window.session.open_model(None)
    wait_until(lambda: not window.busy, "another model")
    assert window.session.opened_model.explainer.card.name in about.card.toPlainText(), "it went on meanwhile"
    about.close()


def test_from_source_the_licences_are_those_of_what_runs(monkeypatch):
    text = licenses.licences()
    for name in ("whylight", "numpy", "onnx", "onnxruntime", "opencv-python-headless", "PySide6_Essentials"):
        assert re.search(rf"^{name} \d+\.\d+", text, re.MULTILINE), name
    assert re.search(r"^protobuf \d", text, re.MULTILINE), "what is needed by what is needed"
    assert not re.search(r"^(torch|pytest) \d", text, re.MULTILINE)
    assert "Redistribution and use in source and binary forms" in text


def test_a_packaged_app_shows_its_own_file(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    (tmp_path / "LICENSE").write_text("terms", encoding="utf-8")
    (tmp_path / "NOTICES.txt").write_text("über alles darin", encoding="utf-8")
    assert licenses.licences() == "terms\nüber alles darin"
