"""The state behind the window: the open model, the search for pictures, the current one, its explanation.

It alone talks to the engine, always through `desktop.work`. Views call its methods and follow its signals;
they never see a thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from desktop import engine
from desktop.engine import Drawing, Look, OpenedModel, Picture
from desktop.work import Lane
from explain.errors import ImageError, WhylightError

if TYPE_CHECKING:
    from explain.explanation import Explanation

log = logging.getLogger(__name__)

LEISURE_MS = 120
"""A draft that nothing has changed for so long is drawn in full."""

PATIENCE_MS = 80
"""A picture that takes longer than this to be explained is shown unexplained meanwhile."""


class Session(QObject):
    """What is open, and the way to open something else."""

    model_opened = Signal(OpenedModel)
    model_failed = Signal(str)
    """Why a model could not be opened; the one that was open before still is."""
    search_started = Signal()
    pictures_found = Signal(list)
    """Paths, to be added to those found since `search_started`."""
    search_finished = Signal()
    search_failed = Signal(str)
    """What could not be searched, and why; the rest is."""
    picture_requested = Signal(Path)
    picture_read = Signal(Picture)
    """A picture to be shown without explanation, because there is no model or it is taking its time."""
    picture_failed = Signal(Path, str)
    explained = Signal(Picture, object)
    """The current picture and its `Explanation`: after a forward run, or of another of its classes."""
    drawn = Signal(Drawing)
    explanation_failed = Signal(str)
    icon_found = Signal(Path)
    saved = Signal(Path)
    panels_copied = Signal(QImage)
    """The panels side by side, for the clipboard."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.opened_model: OpenedModel | None = None
        self.picture_path: Path | None = None
        self.picture: Picture | None = None
        self.explanation: Explanation | None = None
        self.forward_ms = 0.0
        """Duration of the forward run behind the current explanation."""
        self.look = Look()
        self._model_lane = Lane("model", newest_wins=True, parent=self)
        self._search_lane = Lane("search", newest_wins=True, parent=self)
        self._explain_lane = Lane("explain", newest_wins=True, parent=self)
        # Two threads, so that a draft does not wait for a large drawing that nobody waits for any more.
        self._draw_lane = Lane("draw", threads=2, newest_wins=True, parent=self)
        self._errand_lane = Lane("errand", parent=self)
        self._lanes = (
            self._model_lane,
            self._search_lane,
            self._explain_lane,
            self._draw_lane,
            self._errand_lane,
        )
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._show_unexplained)
        self._on_show_drawn = False
        self._full_drawing = QTimer(self, singleShot=True, interval=LEISURE_MS)
        self._full_drawing.timeout.connect(lambda: self._draw(engine.MAX_SHOWN_EDGE))
        self._drawing = False
        self._look_changed = False

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the open model's classes; empty without a model."""
        return self.opened_model.explainer.card.classes if self.opened_model else ()

    @property
    def busy(self) -> bool:
        """Whether something asked for has not arrived yet."""
        waiting = self._patience.isActive() or self._full_drawing.isActive()
        return waiting or not all(lane.idle for lane in self._lanes)

    def find_icon(self) -> None:
        """Have `icon_found` emitted with the file of the window's icon."""
        self._errand_lane.run_task(engine.find_icon, self.icon_found.emit, self._report_explanation)

    def open_model(self, path: Path | None) -> None:
        """Open the pair whose forward graph is `path`, or the bundled one."""
        self._model_lane.run_task(lambda: engine.open_model(path), self._take_model, self._report_model)

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Look for pictures in files and folders, in place of those open now."""
        paths = list(paths)
        self._search(lambda: engine.find_pictures(paths))

    def open_samples(self) -> None:
        """Open the bundled sample pictures."""
        self._search(engine.sample_pictures)

    def open_picture(self, path: Path) -> None:
        """Read and explain a picture; what was asked before and has not arrived is forgotten."""
        self._forget_picture()
        self.picture_path = path
        explainer = self.opened_model.explainer if self.opened_model else None

        def steps() -> Iterator[Picture | Explanation]:
            picture = engine.read_picture(path)
            yield picture
            if explainer is not None:
                yield explainer.explain(picture.image, top=1)

        self.picture_requested.emit(path)
        self._explain_lane.run_steps(steps, self._take_step, self._report_picture)

    def explain_class(self, class_index: int) -> None:
        """Explain another class of the current picture; the forward graph is not run again."""
        if self.opened_model is None or self.explanation is None:
            return
        explainer, explanation = self.opened_model.explainer, self.explanation
        if explanation.classes == (class_index,):
            return
        self._explain_lane.run_task(
            lambda: engine.explain_class(explainer, explanation, class_index),
            self._take_explanation,
            self._report_explanation,
        )

    def set_look(self, look: Look) -> None:
        """Draw the current explanation differently, as soon as what is being drawn has been shown."""
        self.look = look
        if self._drawing:  # cancelling it would show nothing while the slider is moved
            self._look_changed = True
        else:
            self._draw()

    def save_panels(self, path: Path) -> None:
        """Write the three panels side by side at full resolution."""
        if self.picture is not None and self.explanation is not None:
            picture, explanation, look = self.picture, self.explanation, self.look
            self._errand_lane.run_task(
                lambda: engine.save_panels(picture, explanation, look, path),
                self.saved.emit,
                self._report_explanation,
            )

    def copy_panels(self) -> None:
        """Have `panels_copied` emitted with the three panels side by side at full resolution."""
        if self.picture is not None and self.explanation is not None:
            picture, explanation, look = self.picture, self.explanation, self.look
            self._errand_lane.run_task(
                lambda: engine.copy_panels(picture, explanation, look),
                self.panels_copied.emit,
                self._report_explanation,
            )

    def close(self) -> None:
        """Cancel all work and wait for its threads."""
        self._patience.stop()
        self._full_drawing.stop()
        for lane in self._lanes:
            lane.close()

    def _forget_picture(self) -> None:
        self.picture_path = self.picture = self.explanation = None
        self._explain_lane.cancel_all()
        self._draw_lane.cancel_all()
        self._full_drawing.stop()
        self._drawing = self._look_changed = False
        self._patience.stop()

    def _search(self, steps: Callable[[], Iterator[list[Path] | ImageError]]) -> None:
        self._forget_picture()
        self.search_started.emit()
        self._search_lane.run_steps(
            steps, self._take_found, self._report_search, done_func=self.search_finished.emit
        )

    def _take_found(self, found: list[Path] | ImageError) -> None:
        if isinstance(found, ImageError):
            self.search_failed.emit(str(found))
        elif found:
            self.pictures_found.emit(found)

    def _take_model(self, opened: OpenedModel) -> None:
        self.opened_model = opened
        self.model_opened.emit(opened)
        if self.picture_path is not None:
            self.open_picture(self.picture_path)

    def _take_step(self, step: Picture | Explanation) -> None:
        if not isinstance(step, Picture):
            self._take_explanation(step)
            return
        self.picture = step
        if self.opened_model is None or not self._on_show_drawn:
            self._show_unexplained()
        else:
            self._patience.start()

    def _show_unexplained(self) -> None:
        self._on_show_drawn = False
        self.picture_read.emit(self.picture)

    def _take_explanation(self, explanation: Explanation) -> None:
        if self.explanation is None:
            self.forward_ms = explanation.timings_ms["forward"]
        self.explanation = explanation
        self.explained.emit(self.picture, explanation)
        self._draw()

    def _draw(self, edge: int = engine.DRAFT_EDGE) -> None:
        if self.picture is None or self.explanation is None:
            return
        picture, explanation, look = self.picture, self.explanation, self.look
        self._full_drawing.stop()
        self._drawing, self._look_changed = True, False
        self._draw_lane.run_task(
            lambda: engine.draw(picture, explanation, look, edge),
            self._take_drawing,
            self._report_drawing,
        )

    def _take_drawing(self, drawing: Drawing) -> None:
        self._patience.stop()
        self._on_show_drawn, self._drawing = True, False
        self.drawn.emit(drawing)
        if self._look_changed:
            self._draw()
        elif drawing.draft:
            self._full_drawing.start()

    def _report_model(self, error: Exception) -> None:
        self.model_failed.emit(self._words(error))

    def _report_search(self, error: Exception) -> None:
        self.search_failed.emit(self._words(error))
        self.search_finished.emit()

    def _report_picture(self, error: Exception) -> None:
        self._patience.stop()
        if self.picture is not None:  # it was read, so it is the model that failed
            self._show_unexplained()
            self.explanation_failed.emit(self._words(error))
            return
        self._on_show_drawn = False
        self.picture_failed.emit(self.picture_path, self._words(error))

    def _report_drawing(self, error: Exception) -> None:
        self._drawing = False
        self._report_explanation(error)

    def _report_explanation(self, error: Exception) -> None:
        self.explanation_failed.emit(self._words(error))

    def _words(self, error: Exception) -> str:
        if isinstance(error, (WhylightError, OSError)):
            return str(error)
        log.error("unexpected error", exc_info=error)
        return self.tr("Unexpected error: {kind}: {text}").format(kind=type(error).__name__, text=error)
