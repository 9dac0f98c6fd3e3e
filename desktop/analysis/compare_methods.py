"""Explains the displayed image by every method, the slow ones last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from whylight.errors import WhylightError

from ..common.error_text import error_text
from ..common.feature import Feature
from ..session import explaining, rendering
from ..session.explaining import is_slow
from ..session.method_hints import method_hint, method_title
from ..session.place import place_words
from ..session.rendering import RenderedMaps, RenderRequest
from ..session.session import Session
from .compare_view import CompareView

EDGE = 400
"""Longest side of a drawn map in pixels."""

DRAWN_EVERY = 0.1
"""Share of a slow method's passes after which its map is drawn again."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The map of one method so far."""

    method: str
    drawing: RenderedMaps | None
    """Its map; None if it failed."""
    done: int = 1
    total: int = 1
    reason: str = ""


def compare(sketch: RenderRequest, methods: tuple[str, ...]) -> Iterator[Compared]:
    """Yield the maps of an explained question by all methods, slow ones as they grow."""
    from whylight.methods import METHODS

    # Those of gradients first; of the slow ones, occlusion takes the fewest passes and the channels the most.
    for method in sorted(methods, key=lambda name: (is_slow(name), METHODS[name].needs_layer)):
        try:
            yield from _by_method(sketch, method)
        except WhylightError as error:
            yield Compared(method, None, reason=error_text(error))


def _by_method(sketch: RenderRequest, method: str) -> Iterator[Compared]:
    drawn = 0
    for found in explaining.explain_again(
        sketch.explainer,
        sketch.image,
        sketch.explanation,
        sketch.question,
        method,
        is_answered=True,
    ):
        if found.complete or found.done - drawn >= DRAWN_EVERY * found.total:
            drawn = found.done
            drawing = rendering.draw(replace(sketch, explanation=found.explanation), EDGE)
            yield Compared(method, drawing, found.done, found.total)
        else:
            yield Compared(method, None, found.done, found.total)  # a point of cancellation


class CompareMethods(Feature):
    """Fills the view of all methods while it is shown; a click uses one of them."""

    shown = Signal(bool)
    """Whether the view is shown in place of the panels."""
    compared = Signal(Compared)

    def __init__(
        self, session: Session, view: CompareView, command: QAction, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._view = view
        self._command = command
        self._queue = self._add_queue("methods", newest_wins=True)
        command.toggled.connect(self._switch)
        view.chosen.connect(self._use)
        view.stop_asked.connect(self._stop)
        view.closed.connect(lambda: command.setChecked(False))
        self.compared.connect(self._show)
        session.explained.connect(lambda *_: self._begin())
        session.layer_changed.connect(lambda _: self._queue.cancel_all())
        session.image_requested.connect(lambda _: self._queue.cancel_all())
        session.image_forgotten.connect(lambda: command.setChecked(False))

    def _switch(self, on: bool) -> None:
        if on and self._session.sketch() is None:
            self._command.setChecked(False)
            return
        if on:
            self._view.show()
            self.shown.emit(True)
            self._begin()
            self._view.back.setFocus()
        else:
            self._queue.cancel_all()
            self.shown.emit(False)  # the panels take the focus before it would go to any control
            self._view.hide()

    def _begin(self) -> None:
        """Compare methods for what is explained now."""
        from whylight.methods import METHODS

        session, sketch = self._session, self._session.sketch()
        if not self._view.isVisible() or sketch is None or session.opened_model is None:
            return
        if session.unfinished is not None:  # its end begins this again
            return
        methods = session.opened_model.methods
        titles = {name: method_title(METHODS[name].label, name, session.recommended) for name in methods}
        hints = {name: method_hint(name, METHODS[name].summary) for name in methods}
        height, width = sketch.image.pixels.shape[:2]
        self._view.start(titles, hints, session.method, height / width)
        self._queue.run_steps(
            lambda: compare(sketch, methods), self.compared.emit, self._report, self._view.end
        )

    def _show(self, found: Compared) -> None:
        if found.reason:
            self._view.show_failure(found.method, found.reason)
        elif found.drawing is not None:
            drawing = found.drawing
            if drawing.peak <= 0:
                words = self.tr("nothing found at this layer")
            elif not drawing.class_specific:
                words = self.tr("the same for every class")
            else:
                words = place_words(drawing.place, share_told=False)
            self._view.show_map(found.method, drawing.overlay[0], words)
        if found.done < found.total:
            self._view.show_progress(found.method, found.done, found.total)

    def _stop(self) -> None:
        self._queue.cancel_all()
        self._view.end()

    def _use(self, method: str) -> None:
        """Use a method, and go back to its map."""
        self._command.setChecked(False)
        if method != self._session.method:
            self._session.set_method(method)
