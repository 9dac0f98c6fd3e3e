"""Errors and messages of the engine in the window's language.

Errors of the engine are templates with fields (`whylight.errors`). The window translates the template in the
context "Errors" and inserts the fields. `desktop/translations/error_templates.py` lists the templates for
lupdate.
"""

from __future__ import annotations

import logging
import string
from typing import Any

from PySide6.QtCore import QCoreApplication

from whylight.errors import CommandHint, Message, WhylightError

from .number_format import written

CONTEXT = "Errors"

log = logging.getLogger(__name__)


def translate_error(said: WhylightError | str) -> str:
    """Translate an error or message; text without a template is returned unchanged."""
    message = said.message if isinstance(said, WhylightError) else said
    if not isinstance(message, Message):
        return message
    if not message:  # the empty string is the header of the translation file
        return ""
    template = QCoreApplication.translate(CONTEXT, message.template)
    if not message.fields:
        return template
    fields = {
        name: _translate_field(value) if isinstance(value, Message) else value
        for name, value in message.fields.items()
    }
    return _LocaleFormatter().vformat(template, (), fields)


def _translate_field(message: Message) -> str:
    return "" if isinstance(message, CommandHint) else translate_error(message)


class _LocaleFormatter(string.Formatter):
    """Formats numbers with the separators of the window's language."""

    def format_field(self, value: Any, format_spec: str) -> str:
        text = format(value, format_spec)
        if not format_spec or not isinstance(value, int | float):
            return text
        if format_spec.endswith("%"):  # as everywhere in the window
            text = f"{text[:-1]} %"
        return written(text)


def error_text(error: Exception) -> str:
    """Return the text of an error for the user; unexpected errors are logged too."""
    if isinstance(error, WhylightError):
        return translate_error(error)
    if isinstance(error, OSError):
        return str(error)
    log.error("unexpected error", exc_info=error)
    words = QCoreApplication.translate("Trouble", "Unexpected error: {kind}: {text}")
    return words.format(kind=type(error).__name__, text=error)
