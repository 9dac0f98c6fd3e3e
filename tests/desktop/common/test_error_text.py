"""The engine's errors in the window's language: every template is collected, translated, and filled in."""

from __future__ import annotations

import string
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtCore import QLocale

from desktop.common.error_text import CONTEXT, error_text, translate_error
from desktop.startup.translation import install_language
from whylight.errors import (
    ImageError,
    Message,
    ModelError,
    UnsupportedOperatorError,
    WhylightError,
    one_a_line,
)
from whylight.explainer import Explainer
from whylight.images.decode import read_image

ROOT = Path(__file__).resolve().parents[3]
TRANSLATION = ROOT / "desktop" / "translations" / "whylight_de.ts"


@pytest.fixture(scope="module")
def collector():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import collect_error_templates
    finally:
        sys.path.pop(0)
    return collect_error_templates


def test_the_list_for_the_translators_is_up_to_date(collector):
    """Else: `tools/update_translation.sh`."""
    assert collector.TARGET.read_text(encoding="utf-8") == collector.module_text(collector.collect())


def test_every_template_is_translated_with_the_same_fields(collector):
    (context,) = (
        entry
        for entry in ET.parse(TRANSLATION).getroot().iter("context")
        if entry.findtext("name") == CONTEXT
    )
    german = {entry.findtext("source"): entry.find("translation") for entry in context.iter("message")}
    assert set(collector.collect()) == german.keys()
    for template, translation in german.items():
        assert translation.get("type") is None, template
        assert fields_of(translation.text) == fields_of(template), template


def fields_of(template: str) -> set[tuple[str, str | None, str | None]]:
    """Name, format and conversion of each field."""
    parsed = string.Formatter().parse(template)
    return {(name, form, conversion) for _, name, form, conversion in parsed if name is not None}


def test_an_f_string_is_no_template(collector, tmp_path, monkeypatch):
    (tmp_path / "whylight").mkdir()
    (tmp_path / "whylight" / "bad.py").write_text('raise Message(f"{path}: gone")', encoding="utf-8")
    monkeypatch.setattr(collector, "ROOT", tmp_path)
    with pytest.raises(TypeError, match=r"bad\.py:1: an f-string cannot be translated"):
        collector.collect()


@pytest.fixture
def german(application):
    previous = QLocale()
    translators = install_language(application, QLocale(QLocale.Language.German))
    yield
    for translator in translators:
        application.removeTranslator(translator)
    QLocale.setDefault(previous)


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
        letter: "kein Bild (erwartet: JPEG, PNG, WebP, TIFF, BMP oder GIF)",
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
    assert words == f"{tmp_path / 'gone.onnx'}: hier liegt keine Modelldatei"


def test_tiles_and_the_notice_say_it_in_german(german, open_window, colours, images, wait_until):
    (images / "001.red" / "a.png").write_bytes(b"")
    window = open_window(images, model=colours)
    assert window.panels.notice == ("a.png kann nicht gelesen werden", "die Datei ist leer")
    path = window.gallery_panel.images.path_at(0)
    assert window.gallery_panel.loader.get(path).problem == "die Datei ist leer"


def test_english_and_text_without_a_template_stay_as_they_are(application):
    for said in (
        "the moon is made of cheese",
        Message("the moon is made of {what}", what="cheese"),
        Message(""),
        ImageError("{path}: the file is empty", path="x.png"),
    ):
        assert translate_error(said) == str(said)


def test_messages_within_messages_and_numbers_are_said_in_german(german):
    reason = Message("its scale is computed in the graph; expected a constant")
    refused = UnsupportedOperatorError("Foo", "node 1", reason)
    assert translate_error(refused) == (
        "der Operator Foo (Knoten »node 1«) hat keine Ableitungsregel: "
        "seine Skala wird im Graphen berechnet; erwartet wird eine Konstante"
    )
    unseen = Message("{share:.0%} of it was not seen by the model, and is dark", share=0.23)
    assert translate_error(unseen) == "23 % vom Modell nicht gesehen (dunkel)"
    size = ImageError(
        "{path}: the file has {size:,} MiB; the limit is {limit:,} MiB", path="a", size=2345, limit=1
    )
    assert translate_error(size) == "a: die Datei hat 2.345 MiB; höchstens 1 MiB sind möglich"
    both = ModelError(one_a_line([Message("the scores do not depend on the image"), size.message]))
    assert translate_error(both).splitlines() == [
        "die Werte hängen nicht vom Bild ab",
        "a: die Datei hat 2.345 MiB; höchstens 1 MiB sind möglich",
    ]
    assert str(both).splitlines()[1] == str(size)


def test_settings_for_pixels_are_described_in_german(german):
    from whylight.adoption.preprocessing_presets import PRESET_NOTES

    assert translate_error(PRESET_NOTES["timm"]) == "timm: dasselbe, bikubisch"
    assert all(isinstance(note, Message) for note in PRESET_NOTES.values())
