"""Which signal of the window's parts calls what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication, QIcon

from ..files.copy_and_reveal import copy_files, show_in_folder
from ..gallery.gallery_controller import reload_changed, remove_deleted
from ..session.question import Kind
from ..viewer.panels_view import WHEEL_STEP
from .about_dialog import show_about
from .full_screen import focus_widget, set_full_screen

if TYPE_CHECKING:
    from .operable import OperableWindow


def connect_commands(window: OperableWindow) -> None:
    """What the user's commands do."""
    commands, session, panel = window.commands, window.session, window.image_panel
    commands.open_folder.triggered.connect(window.choose_folder)
    commands.open_images.triggered.connect(window.choose_images)
    commands.open_model.triggered.connect(window.choose_model)
    commands.choose_model.triggered.connect(window.model_choice.choose)
    commands.bundled_model.triggered.connect(lambda: session.open_model(None))
    session.model_opened.connect(window.model_choice.report_skipped)
    commands.second_model.triggered.connect(window.comparison.toggle)
    commands.measure.triggered.connect(window.measure)
    commands.brush.toggled.connect(window.brush)
    commands.recent.setMenu(window.recent)
    window.recent.add_model_actions([commands.bundled_model, commands.choose_model])
    window.recent.folder_chosen.connect(lambda path: window.search.open_paths([path]))
    window.recent.model_chosen.connect(session.open_model)
    commands.report.triggered.connect(window.write_report)
    commands.paste.triggered.connect(window.paste)
    commands.copy.triggered.connect(window.errands.copy_panels)
    commands.save.triggered.connect(window.save)
    commands.copy_files.triggered.connect(lambda: copy_files(window))
    commands.show_in_folder.triggered.connect(lambda: show_in_folder(window))
    commands.previous.triggered.connect(lambda: panel.view.step(-1))
    commands.next.triggered.connect(lambda: panel.view.step(1))
    commands.previous_folder.triggered.connect(lambda: panel.view.step_folder(-1))
    commands.next_folder.triggered.connect(lambda: panel.view.step_folder(1))
    commands.all_panels.triggered.connect(lambda: window.panels.show_alone(None))
    for place, action in commands.panels.items():
        action.triggered.connect(lambda _, place=place: window.panels.show_alone(place))
    commands.fit.triggered.connect(window.panels.fit)
    commands.actual_size.triggered.connect(window.panels.show_actual_size)
    commands.zoom_in.triggered.connect(lambda: window.panels.zoom_by(WHEEL_STEP))
    commands.zoom_out.triggered.connect(lambda: window.panels.zoom_by(1 / WHEEL_STEP))
    for command, control in (
        (commands.focus_filter, panel.sieve.filter),
        (commands.focus_search, window.class_panel.search),
        (commands.focus_method, window.tool_bar.method),
        (commands.focus_layer, window.tool_bar.layer),
        (commands.focus_opacity, window.tool_bar.opacity),
    ):
        command.triggered.connect(lambda _, control=control: focus_widget(window, control))
    for kind, action in ((Kind.WHY, commands.why), (Kind.AGAINST, commands.against)):
        action.triggered.connect(lambda _, kind=kind: window.class_panel.question_bar.ask(kind))
    commands.rather.triggered.connect(lambda: window.class_panel.question_bar.ask(Kind.RATHER))
    commands.mistakes.toggled.connect(panel.sieve.mistakes.setChecked)
    panel.sieve.mistakes.toggled.connect(commands.mistakes.setChecked)
    panel.tallied.connect(lambda tally: commands.enable_labelled(tally.total > 0))
    commands.confusion.toggled.connect(window.confusion.setVisible)
    commands.predict.triggered.connect(window.predict_or_stop)
    commands.full_screen.triggered.connect(lambda: set_full_screen(window, not window.isFullScreen()))
    commands.keys.triggered.connect(window.keys_overlay.toggle)
    commands.about.triggered.connect(lambda: show_about(window))
    commands.enable_panels(False)
    commands.enable_labelled(False)


def connect_views(window: OperableWindow) -> None:
    """What the views ask for."""
    session = window.session
    window.tool_bar.look_changed.connect(session.set_look)
    window.tool_bar.method_chosen.connect(session.set_method)
    window.tool_bar.method_chosen.connect(lambda _: window.renew_predictor())
    window.class_panel.question_asked.connect(session.ask)
    window.image_panel.image_selected.connect(session.open_image)
    window.image_panel.image_selected.connect(window.watcher.watch_image)
    window.image_panel.position_changed.connect(window.status.show_position)
    window.panels.alone_changed.connect(window.commands.check_panel)
    for panels in (window.panels, window.second_panels):
        panels.stepped.connect(window.image_panel.view.step)
    window.image_panel.sieve.confusion_asked.connect(window.commands.confusion.toggle)
    window.confusion.cell_chosen.connect(window.image_panel.sieve.set_cell)
    window.image_panel.tallied.connect(
        lambda tally: window.confusion.table.show_tally(tally, window.session.classes)
    )


def connect_layers(window: OperableWindow) -> None:
    """The layer that is explained."""
    box, layering = window.tool_bar.layer, window.layering
    window.session.model_opened.connect(lambda opened: box.set_layer(opened.explainer.layer))
    box.list_asked.connect(layering.ask)
    box.layer_chosen.connect(layering.choose)
    layering.listed.connect(box.show_layers)
    layering.changed.connect(box.mark)
    layering.changed.connect(lambda _: window.presenter.show_card())
    layering.changed.connect(lambda _: window.renew_predictor())
    layering.failed.connect(lambda _: box.listing_failed())
    layering.failed.connect(window.message_bar.show_message)


def connect_trials(window: OperableWindow) -> None:
    """What is tried on the explained image: how true its map is, and what if part of it were covered."""
    truth, view, covering = window.truth, window.truth_view, window.covering
    view.asked.connect(window.measure)
    truth.grown.connect(view.show_lines)
    truth.failed.connect(window.message_bar.show_message)
    session = window.session
    for another in (session.explained, session.image_requested, session.image_forgotten):
        another.connect(lambda *_: truth.cancel())
        another.connect(lambda *_: view.clear())
    window.panels.brushed.connect(window.cover)
    covering.changed.connect(window.panels.show_covered)
    covering.answered.connect(window.class_panel.show_covered)
    covering.failed.connect(window.message_bar.show_message)
    for another in (session.image_requested, session.image_forgotten):
        another.connect(lambda *_: covering.clear())


def connect_adoption(window: OperableWindow) -> None:
    """The way of somebody else's model to one that is open."""
    session, adopting, panel = window.session, window.adopting, window.adopt_panel

    def preview() -> None:
        # While the model is being prepared, a preview would take its place.
        if panel.is_choosing and panel.foreign is not None and session.image is not None:
            adopting.preview(panel.foreign, session.image.pixels, panel.choices)

    def adopt() -> None:
        if panel.foreign is not None:
            adopting.adopt(panel.foreign, panel.choices)

    def finish(path: Path) -> None:
        panel.dismiss()
        session.open_model(path)

    session.foreign_found.connect(adopting.examine)
    session.foreign_found.connect(lambda _: window.model_choice.open_fallback())
    session.image_read.connect(lambda _: preview())
    session.explained.connect(lambda *_: preview())
    adopting.examined.connect(panel.show_foreign)
    adopting.previewed.connect(panel.show_preview)
    adopting.adopted.connect(finish)
    adopting.failed.connect(window.presenter.report_model)
    adopting.failed.connect(lambda _: panel.show_trouble())
    panel.choices_changed.connect(preview)
    panel.adoption_asked.connect(adopt)
    panel.dismissed.connect(adopting.cancel)


def connect_search(window: OperableWindow) -> None:
    """Where found images go, and their predictions."""
    search, predictor, panel = window.search, window.predictor, window.image_panel
    window.commands.recursive.toggled.connect(window.search_sub_folders)
    search.started.connect(window.start_search)
    search.found.connect(panel.add)
    search.found.connect(predictor.add)
    search.walked.connect(window.watcher.add)
    search.finished.connect(window.presenter.finish_search)
    search.failed.connect(window.message_bar.show_message)
    predictor.predicted.connect(panel.images.predict)
    predictor.progressed.connect(panel.progress.show_progress)
    predictor.ended.connect(panel.progress.hide)
    panel.progress.cancelled.connect(predictor.cancel)
    watcher = window.watcher
    watcher.appeared.connect(panel.add)
    watcher.appeared.connect(predictor.add)
    watcher.vanished.connect(lambda paths: remove_deleted(window, paths))
    watcher.replaced.connect(lambda paths: reload_changed(window, paths))
    watcher.failed.connect(window.message_bar.show_message)


def connect_pasting(window: OperableWindow) -> None:
    """Images that come without a file."""
    window.pasting.kept.connect(lambda path: window.search.open_paths([path]))
    window.pasting.failed.connect(window.message_bar.show_message)


def add_menus(window: OperableWindow) -> None:
    """What a right click offers: on the thumbnails what concerns files, on the panels what is seen."""
    commands = window.commands
    files = (commands.copy_files, commands.show_in_folder)
    of_thumbnails = (*files, commands.report, commands.paste)
    of_panels = (
        commands.copy,
        commands.save,
        *files,
        commands.fit,
        commands.actual_size,
        commands.full_screen,
    )
    for view, actions in ((window.image_panel.view, of_thumbnails), (window.panels, of_panels)):
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        view.addActions(actions)


def connect_errands(window: OperableWindow) -> None:
    """What is told when an errand is done."""
    errands = window.errands
    errands.icon_found.connect(lambda path: window.setWindowIcon(QIcon(str(path))))
    errands.failed.connect(window.message_bar.show_message)
    errands.saved.connect(
        lambda path: window.message_bar.show_message(
            QCoreApplication.translate("MainWindow", "Saved: {path}").format(path=path)
        )
    )
    errands.report_begun.connect(lambda: window.predictor.pause(True))
    errands.report_ended.connect(lambda _: window.predictor.pause(False))
    errands.report_progressed.connect(window.presenter.show_report)
    errands.report_ended.connect(window.finish_report)
    window.report_progress.cancelled.connect(errands.stop_report)
    errands.panels_copied.connect(lambda image: QGuiApplication.clipboard().setImage(image))
