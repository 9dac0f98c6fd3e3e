"""Where this copy of Whylight keeps what it remembers: in the platform's places, or beside the program.

A portable copy keeps everything in the folder `portable` beside its program. Once that folder is there, the
copy is portable however it is started: `--portable` only makes it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QStandardPaths

PORTABLE_FOLDER = "portable"
SETTINGS_FILE = "settings.ini"
"""In `PORTABLE_FOLDER`."""


@dataclass(frozen=True, slots=True)
class AppDirs:
    """Where settings and data of this run are."""

    settings: Path | None
    """An INI file; None: the platform's place for settings."""
    data: Path
    """A folder for logs, adopted models and the model of choice; it may not exist yet."""
    trouble: str = ""
    """Why it is not beside the program, though it was asked for."""


def find_app_dirs(portable: bool) -> AppDirs:
    """Return where to keep things; `portable` asks for it to be beside the program from now on."""
    folder = program_folder() / PORTABLE_FOLDER
    if not portable and not folder.is_dir():
        return AppDirs(None, standard_data_folder())
    import tempfile  # together with what it needs, longer to load than most modules here

    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):  # a mode does not tell: the medium may be read-only
            pass
    except OSError as error:
        words = QCoreApplication.translate(
            "AppDirs",
            "Nothing can be kept beside the program ({folder}: {reason}). It is kept where "
            "programs of this system usually keep it: {instead}",
        )
        reason = error.strerror or str(error)
        instead = standard_data_folder()
        return AppDirs(None, instead, words.format(folder=folder, reason=reason, instead=instead))
    return AppDirs(folder / SETTINGS_FILE, folder)


def standard_data_folder() -> Path:
    """The user's place for this program's data; needs the names that `make_application` gives."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation))


def program_folder() -> Path:
    """The folder that holds the packaged program (on macOS: its bundle), or the source tree."""
    if not getattr(sys, "frozen", False):
        return Path(__file__).resolve().parents[2]
    program = Path(sys.executable).resolve()
    inside_bundle = sys.platform == "darwin" and program.parent.name == "MacOS"
    return program.parents[3] if inside_bundle else program.parent
