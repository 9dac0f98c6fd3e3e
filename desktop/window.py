"""The window: puts the views together and connects them with the session."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QMainWindow, QTabWidget

from desktop import dialogs
from desktop.actions import Actions
from desktop.adopt_panel import AdoptPanel
from desktop.adopting import Adopting
from desktop.browsing import browse, fill_screen
from desktop.card_view import CardView
from desktop.class_panel import ClassPanel
from desktop.comparison import Comparison
from desktop.confusion import ConfusionView
from desktop.covering import Covering
from desktop.errands import Errands
from desktop.incoming import Incoming, incoming
from desktop.keys_overlay import KeysOverlay
from desktop.layering import Layering
from desktop.layout import lay_out
from desktop.message_bar import MessageBar
from desktop.model_choice import ModelChoice
from desktop.panel_keys import PanelKeys
from desktop.panel_mouse import PanelMouse
from desktop.panels import PanelsView
from desktop.pasting import Pasting
from desktop.picture_panel import PicturePanel
from desktop.predictor import Predictor
from desktop.presenter import Presenter
from desktop.progress_row import ProgressRow
from desktop.recent import RecentMenu
from desktop.remembering import remember, restore
from desktop.search import Search
from desktop.session import Session
from desktop.settings import Settings
from desktop.status import StatusBar
from desktop.tool_bar import ToolBar
from desktop.truth import Truth
from desktop.truth_view import TruthView
from desktop.watching import Watcher
from desktop.wiring import (
    add_menus,
    connect_adoption,
    connect_commands,
    connect_errands,
    connect_layers,
    connect_pasting,
    connect_search,
    connect_trials,
    connect_views,
)


class MainWindow(QMainWindow):
    """Thumbnails, panels, classes and card, with a toolbar above and a status bar below."""

    def __init__(
        self, paths: Sequence[Path] = (), model: Path | None = None, settings: Settings | None = None
    ) -> None:
        super().__init__()
        self.settings = Settings() if settings is None else settings
        self.setWindowTitle("Whylight")
        self.setAcceptDrops(True)
        self._to_open: tuple[Sequence[Path], Path | None] | None = (tuple(paths), model)
        self.session = Session(self)
        self.layering = Layering(self.session, self)
        self.search = Search(self)
        self.pasting = Pasting(self)
        self.errands = Errands(self.session, self)
        self.predictor = Predictor(self.session.is_free, self.session.scales, self)
        self.picture_panel = PicturePanel(self)
        self.watcher = Watcher(lambda: self.picture_panel.pictures.paths, self)
        self.recent = RecentMenu(self.settings, self)
        self.adopting = Adopting(self.settings.data_folder / "adopted", self)
        self.adopt_panel = AdoptPanel(self)
        self.report_progress = ProgressRow(self.tr("Report"), self)
        self.panels = PanelsView(self)
        self.message_bar = MessageBar(self)
        self.class_panel = ClassPanel(self)
        self.card_view = CardView(self)
        self.truth, self.truth_view = Truth(self), TruthView(self)
        self.about = QTabWidget(self)
        self.about.setDocumentMode(True)
        self.about.tabBar().setAccessibleName(self.tr("About the model, and about the map"))
        self.about.addTab(self.card_view, self.tr("Model"))
        self.about.addTab(self.truth_view, self.tr("How true?"))
        self.covering = Covering(self)
        self.second_panels = PanelsView(self)
        self.second_panels.setAccessibleName(self.tr("Image, heatmap and overlay of the second model"))
        self.second_panels.hide()
        for panels in (self.panels, self.second_panels):
            PanelMouse(panels)
            PanelKeys(panels)
        self.confusion = ConfusionView(self)
        self.confusion.hide()
        self.status = StatusBar(self)
        self.commands = Actions(self)
        self.tool_bar = ToolBar(self.commands, self)
        self.keys_overlay = KeysOverlay(self.actions(), self)
        self.columns, self.right_side = lay_out(self)
        self.presenter = Presenter(self)
        self.model_choice = ModelChoice(self)
        self.comparison = Comparison(self)
        for connect in (
            connect_adoption,
            connect_commands,
            connect_views,
            connect_layers,
            connect_trials,
            connect_search,
            connect_pasting,
            connect_errands,
            add_menus,
        ):
            connect(self)
        restore(self)
        self.panels.show_notice(self.tr("Opening…"), "")

    @property
    def busy(self) -> bool:
        """Whether something has not arrived yet: a model, a picture, a thumbnail, a prediction."""
        shown = (self.session, self.picture_panel, self.comparison, self.layering)
        asked = (self.adopting, self.search, self.pasting, self.errands, self.truth, self.covering)
        parts = (*shown, *asked, self.watcher)
        return self._to_open is not None or self.predictor.running or any(part.busy for part in parts)

    def open_incoming(self, brought: Incoming) -> None:
        """Open files and folders."""
        if brought.model is not None:
            self.session.open_model(brought.model)
        if brought.paths:
            self.search.open_paths(brought.paths)

    def showEvent(self, event: QShowEvent) -> None:
        """Open what was asked for once the window is there, because loading the engine takes longer."""
        super().showEvent(event)
        if self._to_open is not None:
            QTimer.singleShot(0, self, self._open_first)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the session, stop all work and wait for its threads."""
        fill_screen(self, False)
        remember(self)
        workers = (
            self.adopting,
            self.layering,
            self.search,
            self.watcher,
            self.predictor,
            self.picture_panel.loader,
            self.errands,
        )
        for part in (*workers, self.truth, self.covering, self.comparison, self.session, self.pasting):
            part.close()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome local files, folders and pictures, but not what is dragged out of this window."""
        mime = event.mimeData()
        if event.source() is None and (mime.hasImage() or incoming(mime)):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        event.acceptProposedAction()
        self._open_brought(event.mimeData())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go through the pictures, and Escape, where no view had a use for the key."""
        if browse(self, event.key()):
            return
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.isFullScreen():
            fill_screen(self, False)
        elif self.commands.brush.isChecked():
            self.commands.brush.setChecked(False)
        else:
            self.picture_panel.view.setFocus()

    def _open_first(self) -> None:
        if self._to_open is None:
            return
        (paths, model), self._to_open = self._to_open, None
        last = self.settings.session
        if paths:
            self.search.open_paths(paths)
        elif last.paths:
            self.search.open_paths(last.paths, last.picture)
        else:
            self.search.open_samples()
        self.model_choice.open_first(model, last)
        self.errands.find_icon()

    def search_sub_folders(self, recursive: bool) -> None:
        """Search sub-folders of what is open, too, or no longer."""
        self.watcher.recursive = recursive
        self.search.set_recursive(recursive, self.session.picture_path)

    def paste(self) -> None:
        """Open what was copied elsewhere."""
        if not self._open_brought(QGuiApplication.clipboard().mimeData()):
            self.message_bar.show_message(self.tr("There are no files, folders or pictures to paste."))

    def _open_brought(self, mime: QMimeData) -> bool:
        """Open what was dropped or pasted, if it is files or a picture; files come first."""
        brought = incoming(mime)
        if not brought:
            return self.pasting.take(mime)
        self.open_incoming(brought)
        return True

    def save(self) -> None:
        """Let the user choose where to save the panels."""
        if self.session.picture is not None:
            name = f"{self.session.picture.path.stem}-panels.png"
            dialogs.choose_picture_to_save(self, name, self.errands.save_panels)

    def enable_panels(self, enabled: bool) -> None:
        """Tell whether there is an explained picture to copy, save, measure and cover."""
        self.commands.enable_panels(enabled)
        self.truth_view.enable(enabled)

    def measure(self) -> None:
        """Measure how true the map on show is."""
        sketch = self.session.sketch()
        if sketch is not None:
            self.about.setCurrentWidget(self.truth_view)
            self.truth.measure(sketch)

    def brush(self, on: bool) -> None:
        """Let mouse or keys cover parts of the picture; ending that uncovers them."""
        self.panels.set_brushing(on)
        if on:
            self.panels.setFocus()
        if not on:
            self.covering.clear()

    def cover(self, spot: QPointF) -> None:
        """Cover a spot of the explained picture."""
        sketch = self.session.sketch()
        if sketch is not None:
            self.covering.cover(sketch, spot)

    def write_report(self) -> None:
        """Let the user choose where the report of several selected pictures, or of all on show, goes."""
        selected = self.picture_panel.view.selected_paths()
        paths = selected if len(selected) > 1 else self.picture_panel.pictures.shown_paths
        if paths and self.session.opened_model is not None:
            dialogs.choose_report_folder(self, lambda folder: self.errands.write_report(paths, folder))

    def finish_report(self, page: Path | None) -> None:
        """Offer a report that has been written."""
        self.report_progress.hide()
        if page is not None:
            words = self.tr("The report is written: {path}").format(path=page)
            url = QUrl.fromLocalFile(str(page.absolute()))
            self.message_bar.offer(words, self.tr("Open"), lambda: QDesktopServices.openUrl(url))

    def predict_or_stop(self) -> None:
        """Stop predicting; or, where it was stopped, begin anew."""
        if self.predictor.running:
            self.predictor.cancel()
        else:
            self.predict_all()

    def predict_all(self) -> None:
        """Predict all open pictures with the open model."""
        model = self.session.opened_model
        paths = self.picture_panel.pictures.paths
        self.predictor.restart(model.explainer if model else None, paths, self.session.method)

    def renew_predictor(self) -> None:
        """Let predictions go on with the layer and the method on show."""
        if self.session.opened_model is not None:
            self.predictor.use(self.session.opened_model.explainer, self.session.method)

    def start_search(self, first: Path | None) -> None:
        """Forget what was open; `first` is shown before it is found."""
        gc.unfreeze()  # what `finish_search` froze: among it may be garbage by now
        for path in self.pasting.lasting(self.search.roots):
            self.settings.add_folder(path)
        self.message_bar.outdate()
        self.session.forget_picture()
        self.session.scales.forget()
        self.watcher.restart()
        self.picture_panel.start(first)
        self.predict_all()
