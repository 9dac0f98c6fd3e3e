"""Open files and folders by dialog, drop, paste or the recent menu."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from ..common.feature import Feature
from ..session.session import Session
from ..settings import Settings
from ..widgets import file_dialogs
from ..widgets.actions import Actions
from .copy_and_reveal import copy_files, show_in_folder
from .dropped import Incoming, incoming
from .pasted import PastedImages
from .recent_menu import RecentMenu
from .start_folders import StartFolders
from .video_frames import VideoFrames


class FileController(Feature):
    """Opens files, folders, images and models from dialogs, drops and pastes."""

    paths_opened = Signal(list)
    """Files and folders to search for images."""

    def __init__(
        self,
        session: Session,
        settings: Settings,
        commands: Actions,
        selected_paths: Callable[[], Sequence[Path]],
        parent: QWidget,
    ) -> None:
        """`selected_paths` returns the images selected in the gallery."""
        super().__init__(parent)
        self._session = session
        self._settings = settings
        self._selected_paths = selected_paths
        self._dialog_parent = parent
        self.pasted = PastedImages(self)
        self.videos = VideoFrames(self)
        self._add_parts(self.pasted, self.videos)
        self.videos.opened.connect(self.paths_opened)
        self.start_folders = StartFolders(session, settings)
        self.recent = RecentMenu(settings, parent)
        self._connect_commands(commands)
        self.recent.folder_chosen.connect(lambda path: self.open_paths([path]))
        self.recent.samples_chosen.connect(self.videos.cancel)
        self.recent.model_chosen.connect(session.open_model)
        self.pasted.kept.connect(lambda path: self.open_paths([path]))

    def _connect_commands(self, commands: Actions) -> None:
        commands.open_folder.triggered.connect(self._choose_folder)
        commands.open_images.triggered.connect(self._choose_images)
        commands.open_model.triggered.connect(self._choose_model)
        commands.paste.triggered.connect(self._paste)
        commands.copy_files.triggered.connect(self._copy_files)
        commands.show_in_folder.triggered.connect(self._show_in_folder)
        commands.recent.setMenu(self.recent)
        self.recent.add_model_actions(
            [commands.general_model, commands.caltech_model], [commands.choose_model]
        )

    @staticmethod
    def can_open(mime: QMimeData) -> bool:
        """Return whether there are local files, folders or an image to open."""
        return mime.hasImage() or bool(incoming(mime))

    def open_mime(self, mime: QMimeData) -> bool:
        """Open dropped or pasted files, or else an image; return whether there was one."""
        brought = incoming(mime)
        if not brought:
            return self.pasted.take(mime)
        self.open_incoming(brought)
        return True

    def open_incoming(self, brought: Incoming) -> None:
        """Open files and folders, and a model."""
        if brought.model is not None:
            self._session.open_model(brought.model)
        if brought.paths:
            self.open_paths(brought.paths)

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open files and folders, videos as folders of their frames."""
        self.videos.open_paths(paths)

    def note_opened(self, roots: Sequence[Path], folders: Sequence[Path]) -> None:
        """Remember opened paths and searched folders, except pasted images."""
        lasting = self.lasting(roots)
        for path in lasting:
            self._settings.add_folder(path)
        self.start_folders.set_opened(lasting, self.lasting(folders))

    def lasting(self, paths: Sequence[Path]) -> list[Path]:
        """Return the paths that last: videos, but no pasted images."""
        return self.videos.lasting(self.pasted.lasting(paths))

    def _choose_folder(self) -> None:
        start = self.start_folders.of_folders()
        file_dialogs.choose_folder(self._dialog_parent, start, lambda path: self.open_paths([path]))

    def _choose_images(self) -> None:
        start = self.start_folders.of_images()
        file_dialogs.choose_images(self._dialog_parent, start, self.open_paths)

    def _choose_model(self) -> None:
        start = self.start_folders.of_models()
        file_dialogs.choose_model(self._dialog_parent, start, self._session.open_model)

    def _paste(self) -> None:
        if not self.open_mime(QGuiApplication.clipboard().mimeData()):
            self.failed.emit(self.tr("There are no files, folders or images to paste."))

    def _copy_files(self) -> None:
        """Copy the selected image files, or else the displayed one."""
        current = self._session.image_path
        paths = self._selected_paths() or ([] if current is None else [current])
        if paths:
            copy_files(paths)

    def _show_in_folder(self) -> None:
        if self._session.image_path is not None:
            show_in_folder(self._session.image_path)
