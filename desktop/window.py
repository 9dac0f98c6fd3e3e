"""The window: puts the views together and connects them with the session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMainWindow, QSplitter, QVBoxLayout, QWidget

from desktop.actions import Actions, ToolBar
from desktop.card_view import CardView
from desktop.classes import ClassPanel
from desktop.engine import Drawing, OpenedModel, Picture
from desktop.incoming import Incoming, incoming
from desktop.keys_overlay import KeysOverlay
from desktop.labels import folder_class
from desktop.message_bar import MessageBar
from desktop.panels import PanelsView
from desktop.pictures import PictureList
from desktop.pixels import image_from_array
from desktop.session import Session
from desktop.status import StatusBar
from desktop.thumbnail_view import TILE, ThumbnailView
from desktop.thumbnails import ThumbnailLoader

if TYPE_CHECKING:
    from explain.explanation import Explanation

SIDE_SHARE = 0.17
"""Of the window's width, at first, for the thumbnails and for the classes; the panels get the rest."""

MIN_SIDES, MAX_SIDE = (258, 250), 400
"""Bounds of that share, in device-independent pixels: two columns of thumbnails; a class name and its bar."""

SCREEN_SHARE = 0.85
"""Of the screen, for a new window."""


class MainWindow(QMainWindow):
    """Thumbnails, panels, classes and card, with a toolbar above and a status bar below."""

    def __init__(self, paths: Sequence[Path] = (), model: Path | None = None) -> None:
        super().__init__()
        self.setWindowTitle("Whylight")
        self.setAcceptDrops(True)
        self._to_open: tuple[Sequence[Path], Path | None] | None = (tuple(paths), model)
        self.session = Session(self)
        self.pictures = PictureList(self)
        self.loader = ThumbnailLoader(round(TILE * self.devicePixelRatioF()), parent=self)
        self.thumbnails = ThumbnailView(self.pictures, self.loader, self)
        self.filter = QLineEdit(self)
        self.panels = PanelsView(self)
        self.message_bar = MessageBar(self)
        self.class_panel = ClassPanel(self)
        self.card_view = CardView(self)
        self.status = StatusBar(self)
        self.actions_ = Actions(self)
        self.tool_bar = ToolBar(self.actions_, self)
        self.keys_overlay = KeysOverlay(self.actions_.all(), self)
        self._lay_out()
        self._connect_actions()
        self._connect_session()
        self.panels.show_notice(self.tr("Opening…"), "")

    def showEvent(self, event: QShowEvent) -> None:
        """Open what was asked for once the window is there, because loading the engine takes longer."""
        super().showEvent(event)
        if self._to_open is not None:
            QTimer.singleShot(0, self, self._open_first)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop all work and wait for its threads."""
        self.loader.close()
        self.session.close()
        super().closeEvent(event)

    @property
    def busy(self) -> bool:
        """Whether something that was asked for has not arrived yet: a model, a picture, a thumbnail."""
        return self._to_open is not None or self.session.busy or not self.loader.idle

    def open_incoming(self, brought: Incoming) -> None:
        """Open what was dropped or pasted."""
        if brought.model is not None:
            self.session.open_model(brought.model)
        if brought.paths:
            self.session.open_paths(brought.paths)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome local files and folders."""
        if incoming(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        event.acceptProposedAction()
        self.open_incoming(incoming(event.mimeData()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down through the pictures and Escape, where no view had a use for them."""
        if event.key() == Qt.Key.Key_Down:
            self.thumbnails.step(1)
        elif event.key() == Qt.Key.Key_Up:
            self.thumbnails.step(-1)
        elif event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self._toggle_full_screen()
        elif event.key() == Qt.Key.Key_Escape:
            self.thumbnails.setFocus()
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        self.resize(self.screen().availableGeometry().size() * SCREEN_SHARE)
        self.filter.setPlaceholderText(self.tr("Filter"))
        self.filter.setAccessibleName(self.tr("Filter the pictures by folder and file name"))
        self.filter.setClearButtonEnabled(True)
        left = QWidget(self)
        left_layout = QVBoxLayout(left)
        left_layout.setContentsMargins(0, 6, 0, 0)
        left_layout.setSpacing(6)
        filter_row = QVBoxLayout()
        filter_row.setContentsMargins(8, 0, 8, 0)
        filter_row.addWidget(self.filter)
        left_layout.addLayout(filter_row)
        left_layout.addWidget(self.thumbnails)
        centre = QWidget(self)
        centre_layout = QVBoxLayout(centre)
        centre_layout.setContentsMargins(0, 0, 0, 0)
        centre_layout.setSpacing(0)
        centre_layout.addWidget(self.message_bar)
        centre_layout.addWidget(self.panels, 1)
        right = QSplitter(Qt.Orientation.Vertical, self)
        right.setChildrenCollapsible(False)
        right.addWidget(self.class_panel)
        right.addWidget(self.card_view)
        right.setStretchFactor(0, 1)
        right.setSizes([420, 230])
        splitter = QSplitter(self)
        splitter.setChildrenCollapsible(False)
        for widget in (left, centre, right):
            splitter.addWidget(widget)
        splitter.setStretchFactor(1, 1)
        width = self.width()
        side_widths = [round(min(max(width * SIDE_SHARE, least), MAX_SIDE)) for least in MIN_SIDES]
        splitter.setSizes([side_widths[0], width - sum(side_widths), side_widths[1]])
        self.addToolBar(self.tool_bar)
        self.setCentralWidget(splitter)
        self.setStatusBar(self.status)
        self.thumbnails.setFocus()

    def _connect_actions(self) -> None:
        actions, session = self.actions_, self.session
        actions.open_folder.triggered.connect(self._choose_folder)
        actions.open_model.triggered.connect(self._choose_model)
        actions.paste.triggered.connect(self._paste)
        actions.copy.triggered.connect(session.request_strip)
        actions.save.triggered.connect(self._choose_file_to_save)
        actions.previous.triggered.connect(lambda: self.thumbnails.step(-1))
        actions.next.triggered.connect(lambda: self.thumbnails.step(1))
        actions.all_panels.triggered.connect(lambda: self.panels.show_alone(None))
        for panel, action in actions.panels.items():
            action.triggered.connect(lambda _, panel=panel: self.panels.show_alone(panel))
        self.panels.alone_changed.connect(
            lambda alone: actions.panels.get(alone, actions.all_panels).setChecked(True)
        )
        actions.fit.triggered.connect(self.panels.fit)
        actions.focus_filter.triggered.connect(lambda: self.filter.setFocus())
        actions.focus_search.triggered.connect(lambda: self.class_panel.search.setFocus())
        actions.focus_opacity.triggered.connect(lambda: self.tool_bar.opacity.setFocus())
        actions.full_screen.triggered.connect(self._toggle_full_screen)
        actions.keys.triggered.connect(self.keys_overlay.toggle)
        self.filter.textChanged.connect(self._filter)
        self.filter.returnPressed.connect(lambda: self.thumbnails.setFocus())
        self.tool_bar.look_changed.connect(session.set_look)
        self.class_panel.class_chosen.connect(session.explain_class)
        self.thumbnails.picture_selected.connect(self._select)
        self._enable_panel_actions(False)

    def _connect_session(self) -> None:
        session = self.session
        session.model_opened.connect(self._show_model)
        session.model_failed.connect(self._report_model)
        session.search_started.connect(self._start_search)
        session.pictures_found.connect(self._add_pictures)
        session.search_finished.connect(self._finish_search)
        session.search_failed.connect(self.message_bar.show_message)
        session.picture_requested.connect(self._show_request)
        session.picture_read.connect(self._show_picture)
        session.picture_failed.connect(self._show_unreadable)
        session.explained.connect(self._show_explanation)
        session.drawn.connect(self._show_drawing)
        session.explanation_failed.connect(self.message_bar.show_message)
        session.saved.connect(
            lambda path: self.message_bar.show_message(self.tr("Saved: {path}").format(path=path))
        )
        session.strip_ready.connect(
            lambda strip: QGuiApplication.clipboard().setImage(image_from_array(strip))
        )

    def _open_first(self) -> None:
        if self._to_open is None:
            return
        (paths, model), self._to_open = self._to_open, None
        if paths:
            self.session.open_paths(paths)
        else:
            self.session.open_samples()
        self.session.open_model(model)

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Open folder"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._open_dialog(dialog, lambda path: self.session.open_paths([path]))

    def _choose_model(self) -> None:
        dialog = QFileDialog(self, self.tr("Open model"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Models (*.onnx)"))
        self._open_dialog(dialog, self.session.open_model)

    def _choose_file_to_save(self) -> None:
        dialog = QFileDialog(self, self.tr("Save panels"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("Pictures (*.png *.jpg)"))
        dialog.setDefaultSuffix("png")
        self._open_dialog(dialog, self.session.save_panels)

    def _open_dialog(self, dialog: QFileDialog, use: Callable[[Path], None]) -> None:
        """Let the user choose without stopping the event loop."""
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: use(Path(name)))
        dialog.open()

    def _paste(self) -> None:
        brought = incoming(QGuiApplication.clipboard().mimeData())
        if brought:
            self.open_incoming(brought)
        else:
            self.message_bar.show_message(self.tr("There are no files or folders to paste."))

    def _toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _start_search(self) -> None:
        self.message_bar.hide()
        self.pictures.clear()
        self.filter.clear()
        self._show_position()

    def _add_pictures(self, paths: list[Path]) -> None:
        first = self.pictures.total == 0
        self.pictures.add(paths)
        if first and self.pictures.rowCount():
            self.thumbnails.select_row(0)
        self._show_position()

    def _finish_search(self) -> None:
        if self.pictures.total == 0:
            self._clear_picture()
            self.panels.show_notice(
                self.tr("No pictures"),
                self.tr("Nothing that was opened is a picture. Drop pictures or a folder here, or open one."),
            )

    def _filter(self, text: str) -> None:
        path = self.session.picture_path
        self.pictures.set_filter(text)
        row = None if path is None else self.pictures.row_of(path)
        if row is not None:
            self.thumbnails.select_row(row)
        self._show_position()

    def _select(self, path: Path) -> None:
        if path != self.session.picture_path:
            self.session.open_picture(path)
        self._show_position()

    def _show_position(self) -> None:
        index = self.thumbnails.currentIndex()
        self.status.show_position(index.row() if index.isValid() else None, self.pictures.rowCount())

    def _show_model(self, opened: OpenedModel) -> None:
        explainer = opened.explainer
        self.message_bar.hide()
        self.panels.set_explaining(True)
        self.class_panel.set_classes(explainer.card.classes)
        self.card_view.show_card(explainer.card)
        self.status.show_device(explainer.provider)
        self.tool_bar.set_colour_maps(opened.colour_maps)

    def _report_model(self, reason: str) -> None:
        if self.session.opened_model is None:
            self.panels.set_explaining(False)
            hint = self.tr("No model is open: pictures are shown without explanation. Open a model (Ctrl+M).")
        else:
            name = self.session.opened_model.explainer.card.name
            hint = self.tr("{name} stays open.").format(name=name)
        self.message_bar.show_message(f"{reason}\n{hint}")

    def _show_request(self, path: Path) -> None:
        self.status.show_picture(path)
        self.setWindowTitle(self.tr("{name} – Whylight").format(name=path.name))

    def _clear_picture(self) -> None:
        self.status.show_picture(None)
        self.class_panel.clear_probabilities()
        self._enable_panel_actions(False)
        self.setWindowTitle("Whylight")

    def _show_picture(self, picture: Picture) -> None:
        self.status.show_size(*picture.image.shape[:2])
        self.class_panel.clear_probabilities()
        self.panels.show_picture(picture)
        self._enable_panel_actions(False)

    def _show_unreadable(self, path: Path, reason: str) -> None:
        self.class_panel.clear_probabilities()
        self._enable_panel_actions(False)
        reason = reason.removeprefix(f"{path}: ")
        self.panels.show_notice(self.tr("{name} cannot be read").format(name=path.name), reason)

    def _show_explanation(self, explanation: Explanation) -> None:
        """Show what an explanation says in words and numbers; its drawing follows."""
        session = self.session
        card = session.opened_model.explainer.card
        self.status.show_size(*explanation.image_size)
        self.class_panel.show_explanation(explanation)
        label = folder_class(session.picture_path, card.classes)
        predicted = int(explanation.probabilities.argmax())
        self.status.show_folder_class(None if label is None else card.classes[label], label == predicted)
        self.status.show_device(explanation.provider, session.forward_ms, explanation.timings_ms["gradient"])

    def _show_drawing(self, drawing: Drawing) -> None:
        session = self.session
        names = session.opened_model.explainer.card.classes
        self.panels.show_drawing(drawing, names[session.explanation.classes[0]])
        self._enable_panel_actions(True)

    def _enable_panel_actions(self, enabled: bool) -> None:
        self.actions_.copy.setEnabled(enabled)
        self.actions_.save.setEnabled(enabled)
