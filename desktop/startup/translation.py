"""Language of the window: the system's if translated, else English."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

FOLDER = Path(__file__).parents[1] / "translations"


def install_language(application: QCoreApplication, locale: QLocale | None = None) -> list[QTranslator]:
    """Install translations of the window and of Qt for a locale (None: the system's).

    Returns the installed translators; none for English.
    """
    wanted = QLocale.system() if locale is None else locale
    QLocale.setDefault(wanted)
    own = _installed(application, wanted, "whylight", str(FOLDER))
    if own is None:  # translating only Qt's texts would mix two languages
        return []
    qt = _installed(
        application, wanted, "qtbase", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    )
    return [own] if qt is None else [own, qt]


def _installed(application: QCoreApplication, locale: QLocale, name: str, folder: str) -> QTranslator | None:
    translator = QTranslator(application)
    found = translator.load(locale, name, "_", folder) and application.installTranslator(translator)
    return translator if found else None
