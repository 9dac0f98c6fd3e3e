"""Explain images and return records, without drawing or writing anything."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whylight.errors import QuestionError, WhylightError
from whylight.images.files import find_images
from whylight.methods.availability import available_method
from whylight.parallel.explain_many import ParallelExplainer
from whylight.report.records import image_record
from whylight.report.result import Failure, Progress, Tally
from whylight.score_weights import Question, stacked_weights

if TYPE_CHECKING:
    from whylight.explainer import Explainer


def explain_records(
    explainer: Explainer,
    paths: Iterable[str | os.PathLike[str]],
    *,
    top: int = 5,
    method: str | None = None,
    further_layers: Sequence[str] = (),
    questions: Sequence[Question] = (),
    on_image: Callable[[Mapping[str, Any]], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Tally:
    """Explain the images under `paths` like `write_report`, and write nothing.

    Arguments and errors are those of `write_report`.
    """
    method = explainer.methods[0] if method is None else method
    method = available_method(method, explainer.methods, explainer.model_path.name)
    if top < 1:
        raise QuestionError("{top} classes an image were asked for; at least 1 is needed", top=top)
    weights = stacked_weights(questions, explainer.class_count)
    top = min(top, explainer.class_count)
    started = time.perf_counter()
    failures: list[Failure] = []

    def note(path: Path, error: WhylightError) -> None:
        failures.append(Failure(Path(path), error.message))

    images = list(dict.fromkeys(find_images(paths, on_error=note)))
    workers = ParallelExplainer(explainer, len(images), further_layers)
    explained, stopped = 0, False

    def work(path: Path) -> dict[str, Any]:
        with workers.explained(path, top, method, score_weights=weights) as (_, explanation):
            boxes = explainer.boxes_of(explanation) if explainer.is_detector else None
            return image_record(path, explanation, explainer.card.classes, top, questions, boxes)

    with closing(workers.ordered_map(work, images)) as outcomes:
        for done, (path, outcome) in enumerate(outcomes, start=1):
            if stopped := cancelled is not None and cancelled():
                break
            try:
                record = outcome.result()
            except WhylightError as error:
                failures.append(Failure(path, error.message))
            else:
                explained += 1
                if on_image is not None:
                    on_image(record)
            del outcome  # its error's traceback holds this frame, and with it the model: a cycle
            if on_progress is not None:
                on_progress(Progress(done, len(images), path, len(failures)))
    return Tally(
        explained=explained,
        total=len(images),
        failures=tuple(failures),
        cancelled=stopped,
        elapsed_s=time.perf_counter() - started,
    )
