"""Errors in words, in the window's language.

The engine's errors are whole English sentences, the same in the command line, a report and a log. The window
knows the templates of those that its user can meet, recognises a sentence by its template, and says it in its
own language; a sentence that it does not know stays as it is.
"""

from __future__ import annotations

import logging
import re
from functools import cache

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from whylight.errors import WhylightError

CONTEXT = "Engine"

TEMPLATES = (
    # Images and folders
    QT_TRANSLATE_NOOP("Engine", "{path}: there is no such file"),
    QT_TRANSLATE_NOOP("Engine", "{path}: is a folder, not an image"),
    QT_TRANSLATE_NOOP("Engine", "{path}: is not a regular file"),
    QT_TRANSLATE_NOOP("Engine", "{path}: the file has {size} MiB; the limit is {limit} MiB"),
    QT_TRANSLATE_NOOP("Engine", "{path}: permission to read it was denied"),
    QT_TRANSLATE_NOOP("Engine", "{path}: cannot be read: {reason}"),
    QT_TRANSLATE_NOOP("Engine", "{path}: the file is empty"),
    QT_TRANSLATE_NOOP("Engine", "{path}: is not an image (expected JPEG, PNG, WebP, TIFF, BMP or GIF)"),
    QT_TRANSLATE_NOOP(
        "Engine",
        "{path}: {width} x {height} pixels; the limit is {limit} megapixels. Make it smaller first",
    ),
    QT_TRANSLATE_NOOP("Engine", "{path}: cannot be decoded: {reason}"),
    QT_TRANSLATE_NOOP("Engine", "{path}: the {kind} data are truncated or damaged"),
    QT_TRANSLATE_NOOP("Engine", "it is truncated: the PNG's last part (IEND) is missing"),
    QT_TRANSLATE_NOOP("Engine", "its {name} header is cut off"),
    QT_TRANSLATE_NOOP("Engine", "{path}: the folder cannot be listed: {reason}"),
    QT_TRANSLATE_NOOP("Engine", "{path}: cannot be written: {reason}"),
    QT_TRANSLATE_NOOP("Engine", "{path}: images are written as .png or .jpg, not as '{suffix}'"),
    # Models
    QT_TRANSLATE_NOOP("Engine", "there is no model file '{path}'"),
    QT_TRANSLATE_NOOP("Engine", "ONNX Runtime cannot load {what}: {reason}"),
    QT_TRANSLATE_NOOP("Engine", "'{model}' has no gradient graph '{gradient}' beside it"),
    QT_TRANSLATE_NOOP(
        "Engine",
        "{method} needs gradients, which '{model}' was adopted without; it can be explained by {methods}",
    ),
    QT_TRANSLATE_NOOP("Engine", "'{path}' cannot be read as an ONNX model: {reason}"),
    QT_TRANSLATE_NOOP(
        "Engine",
        "'{model}' and '{gradient}' are not of the same model; "
        "copy both files of a pair together, or export it again",
    ),
    QT_TRANSLATE_NOOP(
        "Engine",
        "the model card has version {found}; this program reads version {known}. "
        "Export the model again, or use the program version that wrote it",
    ),
    QT_TRANSLATE_NOOP("Engine", "no gradient flows from the logits '{logits}' to the layer '{layer}'"),
    QT_TRANSLATE_NOOP("Engine", "the asset '{name}' is missing: looked in {places}. Install Whylight again"),
    QT_TRANSLATE_NOOP("Engine", "{path}: the report cannot be written: {reason}"),
    # Devices
    QT_TRANSLATE_NOOP("Engine", "{wanted} was asked for, but did not start: {reason}"),
    QT_TRANSLATE_NOOP("Engine", "no device that it can use was found"),
)


log = logging.getLogger(__name__)


def translate_error(sentence: str) -> str:
    """Return what the engine says in the window's language, as far as its template is known."""
    for template, pattern in _patterns():
        match = pattern.fullmatch(sentence)
        if match is not None:
            fields = match.groupdict()
            if "reason" in fields:
                fields["reason"] = translate_error(fields["reason"])
            return QCoreApplication.translate(CONTEXT, template).format(**fields)
    return sentence


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((template, _pattern(template)) for template in map(str, TEMPLATES))


def _pattern(template: str) -> re.Pattern[str]:
    """A template as a pattern: its fields are groups that match anything."""
    parts = re.split(r"{(\w+)}", template)
    words = [f"(?P<{part}>.+)" if number % 2 else re.escape(part) for number, part in enumerate(parts)]
    return re.compile("".join(words), re.DOTALL)


def error_text(error: Exception) -> str:
    """Return what to tell the user; an error that nobody foresaw is logged as well."""
    if isinstance(error, (WhylightError, OSError)):
        return translate_error(str(error))
    log.error("unexpected error", exc_info=error)
    words = QCoreApplication.translate("Trouble", "Unexpected error: {kind}: {text}")
    return words.format(kind=type(error).__name__, text=error)
