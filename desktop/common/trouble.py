"""Errors in words."""

from __future__ import annotations

import logging

from PySide6.QtCore import QCoreApplication

from whylight.errors import WhylightError

from .error_text import in_own_language

log = logging.getLogger(__name__)


def words_of(error: Exception) -> str:
    """Return what to tell the user; an error that nobody foresaw is logged as well."""
    if isinstance(error, (WhylightError, OSError)):
        return in_own_language(str(error))
    log.error("unexpected error", exc_info=error)
    words = QCoreApplication.translate("Trouble", "Unexpected error: {kind}: {text}")
    return words.format(kind=type(error).__name__, text=error)
