"""Explain images and return records, without drawing or writing anything."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whylight.box_questions import MOST_EXPLAINED, BoxChoice, require_detector
from whylight.errors import QuestionError, WhylightError
from whylight.methods.availability import available_method
from whylight.parallel.explain_many import ParallelExplainer
from whylight.region_questions import RegionChoice, require_segmenter
from whylight.report.records import image_record
from whylight.report.result import Failures, Progress, Tally
from whylight.report.sources import CountedSources, Source
from whylight.score_weights import Question, stacked_weights

if TYPE_CHECKING:
    from whylight.explainer import Explainer


def box_choice(
    explainer: Explainer,
    boxes: int | None,
    questions: Sequence[Question],
    further_layers: Sequence[str],
    at: tuple[float, float] | None = None,
) -> BoxChoice | None:
    """Return which boxes of a detector are explained; None for other models.

    Args:
        explainer: the model.
        boxes: how many boxes of an image; None for `whylight.box_questions.MOST_EXPLAINED`.
        questions: asked of the boxes of their class.
        further_layers: layers to be fused, which boxes do not have.
        at: x and y in pixels of the image: a spot that the questions are asked at.

    Raises:
        QuestionError: boxes were asked of another model, or of several layers, or fewer than one.
    """
    if boxes is None and not explainer.is_detector:
        return None
    require_detector(explainer.card)
    if further_layers:
        raise QuestionError("a box is explained at one layer; name one, or none for the map of its grid")
    for question in questions:
        question.weights(explainer.class_count)  # a class contrasted with itself is refused
    if at is not None and boxes is not None:
        raise QuestionError("one box is asked about at a spot; leave out how many")
    return BoxChoice(MOST_EXPLAINED if boxes is None else boxes, tuple(questions), at)


def region_choice(
    explainer: Explainer,
    region: RegionChoice | None,
    questions: Sequence[Question],
    further_layers: Sequence[str],
) -> RegionChoice | None:
    """Return the region that a segmenter is asked about, with its questions.

    Args:
        explainer: the model.
        region: as asked for; None for no particular one.
        questions: asked of the region.
        further_layers: layers to be fused, which regions do not have.

    Raises:
        QuestionError: the model has no regions, or several layers are named.
    """
    if region is None:
        return None
    require_segmenter(explainer.card)
    if further_layers:
        raise QuestionError("a region is explained at one layer; name one")
    for question in questions:
        question.weights(explainer.class_count)  # a class contrasted with itself is refused
    return replace(region, questions=tuple(questions))


def places_asked(
    explainer: Explainer, region: RegionChoice | None
) -> tuple[tuple[float, float] | None, RegionChoice | None]:
    """Return the spot for a detector, and the region for a segmenter.

    Raises:
        QuestionError: the model answers at no places, or a detector was asked about a region.
    """
    if region is None or explainer.is_segmenter:
        return None, region
    if not explainer.is_detector:
        raise QuestionError(
            "'{model}' answers for an image as a whole: regions and spots are for segmenters, spots for "
            "detectors, too",
            model=explainer.card.name,
        )
    if region.at is None:
        require_segmenter(explainer.card)
    return region.at, None


def explain_records(
    explainer: Explainer,
    paths: Iterable[str | os.PathLike[str]],
    *,
    top: int = 5,
    method: str | None = None,
    further_layers: Sequence[str] = (),
    questions: Sequence[Question] = (),
    boxes: int | None = None,
    region: RegionChoice | None = None,
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
    at, region = places_asked(explainer, region)
    choice = box_choice(explainer, boxes, questions, further_layers, at)
    region = region_choice(explainer, region, questions, further_layers)
    weights = (
        None
        if choice is not None or region is not None
        else stacked_weights(questions, explainer.class_count)
    )
    top = min(top, explainer.class_count)
    started = time.perf_counter()
    failures = Failures()

    def note(path: Path, error: WhylightError) -> None:
        failures.add(path, error.message)

    explained, stopped = 0, False
    with CountedSources(paths, None, note) as sources:
        workers = ParallelExplainer(explainer, sources.total if sources.counted else None, further_layers)

        def work(source: Source) -> dict[str, Any]:
            image = source.path
            data = source.content()
            opened = workers.opened(image) if data is None else workers.opened(data, source.where)
            there = None if region is None else region.of_image(image)
            with workers.explained(
                opened, top, method, score_weights=weights, boxes=choice, region=there
            ) as (_, explanation):
                return image_record(image, explanation, explainer.card, top, questions, choice, there)

        with closing(workers.ordered_map(work, sources)) as outcomes:
            for done, (source, outcome) in enumerate(outcomes, start=1):
                if stopped := cancelled is not None and cancelled():
                    break
                try:
                    record = outcome.result()
                except WhylightError as error:
                    failures.add(source.path, error.message)
                else:
                    explained += 1
                    if on_image is not None:
                        on_image(record)
                del outcome  # its error's traceback holds this frame, and with it the model: a cycle
                if on_progress is not None:
                    on_progress(
                        Progress(done, sources.total, source.path, failures.count, counted=sources.counted)
                    )
    return Tally(
        explained=explained,
        total=sources.total,
        failures=tuple(failures.first),
        failed=failures.count,
        cancelled=stopped,
        elapsed_s=time.perf_counter() - started,
    )
