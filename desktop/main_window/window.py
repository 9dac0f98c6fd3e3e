"""Main window: creates views and features, and connects features."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QIcon, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QTabWidget, QWidget

from ..analysis.compare_methods import CompareMethods
from ..analysis.compare_view import CompareView
from ..analysis.faithfulness import Faithfulness
from ..analysis.faithfulness_view import FaithfulnessView
from ..analysis.occlusion_brush import OcclusionBrush
from ..boxes.box_controller import BoxController, SecondBoxes
from ..boxes.box_overlay import BoxOverlay
from ..boxes.box_panel import BoxPanel
from ..classes.class_controller import ClassController
from ..classes.class_panel import ClassPanel
from ..classes.second_classes import SecondClasses
from ..common.feature import Feature
from ..files.file_controller import FileController
from ..files.video_frames import has_video
from ..gallery.confusion_view import ConfusionView
from ..gallery.gallery_controller import GalleryController
from ..gallery.gallery_panel import GalleryPanel
from ..gallery.mark_controller import MarkController
from ..gallery.marks import FILE as MARKS_FILE
from ..gallery.marks import Marks
from ..layers.layer_controller import LayerController
from ..likeness.likeness_controller import LikenessController
from ..likeness.reference_panel import ReferencePanel
from ..models.adopt_controller import AdoptController
from ..models.adopt_form import AdoptForm
from ..models.card_view import CardView
from ..models.model_controller import ModelController
from ..models.second_model import SecondModel
from ..models.startup_model import StartupModel
from ..output.output_controller import OutputController
from ..regions.region_controller import RegionController, SecondRegions
from ..regions.region_overlay import RegionOverlay
from ..regions.region_panel import RegionPanel
from ..session.explaining import is_slow
from ..session.session import Session
from ..settings import Settings
from ..viewer.answer_bar import AnswerBar
from ..viewer.panels_view import PanelsView
from ..viewer.viewer_controller import ReferenceViewer, SecondViewer, ViewerController
from ..widgets.actions import Actions
from ..widgets.message_bar import MessageBar
from ..widgets.shortcuts_overlay import ShortcutsOverlay
from ..widgets.status_bar import StatusBar
from ..widgets.theme import Theme, apply_theme
from .about_dialog import AboutController
from .full_screen import FullScreen
from .layout import SCREEN_SHARE, column, column_widths, set_context_menu, set_tab_order, splitter
from .manual import ManualController
from .saved_state import session_to_save
from .tool_bar import ToolBar


class MainWindow(QMainWindow):
    """Thumbnails, panels, classes and model card, with toolbar and status bar."""

    def __init__(
        self, paths: Sequence[Path] = (), model: Path | None = None, settings: Settings | None = None
    ) -> None:
        """Open `paths` and `model`; without them, restore the last session."""
        super().__init__()
        self._to_open: tuple[Sequence[Path], Path | None] | None = (tuple(paths), model)
        self.settings = Settings() if settings is None else settings
        self.setWindowTitle("Whylight")
        self.setAcceptDrops(True)
        self.session = Session(self)
        self._make_views()
        self._make_features()
        self._place_views()
        set_tab_order(self.tab_stops())
        self.gallery_panel.view.setFocus()
        self._add_context_menus()
        self._connect_features()
        self._connect_commands()
        self._restore()
        self.panels.show_notice(self.tr("Opening…"), "")

    def _make_views(self) -> None:
        self.commands = Actions(self)
        self.tool_bar = ToolBar(self.commands, self)
        self.status = StatusBar(self)
        self.message_bar = MessageBar(self)
        self.gallery_panel = GalleryPanel(self)
        self.confusion = ConfusionView(self)
        self.confusion.hide()
        self.answer_bar = AnswerBar(self)
        self.panels = PanelsView(self)
        self.second_panels = PanelsView(self)
        self.reference_panels = PanelsView(self)
        self.compare_view = CompareView(self)
        self.class_panel = ClassPanel(self)
        self.box_panel = BoxPanel(self)
        self.region_panel = RegionPanel(self)
        self.reference_panel = ReferencePanel(self)
        self.second_class_panel = ClassPanel(self)
        self.adopt_form = AdoptForm(self)
        self.card_view = CardView(self)
        self.faithfulness_view = FaithfulnessView(self)
        self.info_tabs = QTabWidget(self)
        self.info_tabs.setDocumentMode(True)
        self.info_tabs.tabBar().setAccessibleName(self.tr("About the model, and about the map"))
        self.info_tabs.addTab(self.card_view, self.tr("Model"))
        self.info_tabs.addTab(self.faithfulness_view, self.tr("Can I trust this map?"))
        self.shortcuts_overlay = ShortcutsOverlay(self.commands.groups, self)

    def _make_features(self) -> None:
        session, settings, commands, status = self.session, self.settings, self.commands, self.status
        self.gallery = GalleryController(
            session, self.gallery_panel, self.confusion, commands, status, parent=self
        )
        self.files = FileController(session, settings, commands, self.gallery.selected_paths, parent=self)
        start_folders = self.files.start_folders
        self.marks = MarkController(
            self.gallery_panel,
            Marks(settings.data_folder / MARKS_FILE),
            commands,
            self.message_bar,
            start_folders.for_saving,
            parent=self,
        )
        self.viewer = ViewerController(session, self.panels, self.answer_bar, commands, status, parent=self)
        self.classes = ClassController(session, self.class_panel, commands, status, parent=self)
        overlay = BoxOverlay(self.panels, parent=self)
        self.boxes = BoxController(session, self.box_panel, overlay, parent=self)
        region_overlay = RegionOverlay(self.panels, parent=self)
        self.regions = RegionController(session, self.region_panel, region_overlay, parent=self)
        self.likeness = LikenessController(
            session,
            self.reference_panel,
            commands.compare_with,
            self.gallery.selected_paths,
            (start_folders.of_images, start_folders.of_models),
            parent=self,
        )
        self.reference_viewer = ReferenceViewer(self.reference_panels, parent=self)
        self.models = ModelController(
            session, settings, self.card_view, status, self.message_bar, parent=self
        )
        self.adoption = AdoptController(session, self.adopt_form, settings.models_folder, parent=self)
        self.second_model = SecondModel(session, commands.second_model, start_folders.of_models, parent=self)
        self.second_viewer = SecondViewer(
            self.second_model.session, self.second_panels, self.panels, parent=self
        )
        self.second_boxes = SecondBoxes(
            self.second_model.session, BoxOverlay(self.second_panels, parent=self), parent=self
        )
        self.second_regions = SecondRegions(
            self.second_model.session, RegionOverlay(self.second_panels, parent=self), parent=self
        )
        self.second_classes = SecondClasses(
            self.second_model.session, session, self.second_class_panel, parent=self
        )
        self.startup_model = StartupModel(
            session, self.second_model, settings, commands, self.message_bar, parent=self
        )
        self.layers = LayerController(session, self.tool_bar.layer, commands, parent=self)
        self.faithfulness = Faithfulness(session, self.faithfulness_view, commands.measure, parent=self)
        self.compare_methods = CompareMethods(
            session, self.compare_view, commands.compare_methods, parent=self
        )
        self.occlusion_brush = OcclusionBrush(session, commands.brush, commands.undo_brush, parent=self)
        self.output = OutputController(
            session,
            commands,
            self.message_bar,
            self.gallery.report_paths,
            (start_folders.for_saving, start_folders.for_reports),
            parent=self,
        )
        self.manual = ManualController(commands.manual, parent=self)
        self.about = AboutController(session, settings.data_folder, commands.about, parent=self)

    def _place_views(self) -> None:
        self.resize(self.screen().availableGeometry().size() * SCREEN_SHARE)
        vertical, horizontal = Qt.Orientation.Vertical, Qt.Orientation.Horizontal
        panels = column(
            self,
            (
                self.message_bar,
                self.output.progress,
                self.adopt_form,
                self.tool_bar.map_controls,
                self.answer_bar,
                self.compare_view,
                self.panels,
                self.reference_panels,
                self.second_panels,
            ),
            stretched=(self.compare_view, self.panels, self.reference_panels, self.second_panels),
        )
        centre = splitter(vertical, self, panels, self.confusion, stretched=0, sizes=(500, 320))
        classes = (
            self.box_panel,
            self.region_panel,
            self.reference_panel,
            self.class_panel,
            self.second_class_panel,
            self.info_tabs,
        )
        right = splitter(vertical, self, *classes, stretched=3, sizes=(150, 220, 180, 400, 200, 250))
        widths = column_widths(self.width())
        self.columns = splitter(
            horizontal, self, self.gallery_panel, centre, right, stretched=1, sizes=widths
        )
        self.addToolBar(self.tool_bar)
        self.setCentralWidget(self.columns)
        self.setStatusBar(self.status)
        self.full_screen = FullScreen(
            self,
            self.panels,
            self.gallery_panel.view,
            (self.tool_bar, self.gallery_panel, right, self.status, self.tool_bar.map_controls),
        )

    def tab_stops(self) -> list[QWidget]:
        """Return the controls in tab order: left to right, top to bottom, then toolbar."""
        filter_bar, form, tools = self.gallery_panel.filter_bar, self.adopt_form, self.tool_bar
        return [
            filter_bar.filter,
            filter_bar.predicted,
            filter_bar.order,
            filter_bar.marked,
            filter_bar.mistakes,
            filter_bar.table,
            self.gallery_panel.view,
            self.gallery_panel.progress.stop,
            self.message_bar.action,
            self.message_bar.close_button,
            self.output.progress.stop,
            *form.stops,
            tools.method,
            tools.layer,
            tools.scale,
            tools.colour_map,
            tools.opacity,
            self.answer_bar.button,
            self.answer_bar.compare,
            self.answer_bar.progress.stop,
            *self.compare_view.stops,
            self.panels,
            self.reference_panels,
            self.second_panels,
            self.confusion.most_frequent,
            self.confusion.tabs.tabBar(),
            self.confusion.view,
            self.box_panel.view,
            self.box_panel.why_not,
            *self.region_panel.stops,
            *self.reference_panel.stops,
            self.confusion.scores,
            self.class_panel.search,
            self.class_panel.view,
            *self.class_panel.question_bar.kinds.values(),
            self.class_panel.question_bar.other,
            self.second_class_panel.search,
            self.second_class_panel.view,
            self.info_tabs.tabBar(),
            self.card_view,
            self.faithfulness_view.button,
            *tools.buttons,
        ]

    def _add_context_menus(self) -> None:
        """Add context menus: file commands on thumbnails, view commands on panels."""
        commands = self.commands
        files = (commands.copy_files, commands.show_in_folder)
        marks = (commands.mark_right, commands.mark_wrong_label, commands.mark_interesting)
        exports = (commands.export_marks, commands.copy_marked)
        of_thumbnails = (commands.compare_with, *marks, *exports, *files, commands.report, commands.paste)
        set_context_menu(self.gallery_panel.view, of_thumbnails)
        view = (commands.fit, commands.actual_size, commands.full_screen, commands.wheel_browses)
        set_context_menu(self.panels, (*marks, commands.copy, commands.save, *files, *view))

    @property
    def features(self) -> tuple[Feature, ...]:
        """All features, in the order of closing."""
        return (
            self.adoption,
            self.layers,
            self.gallery,
            self.marks,
            self.output,
            self.about,
            self.manual,
            self.faithfulness,
            self.compare_methods,
            self.occlusion_brush,
            self.second_viewer,
            self.second_classes,
            self.second_boxes,
            self.second_regions,
            self.second_model,
            self.startup_model,
            self.models,
            self.classes,
            self.boxes,
            self.regions,
            self.likeness,
            self.reference_viewer,
            self.viewer,
            self.files,  # last, since it removes files of pasted images
        )

    def _connect_features(self) -> None:
        """Connect features with each other; features make their other connections."""
        session, gallery, files, output = self.session, self.gallery, self.files, self.output
        for feature in self.features:
            feature.failed.connect(self.message_bar.show_message)

        # Opened paths go to the gallery, which reports searched folders and empty results.
        files.paths_opened.connect(gallery.open_paths)
        files.recent.samples_chosen.connect(gallery.search.open_samples)
        gallery.search_started.connect(files.note_opened)
        gallery.search_started.connect(lambda *_: self.message_bar.clear_stale())
        gallery.search_started.connect(lambda *_: self.message_bar.drop_topic(MessageBar.IMAGES))
        gallery.not_shown.connect(lambda words: self.message_bar.show_message(words, topic=MessageBar.IMAGES))
        gallery.nothing_found.connect(self.viewer.show_nothing)
        gallery.nothing_found.connect(lambda title, _: self.second_viewer.show_nothing(title))
        gallery.nothing_found.connect(lambda *_: self.classes.clear())
        gallery.nothing_found.connect(lambda *_: self.setWindowTitle("Whylight"))
        session.image_requested.connect(self._name_image)

        # Model, method and appearance: the toolbar.
        session.model_opened.connect(lambda _: self.message_bar.clear_stale())
        session.model_opened.connect(lambda model: self.tool_bar.show_model(model, session.method))
        self.tool_bar.look_changed.connect(session.set_look)
        session.drawn.connect(lambda drawing: self.tool_bar.show_scale(drawing.scale))
        self.tool_bar.method_chosen.connect(session.set_method)
        session.method_changed.connect(self.tool_bar.mark_method)

        self.adopt_form.left.connect(self.gallery_panel.view.setFocus)
        self.adoption.noted.connect(
            lambda words: self.message_bar.show_message(words, topic=MessageBar.FOLDERS)
        )
        self.adoption.begun.connect(self.message_bar.clear_stale)
        self.adoption.begun.connect(lambda: self.message_bar.drop_topic(MessageBar.MODEL))
        self.adoption.adopt_for(self.second_model.session)
        self.adoption.refused.connect(self.startup_model.report_refused)

        # Panels: side buttons of the mouse, commands for explained images, and the brush.
        for panels in (self.panels, self.second_panels, self.reference_panels):
            panels.stepped.connect(self.gallery_panel.view.step)
        self.viewer.drawing_shown.connect(output.enable)
        self.viewer.drawing_shown.connect(self.commands.enable_comparison)
        self.viewer.drawing_shown.connect(self.faithfulness_view.enable)
        self.faithfulness.started.connect(lambda: self.info_tabs.setCurrentWidget(self.faithfulness_view))
        self.compare_methods.shown.connect(self._show_comparison)
        self.panels.clicked.connect(self.boxes.click)
        self.panels.clicked.connect(self.regions.click)
        self.panels.brushed.connect(self.occlusion_brush.cover)
        self.occlusion_brush.changed.connect(self.panels.show_covered)
        self.occlusion_brush.answered.connect(self.class_panel.show_covered)

        # Likeness: the reference's map below the image's, the folder sorted.
        self.likeness.reversed.connect(self.reference_viewer.show_drawing)
        self.likeness.reverse_ended.connect(self.reference_viewer.hide)
        self.likeness.compared.connect(self.gallery_panel.filter_bar.sort_by_certainty)

        # Second model: its panels below the first.
        self.second_model.opened.connect(self.second_panels.show)
        self.second_model.opened.connect(lambda: gallery.set_second(self.second_model.session.opened_model))
        self.second_model.closed.connect(lambda: gallery.set_second(None))
        self.second_model.closed.connect(self.second_viewer.close_panels)
        self.second_model.closed.connect(self.second_classes.hide)
        self.second_model.closed.connect(self.second_boxes.overlay.clear)
        self.second_model.closed.connect(self.second_regions.clear)
        self.second_model.first_titled.connect(self.panels.set_title)
        self.second_model.second_titled.connect(self.second_panels.set_title)

        # Output: predictions pause during a report; dialogs start in its folder.
        output.report_begun.connect(lambda: gallery.predictor.pause(True))
        output.report_ended.connect(lambda _: gallery.predictor.pause(False))
        output.written.connect(files.start_folders.set_written)
        self.about.icon_found.connect(lambda path: self.setWindowIcon(QIcon(str(path))))

    def _connect_commands(self) -> None:
        """Connect commands that belong to no feature."""
        commands = self.commands
        for command, control in (
            (commands.focus_filter, self.gallery_panel.filter_bar.filter),
            (commands.focus_search, self.class_panel.search),
            (commands.focus_method, self.tool_bar.method),
            (commands.focus_layer, self.tool_bar.layer),
            (commands.focus_opacity, self.tool_bar.opacity),
        ):
            command.triggered.connect(lambda _, control=control: self.full_screen.focus_widget(control))
        commands.full_screen.triggered.connect(self.full_screen.toggle)
        commands.keys.triggered.connect(self.shortcuts_overlay.toggle)
        commands.theme.triggered.connect(self._change_theme)
        commands.wheel_browses.toggled.connect(self._set_wheel)
        for command in (commands.quit, commands.close_window):
            command.triggered.connect(self.close)

    @property
    def busy(self) -> bool:
        """Whether a model, image, thumbnail, prediction or other task is pending."""
        return self._to_open is not None or any(part.busy for part in self._parts)

    @property
    def _parts(self) -> tuple[Session | Feature, ...]:
        return (self.session, *self.features)

    def showEvent(self, event: QShowEvent) -> None:
        """Open files after the window is shown, since loading the engine is slower."""
        super().showEvent(event)
        if self._to_open is not None:
            QTimer.singleShot(0, self, self._open_first)

    def changeEvent(self, event: QEvent) -> None:
        """Restore the views if the system ended full screen."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.full_screen.follow_system()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save the session, stop all tasks and wait for the threads."""
        self.full_screen.set_enabled(False)
        self._save()
        for part in self._parts:
            part.close()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept local files, folders and images, except those of this window."""
        if event.source() is None and self.files.can_open(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open dropped files, folders or images."""
        event.acceptProposedAction()
        self.files.open_mime(event.mimeData())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle keys that no view handled: navigation and Escape."""
        if self.gallery.browse(event.key()):
            return
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.isFullScreen():
            self.full_screen.set_enabled(False)
        elif self.commands.brush.isChecked():
            self.commands.brush.setChecked(False)
        elif self.commands.compare_methods.isChecked():
            self.commands.compare_methods.setChecked(False)
        elif self.regions.unpin() or self.boxes.unpin():
            return
        else:
            self.gallery_panel.view.setFocus()

    def _open_first(self) -> None:
        """Open the given paths, else those of the last session, else the samples."""
        if self._to_open is None:
            return
        (paths, model), self._to_open = self._to_open, None
        last = self.settings.session
        if paths:
            self.files.open_paths(paths)
        elif has_video(last.paths):  # its frames have to be written anew
            self.files.open_paths(last.paths)
        elif last.paths:
            self.gallery.open_paths(last.paths, last.image)
        else:
            self.gallery.search.open_samples()
        self.startup_model.open_first(model, last)
        self.about.find_icon()

    def _restore(self) -> None:
        """Restore size, columns and appearance of the last session."""
        settings = self.settings
        self._show_theme()
        if not settings.is_kept:
            words = self.tr("Settings and recent folders are not kept: {file} cannot be written.")
            self.message_bar.show_message(words.format(file=settings.file), topic=MessageBar.FOLDERS)
        self.restoreGeometry(settings.state("geometry"))
        self.columns.restoreState(settings.state("columns"))
        self.session.look = settings.look
        if settings.method:
            self.session.set_method(settings.method)
        self.tool_bar.set_look(settings.look)
        self.commands.recursive.setChecked(settings.recursive)
        self.commands.wheel_browses.setChecked(settings.wheel_browses)

    def _save(self) -> None:
        """Save size, columns, appearance and open paths for the next session."""
        settings, search = self.settings, self.gallery.search
        settings.save_state("geometry", self.saveGeometry())
        settings.save_state("columns", self.columns.saveState())
        settings.save_look(self.session.look)
        if not is_slow(self.session.method_to_save):  # would make every start and image slow
            settings.save_method(self.session.method_to_save)
        settings.save_recursive(search.recursive)
        settings.save_wheel_browses(self.commands.wheel_browses.isChecked())
        lasting, second = self.files.lasting(search.roots), self.second_model.session
        settings.save_session(session_to_save(settings.session, self.session, second, search.roots, lasting))
        settings.sync()

    def _change_theme(self) -> None:
        """Show the next of the themes, and remember it."""
        themes = list(Theme)
        theme = themes[(themes.index(self.settings.theme) + 1) % len(themes)]
        self.settings.save_theme(theme)
        self._show_theme()

    def _show_comparison(self, shown: bool) -> None:
        """Show all methods in place of the panels, which get the keys back afterwards."""
        self.panels.setVisible(not shown)
        if not shown:
            self.panels.setFocus()

    def _set_wheel(self, browses: bool) -> None:
        """Let the wheel go through the images instead of zooming."""
        for panels in (self.panels, self.second_panels, self.reference_panels):
            panels.wheel_browses = browses

    def _show_theme(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_theme(application, self.settings.theme)

    def focusNextPrevChild(self, following: bool) -> bool:
        """Go to the next or previous control that can be used, and round again.

        Qt's own chain is broken by controls that are shown and hidden, and by compound ones.
        """
        stops = [stop for stop in self.tab_stops() if stop.isVisible() and stop.isEnabled()]
        current, focused = -1, self.focusWidget()
        for place, stop in enumerate(stops):
            if focused is not None and (stop is focused or stop.isAncestorOf(focused)):
                current = place
        if not stops:
            return False
        step = 1 if following else -1
        place = (current + step) % len(stops) if current >= 0 else 0
        reason = Qt.FocusReason.TabFocusReason if following else Qt.FocusReason.BacktabFocusReason
        stops[place].setFocus(reason)
        return True

    def _name_image(self, path: Path) -> None:
        self.setWindowTitle(self.tr("{name} – Whylight").format(name=path.name))
