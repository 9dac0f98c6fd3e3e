"""Explain many images and write the report as it goes, in constant memory.

Threads decode, explain, draw and encode images (`whylight.parallel.explain_many`); the caller's thread writes
the results in the order of the images, so that no files are left of an image that is not in the report.
Results lie in shards (`whylight.collection.shards`), from which a run that was stopped or killed is resumed,
and from which tables and pages are made at the end.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from array import array
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whylight.class_names import FolderLabels
from whylight.collection import question as question_state
from whylight.collection.question import State
from whylight.collection.shards import Shards
from whylight.collection.table import (
    BOX_COLUMNS,
    Column,
    Rows,
    box_rows,
    image_rows,
    is_table,
    require_parquet,
    table_columns,
    write_csv,
    write_parquet,
)
from whylight.common.paths import valid_unicode
from whylight.common.version import version
from whylight.drawing.heatmap import COLOUR_MAPS
from whylight.drawing.scales import FULL_SCALE, IMAGE, check_scale
from whylight.errors import QuestionError, WhylightError
from whylight.images.files import REPORT_TABLE
from whylight.methods.availability import available_method
from whylight.parallel.explain_many import ParallelExplainer
from whylight.region_questions import RegionChoice
from whylight.report.explain_records import box_choice, places_asked, region_choice
from whylight.report.folder import begun_report, report_folder
from whylight.report.folder_scale import FOLDER, REPORT_SCALES, measure
from whylight.report.html_page import MOST_FAILURES as MOST_SHOWN
from whylight.report.html_page import Summary
from whylight.report.image_worker import ImageResult, ImageWorker, ReportOptions
from whylight.report.maps import MAP_FORMATS, NPY, write_manifest
from whylight.report.overview import Overview
from whylight.report.pages import write_pages
from whylight.report.ray_engine import RayCluster
from whylight.report.records import model_record, versions_record
from whylight.report.render import FULL, NONE, PANELS
from whylight.report.replaced import ReplacedFiles
from whylight.report.result import Failures, Progress, Report
from whylight.report.sources import CountedSources, Source
from whylight.score_weights import Question, stacked_weights

if TYPE_CHECKING:
    from whylight.explainer import Explainer

BOX_TABLE = "boxes.csv"
"""Table of what a detector found."""
PARQUET = ".parquet"
"""Suffix of the same tables as Parquet."""
_FIRST_PASS, _SCALED = "measured", "scale-"
"""Folders of results of the first pass, and of those drawn on a common scale."""

_INTERNAL = frozenset({"html", "mtime_ns", "label_index", "all_notes", "map_size"})
"""Keys of records that are for the report itself."""


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
    boxes: int | None = None,
    region: RegionChoice | None = None,
    maps: bool | str = False,
    panels: str = FULL,
    faithfulness: bool = False,
    parquet: bool = False,
    force: bool = False,
    resume: bool | None = None,
    cluster: RayCluster | None = None,
    on_image: Callable[[Mapping[str, Any]], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Report:
    """Explain the images under `paths` and write the report.

    Each image is explained for its `top` most likely classes.

    If there are `questions`, every image is explained for these instead. Of a detector the boxes found are
    explained, the best `boxes` of each image (`whylight.box_questions.MOST_EXPLAINED`), and `questions` are
    asked of the boxes of their class, or with `region.at` of the best box of their class at that spot. Of a
    segmenter they are asked over the `region`. With `maps`, the maps are also
    written as arrays: `npy` (or True) or `npz`, see `whylight.report.maps`. `panels` is one of
    `whylight.report.render.PANELS`. With `faithfulness`, deletion and insertion of each image's first map are
    measured, which takes some thirty runs of the network. `parquet` writes the table as Parquet, too.
    `on_image` is called with the record of each explained image (`whylight.report.records`), in order, in the
    caller's thread.

    The report is written to `out_dir` if that is new, empty or an earlier report, else to a new folder inside
    it (`whylight.report.folder`). With `force` it is always written to `out_dir`, and `index.html`,
    `predictions.csv`, `boxes.csv` of a detector and panels there are replaced. `Report.index` gives the path.

    Images that an earlier run has explained for the same question to the same model are not explained again
    (`whylight.collection.question`). `resume`: True to refuse if an unfinished report in the folder asked
    another question, False to begin anew in any case, None to replace a report that asked another question.

    With a `cluster`, the images are explained by Ray (`whylight.report.ray_engine`); the scale `FOLDER` is
    not available then.

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
        LockedError: another run is writing to the folder.
        OtherQuestionError: see `resume`.
        WhylightError: the folder cannot be written, or pyarrow is not installed.
    """
    method = explainer.methods[0] if method is None else method
    method = available_method(method, explainer.methods, explainer.model_path.name)
    map_format = NPY if maps is True else (maps or None)
    _check(top, opacity, colour_map, scale, panels, map_format)
    if further_layers and scale != IMAGE:
        raise QuestionError(
            "maps of several layers are scaled each by itself before they are fused; the scale "
            "'{scale}' is for one layer, the scale of several is '{image}'",
            scale=scale,
            image=IMAGE,
        )
    at, region = places_asked(explainer, region)
    choice = box_choice(explainer, boxes, questions, further_layers, at)
    region = region_choice(explainer, region, questions, further_layers)
    if faithfulness and (further_layers or any(not _is_plain(question) for question in questions)):
        raise QuestionError("faithfulness is measured for one layer, and for the question why a class")
    if faithfulness and at is not None:
        raise QuestionError("faithfulness is measured for boxes that were found, and not at a spot")
    if scale != FOLDER:
        check_scale(scale, method, full_scale)
    elif cluster is not None:
        raise QuestionError("the scale '{scale}' is not available with Ray", scale=scale)
    if parquet:
        require_parquet()
    options = ReportOptions(
        top=min(top, explainer.class_count),
        method=method,
        opacity=opacity,
        colour_map=colour_map,
        scale=scale,
        full_scale=full_scale,
        questions=tuple(questions),
        weights=None
        if choice is not None or region is not None
        else stacked_weights(questions, explainer.class_count),
        maps=map_format,
        panels=panels,
        faithfulness=faithfulness,
        boxes=choice,
        region=region,
    )
    try:
        out = Path(out_dir) if force else report_folder(out_dir)
        run = _Run(explainer, out, options, tuple(further_layers), on_image, on_progress, cancelled)
        run.cluster = cluster
        with begun_report(out) as work:
            return run.write(paths, work, resume=resume, parquet=parquet)
    except BrokenPipeError:  # by `on_image`, and no fault of the report's
        raise
    except OSError as error:
        raise WhylightError(
            "{out}: the report cannot be written: {reason}", out=Path(out_dir), reason=error
        ) from error


class _Run:
    """One run of a report."""

    def __init__(
        self,
        explainer: Explainer,
        out: Path,
        options: ReportOptions,
        further_layers: Sequence[str],
        on_image: Callable[[Mapping[str, Any]], None] | None,
        on_progress: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self._explainer, self._out, self._options = explainer, out, options
        self._further_layers = further_layers
        self._on_image, self._on_progress = on_image, on_progress
        self._cancelled = cancelled or (lambda: False)
        self._layers = [layer for layer in (explainer.layer, *further_layers) if layer]
        self._started, self._date = time.perf_counter(), f"{datetime.now():%Y-%m-%d %H:%M}"
        self._failures = Failures()
        self._overview = Overview(explainer.class_count)
        self._rows = array("q")  # positions of the table's rows
        self._earlier = 0
        self.cluster: RayCluster | None = None

    def write(
        self,
        paths: Iterable[str | os.PathLike[str]],
        work: Path,
        *,
        resume: bool | None,
        parquet: bool,
    ) -> Report:
        """Explain the images, and make tables and pages of the results."""
        card, options = self._explainer.card, self._options
        model = model_record(self._explainer)
        question = self._question(model)
        replaced = ReplacedFiles(self._out, work)
        question_state.begin(work, question, self._out, resume, replaced.note_shards)

        def fail(path: Path, error: WhylightError) -> None:
            self._failures.add(path, error.message)

        with CountedSources(paths, self._out, fail) as sources:
            workers = ParallelExplainer(
                self._explainer, sources.total if sources.counted else None, self._further_layers
            )
            labels = FolderLabels(card.classes, card.further_names)
            worker = ImageWorker(self._explainer, workers, options, labels, self._out)
            stopped = False
            if options.scale == FOLDER:
                stopped = self._measure(sources, workers, worker, work / _FIRST_PASS)
            with Shards(_scaled(work, worker.common, replaced)) as shards:
                if not stopped:
                    stopped = self._explain(sources, workers, worker, shards)
                shards.commit()
                elapsed_s = time.perf_counter() - self._started
                index = self._finish(
                    shards, model, sources.total, elapsed_s, stopped=stopped, parquet=parquet
                )
                if not stopped:
                    self._remove_replaced(replaced, shards)
            State(question, finished=not stopped).write(work)
            return Report(
                index=index,
                table=self._out / REPORT_TABLE,
                explained=self._overview.explained,
                total=sources.total,
                failures=tuple(self._failures.first),
                failed=self._failures.count,
                earlier=self._earlier,
                cancelled=stopped,
                elapsed_s=elapsed_s,
            )

    def _measure(
        self, sources: CountedSources, workers: ParallelExplainer, worker: ImageWorker, folder: Path
    ) -> bool:
        """Find the folder's scale; return whether the run was stopped meanwhile."""
        folder.mkdir(exist_ok=True)
        folders_failed = self._failures.count
        done = earlier = 0
        with Shards(folder) as shards:

            def keep(source: Source, record: Mapping[str, Any], is_earlier: bool) -> None:
                nonlocal done, earlier, folders_failed
                if not is_earlier:
                    shards.add(record)
                if "error" in record:
                    folders_failed += 1
                done, earlier = done + 1, earlier + is_earlier
                self._report(
                    Progress(done, sources.total, source.path, folders_failed, True, sources.counted, earlier)
                )

            found = measure(
                workers, sources, lambda source: worker.look(source, shards), keep, self._cancelled
            )
        worker.common = found.strongest
        return found.stopped

    def _explain(
        self, sources: CountedSources, workers: ParallelExplainer, worker: ImageWorker, shards: Shards
    ) -> bool:
        """Explain and draw the images; return whether the run was stopped."""
        stopped = self._cancelled()
        with closing(self._results(sources, workers, worker, shards)) as results:
            for done, (source, result) in enumerate(results, start=1):
                if stopped:  # known before the work on this image was waited for
                    return True
                self._keep(source, result, shards)
                self._report(
                    Progress(
                        done,
                        sources.total,
                        source.path,
                        self._failures.count,
                        counted=sources.counted,
                        earlier=self._earlier,
                    )
                )
                stopped = self._cancelled()
        return False

    def _results(
        self, sources: CountedSources, workers: ParallelExplainer, worker: ImageWorker, shards: Shards
    ) -> Generator[tuple[Source, ImageResult], None, None]:
        """Yield images and their results in order, by the threads here or by Ray."""
        if self.cluster is not None:
            yield from self.cluster.results(sources, worker, shards)
            return
        outcomes = workers.ordered_map(lambda source: worker.result(source, shards), sources)
        with closing(outcomes):
            for source, outcome in outcomes:
                result = outcome.result()
                del outcome  # its error's traceback holds this frame, and with it the model: a cycle
                yield source, result

    def _keep(self, source: Source, result: ImageResult, shards: Shards) -> None:
        """Write an image's files and its record."""
        position = result.position
        if position is None:
            if result.rendered is not None:
                result.rendered.write_files(self._out, source.panels)
            position = shards.add(result.record, result.html)
        self._rows.append(position)
        if result.error is not None:
            self._failures.add(source.path, result.error)
            return
        if result.position is None:
            length = len(result.html.encode("utf-8", "replace"))
        else:
            length = result.record["html"][1]
            self._earlier += 1
        self._overview.add(position, length, result.record)
        if self._on_image is not None:
            self._on_image({key: value for key, value in result.record.items() if key not in _INTERNAL})

    def _finish(
        self,
        shards: Shards,
        model: Mapping[str, Any],
        total: int,
        elapsed_s: float,
        *,
        stopped: bool,
        parquet: bool,
    ) -> Path:
        """Make tables and pages of the results; return the first page."""
        explainer, options, out = self._explainer, self._options, self._out

        def records() -> Iterator[dict[str, Any]]:
            return (shards.read(position) for position in self._rows)

        has_boxes = options.boxes is not None
        columns = table_columns(
            options.top,
            faithfulness=options.faithfulness,
            boxes=has_boxes,
            segments=explainer.is_segmenter,
            region=options.region is not None,
        )
        tables: list[tuple[str, Sequence[Column], Rows]] = [(REPORT_TABLE, columns, image_rows)]
        if has_boxes:
            tables.append((BOX_TABLE, BOX_COLUMNS, box_rows))
        elif is_table(out / BOX_TABLE, BOX_COLUMNS):  # of an earlier report
            (out / BOX_TABLE).unlink()
            (out / BOX_TABLE).with_suffix(PARQUET).unlink(missing_ok=True)
        for name, wanted, rows_of in tables:
            write_csv(out / name, wanted, records(), rows_of)
            as_parquet = (out / name).with_suffix(PARQUET)
            if parquet:
                write_parquet(as_parquet, wanted, records(), rows_of)
            else:
                as_parquet.unlink(missing_ok=True)
        if options.maps is not None:
            head = {
                "model": model,
                "versions": versions_record(),
                "method": options.method,
                "layers": self._layers,
                "units": "fused" if self._further_layers else "score",
                "scale": options.scale,
            }
            write_manifest(out, head, (record for record in records() if "error" not in record))
        summary = Summary(
            card=explainer.card,
            model_file=explainer.model_path.name,
            fingerprint=model["files"][0]["sha256"],
            date=self._date,
            provider=explainer.provider,
            layers=self._layers,
            method=options.method,
            questions=[question.words(explainer.card.classes) for question in options.questions],
            colour_map=options.colour_map,
            scale=options.scale,
            full_scale=options.full_scale,
            opacity=options.opacity,
            total=total,
            elapsed_s=elapsed_s,
            earlier=self._earlier,
            stopped=stopped,
            failed=self._failures.count,
            failures=[
                (valid_unicode(failure.path), valid_unicode(failure.reason))
                for failure in self._failures.first[:MOST_SHOWN]
            ],
            overview=self._overview,
        )
        return write_pages(out, summary, shards, pictures=options.panels != NONE)

    def _remove_replaced(self, replaced: ReplacedFiles, shards: Shards) -> None:
        """Remove files of an earlier report that this one does not have."""
        if len(shards) > self._earlier:  # records of images that went, or were explained anew
            replaced.note_unused(shards, self._rows)
        replaced.remove(
            (shards.read(position) for position in self._rows), has_maps=self._options.maps is not None
        )

    def _question(self, model: Mapping[str, Any]) -> dict[str, Any]:
        """Return all that the results depend on, except the images."""
        explainer, options = self._explainer, self._options
        return {
            "whylight": version(),
            "model": [file["sha256"] for file in model["files"]],
            "layers": self._layers,
            "placement": explainer.placement,
            "method": options.method,
            "top": options.top,
            "questions": [
                [question.class_index, question.rather_than, question.against]
                for question in options.questions
            ],
            "scale": options.scale,
            "full_scale": options.full_scale,
            "opacity": options.opacity,
            "colour_map": options.colour_map,
            "panels": options.panels,
            "maps": options.maps,
            "faithfulness": options.faithfulness,
            **({} if options.boxes is None else {"boxes": options.boxes.most, "at": options.boxes.at}),
            **({} if options.region is None else {"region": options.region.identity()}),
            **_references(explainer),
        }

    def _report(self, progress: Progress) -> None:
        if self._on_progress is not None:
            self._on_progress(progress)


def _references(explainer: Explainer) -> dict[str, str]:
    """Return a hash of what images are compared with; empty if they are not."""
    references = explainer.references
    if references is None:
        return {}
    found = hashlib.sha256(json.dumps([references.names, references.zero_shot]).encode())
    found.update(references.vectors.tobytes())
    return {"references": found.hexdigest()}


def _scaled(work: Path, common: float | None, replaced: ReplacedFiles) -> Path:
    """Return the folder of the results that are drawn on a common scale, or on none.

    An image that comes later may change the scale, and then all images are drawn anew.
    """
    if common is None:
        return work
    folder = work / f"{_SCALED}{common.hex()}"
    for other in work.glob(f"{_SCALED}*"):
        if other != folder:
            replaced.note_shards(other)
            shutil.rmtree(other)
    folder.mkdir(exist_ok=True)
    return folder


def _is_plain(question: Question) -> bool:
    return question.rather_than is None and not question.against


def _check(top: int, opacity: float, colour_map: str, scale: str, panels: str, maps: str | None) -> None:
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
    if panels not in PANELS:
        raise QuestionError(
            "there are no panels '{panels}'; there are {known}", panels=panels, known=", ".join(PANELS)
        )
    if maps is not None and maps not in MAP_FORMATS:
        raise QuestionError(
            "maps are not written as '{format}'; there are {known}", format=maps, known=", ".join(MAP_FORMATS)
        )
