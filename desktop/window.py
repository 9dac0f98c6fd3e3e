"""The window: puts the views together and connects them with the session."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QIcon,
    QKeyEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QMainWindow, QSplitter, QVBoxLayout, QWidget

from desktop import dialogs
from desktop.actions import Actions, ToolBar
from desktop.card_view import CardView
from desktop.classes import ClassPanel
from desktop.engine import Drawing, OpenedModel, Picture
from desktop.incoming import Incoming, incoming
from desktop.keys_overlay import KeysOverlay
from desktop.labels import folder_class
from desktop.message_bar import MessageBar
from desktop.panels import PanelsView
from desktop.picture_panel import PicturePanel
from desktop.session import Session
from desktop.status import StatusBar

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
        self.picture_panel = PicturePanel(self)
        self.panels = PanelsView(self)
        self.message_bar = MessageBar(self)
        self.class_panel = ClassPanel(self)
        self.card_view = CardView(self)
        self.status = StatusBar(self)
        self.commands = Actions(self)
        self.tool_bar = ToolBar(self.commands, self)
        self.keys_overlay = KeysOverlay(self.actions(), self)
        self._lay_out()
        self._connect_commands()
        self._connect_views()
        self._connect_session()
        self.panels.show_notice(self.tr("Opening…"), "")

    @property
    def busy(self) -> bool:
        """Whether something that was asked for has not arrived yet: a model, a picture, a thumbnail."""
        return self._to_open is not None or self.session.busy or not self.picture_panel.loader.idle

    def open_incoming(self, brought: Incoming) -> None:
        """Open what was dropped or pasted."""
        if brought.model is not None:
            self.session.open_model(brought.model)
        if brought.paths:
            self.session.open_paths(brought.paths)

    def showEvent(self, event: QShowEvent) -> None:
        """Open what was asked for once the window is there, because loading the engine takes longer."""
        super().showEvent(event)
        if self._to_open is not None:
            QTimer.singleShot(0, self, self._open_first)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop all work and wait for its threads."""
        self.picture_panel.loader.close()
        self.session.close()
        super().closeEvent(event)

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
            self.picture_panel.view.step(1)
        elif event.key() == Qt.Key.Key_Up:
            self.picture_panel.view.step(-1)
        elif event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self._toggle_full_screen()
        elif event.key() == Qt.Key.Key_Escape:
            self.picture_panel.view.setFocus()
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        self.resize(self.screen().availableGeometry().size() * SCREEN_SHARE)
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
        for widget in (self.picture_panel, centre, right):
            splitter.addWidget(widget)
        splitter.setStretchFactor(1, 1)
        width = self.width()
        side_widths = [round(min(max(width * SIDE_SHARE, least), MAX_SIDE)) for least in MIN_SIDES]
        splitter.setSizes([side_widths[0], width - sum(side_widths), side_widths[1]])
        self.addToolBar(self.tool_bar)
        self.setCentralWidget(splitter)
        self.setStatusBar(self.status)
        stops = [
            self.picture_panel.filter,
            self.picture_panel.view,
            self.panels,
            self.class_panel.search,
            self.class_panel.view,
            self.card_view,
            self.tool_bar.colour_map,
            self.tool_bar.opacity,
        ]
        for stop, following in pairwise(stops):
            self.setTabOrder(stop, following)
        self.picture_panel.view.setFocus()

    def _connect_commands(self) -> None:
        commands, session, panel = self.commands, self.session, self.picture_panel
        commands.open_folder.triggered.connect(
            lambda: dialogs.choose_folder(self, lambda path: session.open_paths([path]))
        )
        commands.open_model.triggered.connect(lambda: dialogs.choose_model(self, session.open_model))
        commands.paste.triggered.connect(self._paste)
        commands.copy.triggered.connect(session.copy_panels)
        commands.save.triggered.connect(self._save)
        commands.previous.triggered.connect(lambda: panel.view.step(-1))
        commands.next.triggered.connect(lambda: panel.view.step(1))
        commands.all_panels.triggered.connect(lambda: self.panels.show_alone(None))
        for place, action in commands.panels.items():
            action.triggered.connect(lambda _, place=place: self.panels.show_alone(place))
        commands.fit.triggered.connect(self.panels.fit)
        commands.focus_filter.triggered.connect(lambda: panel.filter.setFocus())
        commands.focus_search.triggered.connect(lambda: self.class_panel.search.setFocus())
        commands.focus_opacity.triggered.connect(lambda: self.tool_bar.opacity.setFocus())
        commands.full_screen.triggered.connect(self._toggle_full_screen)
        commands.keys.triggered.connect(self.keys_overlay.toggle)
        commands.enable_panels(False)

    def _connect_views(self) -> None:
        session = self.session
        self.tool_bar.look_changed.connect(session.set_look)
        self.class_panel.class_chosen.connect(session.explain_class)
        self.picture_panel.picture_selected.connect(session.open_picture)
        self.picture_panel.position_changed.connect(self.status.show_position)
        self.panels.alone_changed.connect(self.commands.check_panel)

    def _connect_session(self) -> None:
        session = self.session
        session.icon_found.connect(lambda path: self.setWindowIcon(QIcon(str(path))))
        session.model_opened.connect(self._show_model)
        session.model_failed.connect(self._report_model)
        session.search_started.connect(self._start_search)
        session.pictures_found.connect(self.picture_panel.add)
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
        session.panels_copied.connect(lambda image: QGuiApplication.clipboard().setImage(image))

    def _open_first(self) -> None:
        if self._to_open is None:
            return
        (paths, model), self._to_open = self._to_open, None
        if paths:
            self.session.open_paths(paths)
        else:
            self.session.open_samples()
        self.session.open_model(model)
        self.session.find_icon()

    def _paste(self) -> None:
        brought = incoming(QGuiApplication.clipboard().mimeData())
        if brought:
            self.open_incoming(brought)
        else:
            self.message_bar.show_message(self.tr("There are no files or folders to paste."))

    def _save(self) -> None:
        if self.session.picture is not None:
            name = f"{self.session.picture.path.stem}-panels.png"
            dialogs.choose_picture_to_save(self, name, self.session.save_panels)

    def _toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _start_search(self) -> None:
        self.message_bar.hide()
        self.picture_panel.clear()

    def _finish_search(self) -> None:
        if self.picture_panel.pictures.total == 0:
            self.status.show_picture(None)
            self.setWindowTitle("Whylight")
            self._show_nothing(
                self.tr("No pictures"),
                self.tr("Nothing that was opened is a picture. Drop pictures or a folder here, or open one."),
            )

    def _show_nothing(self, title: str, text: str) -> None:
        self.class_panel.clear_probabilities()
        self.commands.enable_panels(False)
        self.panels.show_notice(title, text)

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

    def _show_picture(self, picture: Picture) -> None:
        self.status.show_size(*picture.image.shape[:2])
        self.class_panel.clear_probabilities()
        self.commands.enable_panels(False)
        self.panels.show_picture(picture)

    def _show_unreadable(self, path: Path, reason: str) -> None:
        self._show_nothing(
            self.tr("{name} cannot be read").format(name=path.name), reason.removeprefix(f"{path}: ")
        )

    def _show_explanation(self, picture: Picture, explanation: Explanation) -> None:
        """Show what an explanation says in words and numbers; its drawing follows."""
        classes = self.session.classes
        self.status.show_size(*explanation.image_size)
        self.class_panel.show_explanation(explanation)
        label = folder_class(picture.path, classes)
        predicted = int(explanation.probabilities.argmax())
        self.status.show_folder_class(None if label is None else classes[label], label == predicted)
        gradient_ms = explanation.timings_ms["gradient"]
        self.status.show_device(explanation.provider, self.session.forward_ms, gradient_ms)

    def _show_drawing(self, drawing: Drawing) -> None:
        self.panels.show_drawing(drawing, self.session.classes[drawing.class_index])
        self.commands.enable_panels(True)
