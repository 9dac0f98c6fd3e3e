"""German as the second language: complete, up to date, and shown where the system speaks it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget

from desktop.startup.translation import FOLDER, install_language

DESKTOP = FOLDER.parent
GERMAN = FOLDER / "whylight_de.ts"


def tool(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed; it comes with PySide6-Essentials")
    return found


def messages(path: Path) -> dict[tuple[str, str], ET.Element]:
    contexts = ET.parse(path).getroot().iter("context")
    return {
        (context.findtext("name", ""), message.findtext("source", "")): message.find("translation")
        for context in contexts
        for message in context.iter("message")
    }


@pytest.fixture
def german(application) -> Iterator[None]:
    previous = QLocale()
    translators = install_language(application, QLocale(QLocale.Language.German))
    yield
    for translator in translators:
        application.removeTranslator(translator)
    QLocale.setDefault(previous)


def test_no_string_is_untranslated_or_out_of_date(tmp_path):
    updated = tmp_path / GERMAN.name
    shutil.copy(GERMAN, updated)
    sources = [str(path) for path in sorted(DESKTOP.rglob("*.py"))]
    options = ["-source-language", "en", "-target-language", "de", "-locations", "none"]
    command = [tool("pyside6-lupdate"), *sources, "-ts", str(updated), *options]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    found = messages(updated)
    assert len(found) > 150
    for key, translation in found.items():
        assert translation.get("type") is None, f"{key} is {translation.get('type')}"
        assert translation.text, f"{key} is empty"
        assert placeholders(translation.text) == placeholders(key[1]), f"{key} has other placeholders"


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def test_the_compiled_translation_is_that_of_the_source(tmp_path):
    compiled = tmp_path / "whylight_de.qm"
    command = [tool("pyside6-lrelease"), str(GERMAN), "-qm", str(compiled)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert compiled.read_bytes() == GERMAN.with_suffix(".qm").read_bytes()


def test_the_window_speaks_german(german, open_window, colours, images):
    window = open_window(images, model=colours)
    assert window.class_panel.question_bar.words.text() == "Warum red?"
    assert window.status.folder_class.text() == "Klassenordner: red (richtig)"
    assert window.status.position.text() == "1 von 5"
    assert window.commands.open_folder.text() == "Ordner öffnen…"
    same_in_both = {text for (_, text), german_text in messages(GERMAN).items() if german_text.text == text}
    english = {text for _, text in messages(GERMAN)} - same_in_both
    texts = {action.text() for action in window.actions()} | {
        action.whatsThis() for action in window.actions()
    }
    for widget in window.findChildren(QWidget):
        texts |= {widget.accessibleName(), widget.toolTip()}
        if isinstance(widget, QLabel | QAbstractButton):
            texts.add(widget.text())
        if isinstance(widget, QComboBox):
            texts |= {widget.itemText(row) for row in range(widget.count())}
    assert not texts & english


def test_numbers_are_written_as_the_words_language_does(german, open_window, colours, images):
    window = open_window(images, model=colours)
    assert (
        window.gallery_panel.filter_bar.accuracy.text()
        == "75,0 % richtig (3 von 4); nicht gezählt: 1 in anderen Ordnern"
    )
    window.status.show_position(1203, 9144)
    assert window.status.position.text() == "1.204 von 9.144"
    first = window.class_panel.classes.index(0, 0)
    assert first.data(Qt.ItemDataRole.AccessibleTextRole) == "red, > 99,9 %"
    assert "top 1 98,7 %" in window.card_view.toPlainText()


def test_an_unknown_language_is_english_and_so_are_its_numbers(application, open_window, colours, images):
    assert install_language(application, QLocale(QLocale.Language.Finnish)) == []
    window = open_window(images, model=colours)
    assert window.class_panel.question_bar.words.text() == "Why red?"
    window.status.show_position(1203, 9144)
    assert window.status.position.text() == "1,204 of 9,144"
