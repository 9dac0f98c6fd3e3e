"""Connects the panels with a session and with commands."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from ..common.error_text import translate_error
from ..common.feature import Feature
from ..common.panel import Panel
from ..session.rendering import LoadedImage, RenderedMaps
from ..session.session import Session
from ..widgets.actions import Actions
from ..widgets.status_bar import StatusBar
from .answer_bar import AnswerBar
from .keyboard import PanelKeys
from .mouse import PanelMouse
from .panels_view import WHEEL_STEP, PanelsView


class ViewerController(Feature):
    """Shows the session's image, its drawing, or a notice."""

    drawing_shown = Signal(bool)
    """Whether an explained image is displayed, which can be copied, saved and measured."""

    def __init__(
        self,
        session: Session,
        panels: PanelsView,
        answer: AnswerBar,
        commands: Actions,
        status: StatusBar,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._panels = panels
        self._answer = answer
        self._status = status
        PanelMouse(panels)
        PanelKeys(panels)
        session.model_opened.connect(lambda _: panels.set_explaining(True))
        session.model_failed.connect(lambda _: self._explain_nothing())
        session.image_read.connect(self._show_image)
        session.image_failed.connect(self._show_unreadable)
        session.drawn.connect(self._show_drawing)
        session.growing.connect(self._show_progress)
        answer.progress.cancelled.connect(session.stop_growing)
        self._connect_commands(commands)

    def _connect_commands(self, commands: Actions) -> None:
        panels = self._panels
        commands.all_panels.triggered.connect(lambda: panels.show_alone(None))
        for panel, action in commands.panels.items():
            action.triggered.connect(lambda _, panel=panel: panels.show_alone(panel))
        panels.chosen_changed.connect(commands.check_panels)
        commands.pair.triggered.connect(panels.show_pair)
        commands.fit.triggered.connect(panels.fit)
        commands.actual_size.triggered.connect(panels.show_actual_size)
        commands.zoom_in.triggered.connect(lambda: panels.zoom_by(WHEEL_STEP))
        commands.zoom_out.triggered.connect(lambda: panels.zoom_by(1 / WHEEL_STEP))
        commands.brush.toggled.connect(self._set_brushing)
        self._answer.compare.setDefaultAction(commands.compare_methods)
        self._answer.recommended_asked.connect(commands.recommended.trigger)

    def show_nothing(self, title: str, text: str) -> None:
        """Show a notice instead of an image."""
        self.drawing_shown.emit(False)
        self._answer.clear()
        self._panels.show_notice(title, text)

    def _set_brushing(self, on: bool) -> None:
        self._panels.set_brushing(on)
        if on:
            self._panels.setFocus()

    def _explain_nothing(self) -> None:
        """Show only the image if no model is open."""
        if self._session.opened_model is None:
            self._panels.set_explaining(False)

    def _show_image(self, image: LoadedImage) -> None:
        """Show an image that is not explained (yet), or whose explanation is being drawn."""
        height, width = image.pixels.shape[:2]
        self._status.show_size(height, width, [translate_error(note) for note in image.notes])
        self.drawing_shown.emit(False)
        self._answer.clear()
        self._panels.show_image(image)

    def _show_unreadable(self, path: Path, reason: str) -> None:
        title = self.tr("{name} cannot be read").format(name=path.name)
        self.show_nothing(title, reason.removeprefix(f"{path}: "))

    def _show_progress(self, done: int, total: int) -> None:
        """Show how far a slow method has come; 0 of 0 hides it."""
        from whylight.methods import METHODS

        if total:
            self._answer.progress.show_progress(done, total, METHODS[self._session.method].label)
        else:
            self._answer.progress.hide()

    def _show_drawing(self, drawing: RenderedMaps) -> None:
        from whylight.methods import METHODS

        session = self._session
        self._panels.show_drawing(drawing, drawing.question.evidence(session.classes))
        label = METHODS[drawing.method].label
        self._answer.show_answer(
            drawing,
            session.classes,
            label,
            is_recommended=session.is_recommended,
            unfinished=session.unfinished,
        )
        self.drawing_shown.emit(True)


class SecondViewer(Feature):
    """Shows a second session below the first, with the same zoom and marked spot."""

    def __init__(
        self, session: Session, panels: PanelsView, first: PanelsView, parent: QObject | None = None
    ) -> None:
        """`first` are the first session's panels."""
        super().__init__(parent)
        self._session = session
        self._panels = panels
        self._first = first
        panels.setAccessibleName(self.tr("Image, heatmap and overlay of the second model"))
        panels.hide()
        PanelMouse(panels)
        PanelKeys(panels)
        session.image_read.connect(panels.show_image)
        session.image_failed.connect(lambda _path, reason: panels.show_notice("", reason))
        session.drawn.connect(self._show_drawing)
        for one, other in ((first, panels), (panels, first)):
            one.zoom_changed.connect(other.follow_zoom)
            one.spot_marked.connect(other.mark_spot)
        first.chosen_changed.connect(self._follow_chosen)

    def show_nothing(self, title: str) -> None:
        """Show a title instead of an image."""
        self._panels.show_notice(title, "")

    def close_panels(self) -> None:
        """Hide the panels, and free their images."""
        self._panels.hide()
        self._panels.clear()

    def _follow_chosen(self, chosen: tuple[Panel, ...]) -> None:
        if self._panels.chosen != chosen:
            self._panels.show_panels(chosen)

    def _show_drawing(self, drawing: RenderedMaps) -> None:
        self._panels.show_drawing(drawing, drawing.question.evidence(self._session.classes))
        self._panels.follow_zoom(self._first.zoom)  # which may have been zoomed before


class ReferenceViewer(Feature):
    """Shows what of a reference is alike the image, below the image's panels."""

    def __init__(self, panels: PanelsView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._panels = panels
        panels.setAccessibleName(self.tr("Image, heatmap and overlay of what the image is compared with"))
        panels.hide()
        PanelMouse(panels)
        PanelKeys(panels)

    def show_drawing(self, drawing: RenderedMaps, title: str, shown: str) -> None:
        """Show a reference's map under a title; `shown` says what the heatmap shows."""
        self._panels.set_title(title)
        self._panels.show_drawing(drawing, shown)
        self._panels.show()

    def hide(self) -> None:
        """Hide the panels, and free their images."""
        self._panels.hide()
        self._panels.clear()
