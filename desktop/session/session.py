"""Shared state of the features: open model, current image, explanation.

The engine is called through `desktop.common.task_queue` only. Features call methods of the session and
connect to its signals; they do not deal with threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject, QTimer, Signal

from ..common.error_text import error_text
from ..common.task_queue import TaskQueue
from . import explaining, model_loading, rendering
from .class_words import shown_names
from .color_scale import Scales, strongest_evidence
from .explaining import Explained
from .model_loading import RECOMMENDED, LoadedModel, NotAPairError
from .question import Kind, Question
from .rendering import LoadedImage, RenderedMaps, RenderOptions, RenderRequest

if TYPE_CHECKING:
    from whylight.explainer import Explainer
    from whylight.explanation import Explanation

LEISURE_MS = 120
"""Delay before an unchanged draft is drawn in full."""

PATIENCE_MS = 80
"""Delay after which an image is shown without its pending explanation."""


class Session(QObject):
    """The open model, the displayed image and its explanation."""

    model_requested = Signal(object)
    """The path of a model that is being opened; None for General."""
    model_opened = Signal(LoadedModel)
    model_failed = Signal(str)
    """The reason why a model could not be opened; the previous one stays open."""
    foreign_found = Signal(Path)
    """A model that must be adopted first; the previous one stays open."""
    image_requested = Signal(Path)
    image_forgotten = Signal()
    image_read = Signal(LoadedImage)
    """An image to show without explanation, since there is no model or it is slow."""
    image_failed = Signal(Path, str)
    explained = Signal(LoadedImage, object)
    """The current image and its new `Explanation`."""
    drawn = Signal(RenderedMaps)
    growing = Signal(int, int)
    """Forward passes of a slow method so far, and their total; both 0 once it has ended."""
    explanation_failed = Signal(str)
    look_changed = Signal(RenderOptions)
    """The user has changed the appearance of maps."""
    method_changed = Signal(str)
    """Another method is in use, chosen by the user or because a model has no other."""
    layer_changed = Signal(str)
    """The user has changed the explained layer."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.opened_model: LoadedModel | None = None
        self.image_path: Path | None = None
        self.image: LoadedImage | None = None
        self.explanation: Explanation | None = None
        self.spot: tuple[float, float] | None = None
        """Of a detector: where classes are asked for, x and y in pixels of the image; None for where
        they are found."""
        self.forward_ms = 0.0
        """Duration of the forward pass of the current explanation."""
        self.question: Question | None = None
        """The question that `explanation` answers."""
        self._asked: Question | None = None
        """The last question; its answer may be pending."""
        self.look = RenderOptions()
        self.method = RECOMMENDED
        self.wanted_method = RECOMMENDED
        """The method that was chosen; `method` is another where the model cannot be explained by it."""
        self.unfinished: tuple[int, int] | None = None
        """Forward passes behind the current map and their total, if it is not complete."""
        self.scales = Scales()
        self.is_free = threading.Event()
        """Set while nothing is being explained, so that background work may run."""
        self.is_free.set()
        self._model_queue = TaskQueue("model", newest_wins=True, parent=self)
        self._explain_queue = TaskQueue("explain", newest_wins=True, parent=self)
        # Two threads, so that a draft does not wait for an outdated large drawing.
        self._draw_queue = TaskQueue("draw", threads=2, newest_wins=True, parent=self)
        self._queues = (self._model_queue, self._explain_queue, self._draw_queue)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._show_unexplained)
        self._on_show_drawn = False
        self._full_drawing = QTimer(self, singleShot=True, interval=LEISURE_MS)
        self._full_drawing.timeout.connect(lambda: self._draw(rendering.MAX_SHOWN_EDGE))
        self._drawing = False
        self._look_changed = False

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the open model's classes in the window's language, if there is one."""
        if self.opened_model is None:
            return ()
        return shown_names(self.opened_model.explainer.card.names_in(QLocale().name()))

    @property
    def busy(self) -> bool:
        """Whether a request is pending."""
        waiting = self._patience.isActive() or self._full_drawing.isActive()
        return waiting or not all(queue.idle for queue in self._queues)

    def open_model(self, path: Path | None) -> None:
        """Open the pair whose forward graph is `path`, or General."""
        self.model_requested.emit(path)
        self._model_queue.run_task(
            lambda: model_loading.open_model(path), self._take_model, self._report_model
        )

    def show_model(self, opened: LoadedModel) -> None:
        """Use a model that is loaded already, and explain the current image anew."""
        self._model_queue.cancel_all()
        self._take_model(opened)

    def open_first_model(self, wanted: Sequence[Path | None], last: Path | None, layer: str | None) -> None:
        """Open the first model of a session; see `model_loading.open_first_model`."""
        self._model_queue.run_task(
            lambda: model_loading.open_first_model(wanted, last, layer), self._take_model, self._report_model
        )

    def open_image(self, path: Path) -> None:
        """Read and explain an image; cancels pending questions."""
        self.is_free.clear()
        self._forget()
        self.image_path = path
        explainer, method = self.opened_model.explainer if self.opened_model else None, self.method

        def steps() -> Iterator[LoadedImage | Explained]:
            image = rendering.load_image(path)
            yield image
            if explainer is not None:
                yield from explaining.explain_first(explainer, image, method)

        self.image_requested.emit(path)
        self._explain_queue.run_steps(steps, self._take_step, self._report_image)

    def forget_image(self) -> None:
        """Show no image; cancels pending questions."""
        self._forget()
        self.is_free.set()
        self.image_forgotten.emit()

    def close_model(self) -> None:
        """Close the model, cancel pending ones, and show nothing."""
        self._model_queue.cancel_all()
        self.opened_model = None
        self.scales.forget()
        self.forget_image()

    def _forget(self) -> None:
        self.image_path = self.image = self.explanation = None
        self.question = self._asked = self.spot = None
        self._explain_queue.cancel_all()
        self._draw_queue.cancel_all()
        self._full_drawing.stop()
        self._drawing = self._look_changed = False
        self._patience.stop()
        self._end_growing()

    def ask(self, question: Question) -> None:
        """Answer another question about the current image, without a forward pass.

        A detector is asked about a box, at `spot` if there is one.
        """
        if self.opened_model is None or self.explanation is None:
            return
        asked = rendering.located(self.opened_model.explainer, self.explanation, question, self.spot)
        if asked != self._asked:
            self._ask_now(asked)

    def _ask_now(self, question: Question) -> None:
        if self.opened_model is None or self.explanation is None or self.image is None:
            return
        explainer, explanation, image = self.opened_model.explainer, self.explanation, self.image
        method = self.method
        is_answered = question == self.question and question.box is None
        self._explain_again(
            lambda: explaining.explain_again(
                explainer, image, explanation, question, method, is_answered=is_answered
            ),
            question,
        )

    def set_method(self, method: str) -> None:
        """Use another method for the current scores and later images.

        Methods of gradients need no forward pass, and the gradient graph only if means alone were kept.
        """
        self.wanted_method = method
        self.method = method if self.opened_model is None else self.opened_model.usable_method(method)
        self._apply_method()
        self.method_changed.emit(self.method)

    def stop_growing(self) -> None:
        """Stop a slow method; what it has found so far stays."""
        if self.unfinished is not None:
            unfinished = self.unfinished
            self._explain_queue.cancel_all()
            self.is_free.set()
            self._end_growing()
            self.unfinished = unfinished
            self._draw()

    @property
    def is_recommended(self) -> bool:
        """Whether the recommended method explains the model's own layer."""
        opened = self.opened_model
        own = opened is None or opened.explainer.layer == opened.own_layer
        return own and self.method == self.recommended

    @property
    def recommended(self) -> str:
        """The recommended method for the open model."""
        return RECOMMENDED if self.opened_model is None else self.opened_model.recommended_method

    @property
    def method_to_save(self) -> str:
        """The method for the next start, the general one for a recommended one."""
        return RECOMMENDED if self.wanted_method == self.recommended else self.wanted_method

    def _apply_method(self) -> None:
        """Map the current scores by `method`."""
        if self._asked is not None:
            self._ask_now(self._asked)

    def use_explainer(self, explainer: Explainer) -> None:
        """Explain another layer of the open model and repeat the last question."""
        if self.opened_model is None:
            return
        self.opened_model = replace(self.opened_model, explainer=explainer, layer=explainer.layer)
        self.scales.forget()
        self._ask_anew(explainer)
        self.layer_changed.emit(explainer.layer)

    def _ask_anew(self, explainer: Explainer) -> None:
        """Repeat the last question with the explainer of another layer."""
        image, question, method = self.image, self._asked, self.method
        if image is None or question is None:  # still pending with the previous explainer
            if self.image_path is not None:
                self.open_image(self.image_path)
            return
        self.explanation = None  # of the previous layer, cannot be used further
        self.is_free.clear()
        self._draw_queue.cancel_all()
        self._explain_again(lambda: explaining.explain_asked(explainer, image, question, method), question)

    def set_look(self, look: RenderOptions) -> None:
        """Redraw the current explanation with another appearance."""
        self.look = look
        if self._drawing:  # cancelling would show nothing while a slider moves
            self._look_changed = True
        else:
            self._draw()
        self.look_changed.emit(look)

    def sketch(self) -> RenderRequest | None:
        """Return the request for the current drawing; None without an explanation."""
        if not (self.opened_model and self.image and self.explanation and self.question):
            return None
        explainer = self.opened_model.explainer
        return RenderRequest(self.image, self.question, self.explanation, explainer, self.look, self.scales)

    def close(self) -> None:
        """Cancel all tasks and wait for the threads."""
        self._patience.stop()
        self._full_drawing.stop()
        self.is_free.set()
        for queue in self._queues:
            queue.close()

    def _explain_again(self, steps: Callable[[], Iterator[Explained]], question: Question) -> None:
        self._asked = question
        self._end_growing()
        if explaining.is_slow(self.method):
            self.is_free.clear()
        self._explain_queue.run_steps(steps, self._take_explanation, self._report_explanation)

    def _take_model(self, opened: LoadedModel) -> None:
        if self.wanted_method == self.recommended:
            self.wanted_method = opened.recommended_method
        self.opened_model = opened
        self.scales.forget()
        if self.image_path is not None:
            self.is_free.clear()  # the current image comes first
        self.method = opened.usable_method(self.wanted_method)
        self.model_opened.emit(opened)
        if self.image_path is not None:
            self.open_image(self.image_path)

    def _take_step(self, step: LoadedImage | Explained) -> None:
        if not isinstance(step, LoadedImage):
            self._take_explanation(step)
            return
        self.image = step
        if self.opened_model is None or not self._on_show_drawn:
            self._show_unexplained()
        else:
            self._patience.start()

    def _show_unexplained(self) -> None:
        self._on_show_drawn = False
        if self.opened_model is None:
            self.is_free.set()
        self.image_read.emit(self.image)

    def _take_explanation(self, found: Explained) -> None:
        explanation, question, is_first = found.explanation, found.question, self.unfinished is None
        self.explanation = explanation
        self.forward_ms = explanation.timings_ms["forward"] or self.forward_ms
        self.question = self._asked = question
        if not found.complete:
            self._grow(found, is_first=is_first)
            return
        self._end_growing()
        if question.kind is Kind.WHY:
            self.scales.update(explanation.method, strongest_evidence(explanation))
        self.explained.emit(self.image, explanation)
        self.is_free.set()
        self._draw()
        if explanation.method != self.method:  # the method was changed meanwhile
            self._apply_method()

    def _grow(self, found: Explained, *, is_first: bool) -> None:
        """Show a map that is not complete, as often as it can be drawn."""
        self.unfinished = found.done, found.total
        if is_first:
            self.explained.emit(self.image, found.explanation)
        self.growing.emit(found.done, found.total)
        if self._drawing:
            self._look_changed = True
        else:
            self._draw()

    def _end_growing(self) -> None:
        if self.unfinished is not None:
            self.unfinished = None
            self.growing.emit(0, 0)

    def _draw(self, edge: int = rendering.DRAFT_EDGE) -> None:
        sketch = self.sketch()
        if sketch is None:
            return
        self._full_drawing.stop()
        self._drawing, self._look_changed = True, False
        self._draw_queue.run_task(
            lambda: rendering.draw(sketch, edge), self._take_drawing, self._report_drawing
        )

    def _take_drawing(self, drawing: RenderedMaps) -> None:
        self._patience.stop()
        self._on_show_drawn, self._drawing = True, False
        self.drawn.emit(drawing)
        if self._look_changed:
            self._draw()
        elif drawing.draft:
            self._full_drawing.start()

    def _report_model(self, error: Exception) -> None:
        if isinstance(error, NotAPairError):
            self.foreign_found.emit(error.path)
            return
        self.model_failed.emit(error_text(error))

    def _report_image(self, error: Exception) -> None:
        self._patience.stop()
        self.is_free.set()
        if self.image is not None:  # the image was read, so the model failed
            self._show_unexplained()
            self.explanation_failed.emit(error_text(error))
            return
        self._on_show_drawn = False
        self.image_failed.emit(self.image_path, error_text(error))

    def _report_drawing(self, error: Exception) -> None:
        self._drawing = False
        self._report_explanation(error)

    def _report_explanation(self, error: Exception) -> None:
        self.is_free.set()
        self._end_growing()
        self._asked = self.question  # the failed question can be repeated
        if self.explanation is None and self.image is not None:
            self._show_unexplained()
        self.explanation_failed.emit(error_text(error))
