"""The engine's sentences in the window's language: recognised, translated, and never out of date."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale

import whylight
from desktop.common.error_text import TEMPLATES, error_text, translate_error
from desktop.startup.translation import install_language
from whylight.errors import WhylightError
from whylight.explainer import Explainer
from whylight.images.decode import read_image


@pytest.fixture
def german(application):
    previous = QLocale()
    translators = install_language(application, QLocale(QLocale.Language.German))
    yield
    for translator in translators:
        application.removeTranslator(translator)
    QLocale.setDefault(previous)


def engine_templates() -> set[str]:
    """Every string of the engine's source, with `{}` for what is filled in."""
    found: set[str] = set()
    for path in Path(whylight.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                found.add(
                    "".join(
                        str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
                    )
                )
    return found


def test_every_template_is_one_of_the_engine():
    known = engine_templates()
    assert [template for template in TEMPLATES if re.sub(r"{\w+}", "{}", template) not in known] == []


def error_of(act) -> WhylightError:
    with pytest.raises(WhylightError) as caught:
        act()
    return caught.value


def test_what_is_wrong_with_a_image_is_told_in_german(german, tmp_path, images):
    half = tmp_path / "half.png"
    data = (images / "001.red" / "a.png").read_bytes()
    half.write_bytes(data[: len(data) // 2])
    empty, letter = tmp_path / "empty.png", tmp_path / "letter.jpg"
    empty.write_bytes(b"")
    letter.write_bytes(b"Dear Sir or Madam")
    expected = {
        tmp_path / "gone.png": "es gibt keine solche Datei",
        tmp_path: "ist ein Ordner, kein Bild",
        empty: "die Datei ist leer",
        letter: "ist kein Bild (erwartet: JPEG, PNG, WebP, TIFF, BMP oder GIF)",
        half: "kann nicht dekodiert werden: es ist abgeschnitten: der letzte Teil des PNG (IEND) fehlt",
    }
    for path, words in expected.items():
        assert error_text(error_of(lambda path=path: read_image(path))) == f"{path}: {words}"


def test_what_is_wrong_with_a_model_is_told_in_german(german, tmp_path, colours):
    alone = tmp_path / "alone.onnx"
    alone.write_bytes(colours.read_bytes())
    words = error_text(error_of(lambda: Explainer(alone)))
    assert words == "neben »alone.onnx« fehlt der Gradientengraph »alone.gradient.onnx«"
    words = error_text(error_of(lambda: Explainer(tmp_path / "gone.onnx")))
    assert words == f"es gibt keine Modelldatei »{tmp_path / 'gone.onnx'}«"


def test_tiles_and_the_notice_say_it_in_german(german, open_window, colours, images, wait_until):
    (images / "001.red" / "a.png").write_bytes(b"")
    window = open_window(images, model=colours)
    assert window.panels.notice == ("a.png kann nicht gelesen werden", "die Datei ist leer")
    path = window.gallery_panel.images.path_at(0)
    assert window.gallery_panel.loader.get(path).problem == "die Datei ist leer"


def test_english_and_unknown_sentences_stay_as_they_are(application):
    for sentence in ("x.png: the file is empty", "the moon is made of cheese", ""):
        assert translate_error(sentence) == sentence
