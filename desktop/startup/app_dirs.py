"""Folders of settings and data: the platform's, or next to the program.

A portable copy keeps everything in the folder `portable` next to its program. The copy is portable as soon as
this folder exists; `--portable` creates it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QStandardPaths

PORTABLE_FOLDER = "portable"
SETTINGS_FILE = "settings.ini"
"""Name of the settings file in `PORTABLE_FOLDER`."""


@dataclass(frozen=True, slots=True)
class AppDirs:
    """Folders of settings and data of this run."""

    settings: Path | None
    """INI file; None is the platform's default."""
    data: Path
    """Folder for logs and models; it may not exist yet."""
    trouble: str = ""
    """The reason why the portable folder could not be used."""


def find_app_dirs(portable: bool) -> AppDirs:
    """Return the folders; `portable` requests that they are next to the program."""
    folder = program_folder() / PORTABLE_FOLDER
    if not portable and not folder.is_dir():
        return AppDirs(None, standard_data_folder())
    import tempfile  # slow to import

    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):  # the mode is not enough: the medium may be read-only
            pass
    except OSError as error:
        words = QCoreApplication.translate(
            "AppDirs",
            "Data cannot be stored next to the program ({folder}: {reason}). "
            "The usual folder of this system is used instead: {instead}",
        )
        reason = error.strerror or str(error)
        instead = standard_data_folder()
        return AppDirs(None, instead, words.format(folder=folder, reason=reason, instead=instead))
    return AppDirs(folder / SETTINGS_FILE, folder)


def standard_data_folder() -> Path:
    """Return the user's data folder; needs the names set by `make_application`."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation))


def program_folder() -> Path:
    """Return the folder of the packaged program (macOS: of its bundle) or source tree."""
    if not getattr(sys, "frozen", False):
        return Path(__file__).resolve().parents[2]
    program = Path(sys.executable).resolve()
    inside_bundle = sys.platform == "darwin" and program.parent.name == "MacOS"
    return program.parents[3] if inside_bundle else program.parent
