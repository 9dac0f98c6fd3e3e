"""Start folders of file dialogs: near the opened files, or last used.

By default, Qt starts in the program's working directory, which is arbitrary if started by a double click, and
in the same folder for images, models and reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from whylight.common.paths import is_folder

from ..session.session import Session
from ..settings import Settings


class StartFolders:
    """Start folder for each kind of dialog; None is the system's default."""

    def __init__(self, session: Session, settings: Settings) -> None:
        self._session = session
        self._settings = settings
        self._roots: tuple[Path, ...] = ()
        self._folders: tuple[Path, ...] = ()
        self._written: Path | None = None

    def set_opened(self, roots: Sequence[Path], folders: Sequence[Path]) -> None:
        """Set the opened paths and searched folders, without pasted images."""
        self._roots, self._folders = tuple(roots), tuple(folders)

    def set_written(self, folder: Path) -> None:
        """Set the folder of the last saved panels or report."""
        self._written = folder

    def of_folders(self) -> Path | None:
        """Return the parent of the opened folder."""
        opened = next(iter(self._folders), None)
        return None if opened is None else _existing(opened.parent)

    def of_images(self) -> Path | None:
        """Return the folder of the displayed image, unless it is a sample or was pasted."""
        path = self._session.image_path
        return _existing(path.parent) if path is not None and self._roots else None

    def of_models(self) -> Path | None:
        """Return the folder of the last opened model, except adopted ones."""
        made = self._settings.data_folder
        models = (path for path in self._settings.models if made not in path.parents)
        model = next(models, None)
        return None if model is None else model.parent

    def for_saving(self) -> Path | None:
        """Return the folder written to last, or else that of the images."""
        written = None if self._written is None else _existing(self._written)
        return written or self.of_images()

    def for_reports(self) -> Path | None:
        """Return the folder written to last, else the opened one, else that of the images."""
        opened = next(iter(self._folders), None)
        written = None if self._written is None else _existing(self._written)
        return written or (None if opened is None else _existing(opened)) or self.of_images()


def _existing(folder: Path) -> Path | None:
    return folder if is_folder(folder) else None
