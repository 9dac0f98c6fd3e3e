"""Explain many images and write the report as it goes, in constant memory.

Threads decode, explain, draw and encode images (`whylight.parallel.explain_many`); the caller's thread writes
the results in the order of the images, so that no files are left of an image that is not in the report.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from whylight.common.paths import valid_unicode
from whylight.drawing.heatmap import COLOUR_MAPS
from whylight.drawing.scales import FULL_SCALE, IMAGE, check_scale, strongest
from whylight.errors import QuestionError, WhylightError
from whylight.methods.availability import available_method
from whylight.parallel.explain_many import ParallelExplainer
from whylight.report.folder import begin_report, report_folder
from whylight.report.folder_scale import FOLDER, REPORT_SCALES, measure
from whylight.report.html_page import Summary
from whylight.report.maps import MapsManifest
from whylight.report.output_files import ReportFiles
from whylight.report.records import model_record, versions_record
from whylight.report.render import RenderedImage, RenderOptions, draw
from whylight.report.result import Failure, Progress, Report
from whylight.report.sources import Source, list_sources
from whylight.score_weights import Question, stacked_weights

if TYPE_CHECKING:
    from whylight.explainer import Explainer


def write_report(
    explainer: Explainer,
    paths: Iterable[str | os.PathLike[str]],
    out_dir: str | os.PathLike[str],
    *,
    top: int = 5,
    method: str | None = None,
    opacity: float = 0.5,
    colour_map: str = "jet",
    scale: str = IMAGE,
    full_scale: float = FULL_SCALE,
    further_layers: Sequence[str] = (),
    questions: Sequence[Question] = (),
    maps: bool = False,
    force: bool = False,
    on_image: Callable[[Mapping[str, Any]], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Report:
    """Explain the images under `paths` and write the report.

    Each image is explained for its `top` most likely classes.

    If there are `questions`, every image is explained for these instead. With `maps`, the maps are also
    written as arrays (`whylight.report.maps`). `on_image` is called with the record of each explained image
    (`whylight.report.records`), in order, in the caller's thread.

    The report is written to `out_dir` if that is new, empty or an earlier report, else to a new folder inside
    it (`whylight.report.folder`). With `force` it is always written to `out_dir`, and `index.html`,
    `predictions.csv` and panels there are replaced. `Report.index` gives the path.

    Images that cannot be explained are listed in the report and left out. `cancelled` is called before each
    image; once it returns True, the report is finished with the images so far. Page and table are written to
    temporary files and renamed at the end. `scale` and `full_scale` are those of `whylight.drawing.scales`;
    the scale `COMPARED` compares the classes of one image. The scale `FOLDER` is common to all images: each
    is explained twice, and nothing is drawn if it is cancelled during the first pass. With `further_layers`
    the maps of these and of the explainer's layer are fused (`whylight.parallel.layer_fusion`), for which
    only the scale `IMAGE` is available. `method` is one of the explainer's; None for its first.

    Raises:
        QuestionError: unknown method, colour map, scale or class, or `top`, `opacity` or `full_scale` out of
            range. Nothing was written.
        ModelError: unknown layer.
        WhylightError: the folder cannot be written.
    """
    method = explainer.methods[0] if method is None else method
    method = available_method(method, explainer.methods, explainer.model_path.name)
    _check(top, opacity, colour_map, scale)
    if further_layers and scale != IMAGE:
        raise QuestionError(
            "maps of several layers are scaled each by itself before they are fused; the scale "
            "'{scale}' is for one layer, the scale of several is '{image}'",
            scale=scale,
            image=IMAGE,
        )
    if scale != FOLDER:
        check_scale(scale, method, full_scale)
    weights = stacked_weights(questions, explainer.class_count)
    try:
        out = Path(out_dir) if force else report_folder(out_dir)
    except OSError as error:
        raise _unwritable(Path(out_dir), error) from error
    started = time.perf_counter()
    failures: list[Failure] = []
    sources = list_sources(paths, out, lambda path, error: failures.append(Failure(path, error.message)))
    class_names = explainer.card.classes
    top = min(top, len(class_names))
    words = [question.words(class_names) for question in questions]
    is_cancelled = cancelled or (lambda: False)
    explained, stopped = 0, False

    def fail(source: Source, error: WhylightError) -> None:
        failures.append(Failure(source.path, error.message))

    def report(done: int, source: Source, *, measuring: bool = False) -> None:
        if on_progress is not None:
            on_progress(Progress(done, len(sources), source.path, len(failures), measuring))

    workers = ParallelExplainer(explainer, len(sources), further_layers)
    layers = [layer for layer in (explainer.layer, *further_layers) if layer]
    try:
        begin_report(out)
        with ExitStack() as opened:
            files = opened.enter_context(ReportFiles(out, top))
            manifest: MapsManifest | None = None
            if maps:
                head = {
                    "model": model_record(explainer),
                    "versions": versions_record(),
                    "method": method,
                    "layers": layers,
                    "units": "fused" if further_layers else "score",
                    "scale": scale,
                }
                manifest = opened.enter_context(MapsManifest(out, head))
            left: Sequence[Source] = sources
            common: float | None = None
            if scale == FOLDER:
                measured = measure(
                    workers,
                    sources,
                    top=top,
                    method=method,
                    score_weights=weights,
                    failed=fail,
                    told=lambda done, source: report(done, source, measuring=True),
                    cancelled=is_cancelled,
                )
                common, stopped = measured.strongest, measured.stopped
                left = [] if stopped else measured.explained

            def drawn(source: Source) -> RenderedImage:
                with workers.explained(source.path, top, method, score_weights=weights) as found:
                    image, explanation = found
                    if common is not None:
                        tops = np.full(len(explanation.maps), common, np.float32)
                    else:
                        tops = strongest(
                            explanation.maps,
                            scale,
                            method=method,
                            full_scale=full_scale,
                            seen=explanation.seen_maps,
                        )
                    look = RenderOptions(
                        opacity, colour_map, None if scale == IMAGE else tops, top, questions, maps
                    )
                    return draw(source, image, explanation, class_names, look)

            with closing(workers.ordered_map(drawn, left)) as outcomes:
                for done, (source, outcome) in enumerate(outcomes, start=1 + len(sources) - len(left)):
                    stopped = is_cancelled()
                    if stopped:
                        break
                    try:
                        rendered = outcome.result()
                        rendered.write_files(out, source.panels)
                    except WhylightError as error:
                        fail(source, error)
                    else:
                        files.add(rendered.html, rendered.row)
                        if manifest is not None:
                            manifest.add(rendered.record, rendered.map_size)
                        if on_image is not None:
                            on_image(rendered.record)
                        explained += 1
                    del outcome  # its error's traceback holds this frame, and with it the model: a cycle
                    report(done, source)
            elapsed_s = time.perf_counter() - started
            if manifest is not None:
                manifest.finish()
            files.finish(
                Summary(
                    card=explainer.card,
                    model_file=explainer.model_path.name,
                    provider=explainer.provider,
                    layers=layers,
                    method=method,
                    questions=words,
                    colour_map=colour_map,
                    scale=scale,
                    full_scale=full_scale,
                    explained=explained,
                    total=len(sources),
                    elapsed_s=elapsed_s,
                    stopped=stopped,
                    failures=[
                        (valid_unicode(failure.path), valid_unicode(failure.reason)) for failure in failures
                    ],
                )
            )
    except BrokenPipeError:  # by `on_image`, and no fault of the report's
        raise
    except OSError as error:
        raise _unwritable(out, error) from error
    return Report(
        index=files.index,
        table=files.table,
        explained=explained,
        total=len(sources),
        failures=tuple(failures),
        cancelled=stopped,
        elapsed_s=elapsed_s,
    )


def _unwritable(out: Path, error: OSError) -> WhylightError:
    return WhylightError("{out}: the report cannot be written: {reason}", out=out, reason=error)


def _check(top: int, opacity: float, colour_map: str, scale: str) -> None:
    if top < 1:
        raise QuestionError("{top} classes an image were asked for; at least 1 is needed", top=top)
    if colour_map not in COLOUR_MAPS:
        raise QuestionError(
            "there is no colour map '{colour_map}'; known are {known}",
            colour_map=colour_map,
            known=", ".join(COLOUR_MAPS),
        )
    if not 0 <= opacity <= 1:
        raise QuestionError("the opacity is {opacity:g}; it must lie between 0 and 1", opacity=opacity)
    if scale not in REPORT_SCALES:
        raise QuestionError(
            "there is no scale '{scale}'; there are {known}", scale=scale, known=", ".join(REPORT_SCALES)
        )
