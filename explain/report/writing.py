"""Explain every picture and write the report as it goes: memory stays flat, however many there are."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from explain.drawing import COLOUR_MAPS, Panels, draw_panels
from explain.errors import QuestionError, WhylightError
from explain.explanation import Explanation
from explain.images import read_image, write_image
from explain.methods import METHODS
from explain.report.files import ReportFiles
from explain.report.folder_scale import FOLDER, REPORT_SCALES, measure
from explain.report.page import Summary, picture_html
from explain.report.sources import Source, list_sources
from explain.scales import FULL_SCALE, PICTURE, check_scale, strongest

if TYPE_CHECKING:
    from explain.explainer import Explainer

PANEL_LONGEST = 2048
"""The longest side of a panel file in pixels. A map has some 28 x 28 values: nothing of it is lost."""

PAGE_LONGEST, SMALL_LONGEST = 320, 160
"""The longest side of the pictures embedded in the page: the panels, and the further classes' overlays."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One picture or folder that could not be explained."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a report is, told after each picture."""

    done: int
    total: int
    path: Path
    """The picture just done."""
    failed: int
    """Pictures and folders so far that could not be explained."""
    measuring: bool = False
    """Whether it was only looked at, for the folder's scale; `done` then begins anew for the drawing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was written."""

    index: Path
    """The first page."""
    table: Path
    """The predictions, CSV."""
    explained: int
    total: int
    """Pictures found, explained or not."""
    failures: tuple[Failure, ...]
    cancelled: bool
    elapsed_s: float


def write_report(
    explainer: Explainer,
    paths: Iterable[str | os.PathLike[str]],
    out_dir: str | os.PathLike[str],
    *,
    top: int = 5,
    method: str = "grad-cam",
    opacity: float = 0.5,
    colour_map: str = "jet",
    scale: str = PICTURE,
    full_scale: float = FULL_SCALE,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Report:
    """Explain the pictures under `paths` for their `top` most likely classes and write the report.

    A picture that cannot be explained is noted and left out. `cancelled` is asked before each picture; once
    it says yes, what was done so far is finished as a report of its own. Page and table are written beside
    their places and renamed at the end. `scale` and `full_scale` are those of `explain.scales`; compared are
    the classes of one picture. The scale `FOLDER` is common to all pictures: each is explained twice, and
    nothing is drawn where it is cancelled before all have been looked at.

    Raises `QuestionError` before anything is written for an unknown method, colour map or scale, or `top`,
    `opacity` or `full_scale` out of range, and `WhylightError` where the folder cannot be written.
    """
    _check(top, method, opacity, colour_map, scale)
    if scale != FOLDER:
        check_scale(scale, method, full_scale)
    out = Path(out_dir)
    started = time.perf_counter()
    failures: list[Failure] = []
    sources = list_sources(paths, out, lambda path, error: failures.append(Failure(path, str(error))))
    class_names = explainer.card.classes
    top = min(top, len(class_names))
    explained, stopped, common = 0, False, None
    is_cancelled = cancelled or (lambda: False)

    def fail(source: Source, error: WhylightError) -> None:
        failures.append(Failure(source.path, str(error)))

    def tell(done: int, source: Source, *, measuring: bool = False) -> None:
        if on_progress is not None:
            on_progress(Progress(done, len(sources), source.path, len(failures), measuring))

    try:
        out.mkdir(parents=True, exist_ok=True)
        with ReportFiles(out, top) as files:
            left: Sequence[Source] = sources
            if scale == FOLDER:
                measured = measure(
                    explainer,
                    sources,
                    top=top,
                    method=method,
                    failed=fail,
                    told=lambda done, source: tell(done, source, measuring=True),
                    cancelled=is_cancelled,
                )
                common, stopped = measured.strongest, measured.stopped
                left = [] if stopped else measured.explained
            for done, source in enumerate(left, start=1 + len(sources) - len(left)):
                stopped = is_cancelled()
                if stopped:
                    break
                try:
                    begun = time.perf_counter()
                    image = read_image(source.path)
                    explanation = explainer.explain(image, top=top, method=method)
                    elapsed_ms = 1000 * (time.perf_counter() - begun)
                    if common is not None:
                        tops = np.full(len(explanation.maps), common, np.float32)
                    else:
                        tops = strongest(explanation.maps, scale, method=method, full_scale=full_scale)
                    drawn = _Drawn(
                        source,
                        image,
                        explanation,
                        class_names,
                        _Look(opacity, colour_map, None if scale == PICTURE else tops),
                    )
                    drawn.write_panels(out)
                except WhylightError as error:
                    fail(source, error)
                else:
                    files.add(drawn.html(), drawn.row(elapsed_ms))
                    explained += 1
                tell(done, source)
            elapsed_s = time.perf_counter() - started
            files.finish(
                Summary(
                    card=explainer.card,
                    model_file=explainer.model_path.name,
                    provider=explainer.provider,
                    method=method,
                    colour_map=colour_map,
                    scale=scale,
                    full_scale=full_scale,
                    explained=explained,
                    total=len(sources),
                    elapsed_s=elapsed_s,
                    stopped=stopped,
                    failures=[(str(failure.path), failure.reason) for failure in failures],
                )
            )
    except OSError as error:
        raise WhylightError(f"{out}: the report cannot be written: {error}") from error
    return Report(
        index=files.index,
        table=files.table,
        explained=explained,
        total=len(sources),
        failures=tuple(failures),
        cancelled=stopped,
        elapsed_s=elapsed_s,
    )


def _check(top: int, method: str, opacity: float, colour_map: str, scale: str) -> None:
    if top < 1:
        raise QuestionError(f"{top} classes a picture were asked for; at least 1 is needed")
    if method not in METHODS:
        raise QuestionError(f"there is no method '{method}'; known are {', '.join(METHODS)}")
    if colour_map not in COLOUR_MAPS:
        raise QuestionError(f"there is no colour map '{colour_map}'; known are {', '.join(COLOUR_MAPS)}")
    if not 0 <= opacity <= 1:
        raise QuestionError(f"the opacity is {opacity:g}; it must lie between 0 and 1")
    if scale not in REPORT_SCALES:
        raise QuestionError(f"there is no scale '{scale}'; there are {', '.join(REPORT_SCALES)}")


@dataclass(frozen=True, slots=True)
class _Look:
    """How one picture's maps are drawn."""

    opacity: float
    colour_map: str
    strongest: NDArray[np.float32] | None
    """The evidence drawn as 1 in each of the maps; None scales each by itself."""


class _Drawn:
    """One explained picture in the three forms that a report holds."""

    def __init__(
        self,
        source: Source,
        image: NDArray[np.uint8],
        explanation: Explanation,
        class_names: Sequence[str],
        look: _Look,
    ) -> None:
        self._source = source
        self._size = (image.shape[0], image.shape[1])
        self._ranked = [
            (class_names[index], float(explanation.probabilities[index])) for index in explanation.classes
        ]

        def drawn(longest: int, rank: int) -> Panels:
            return draw_panels(
                _reduced(image, longest),
                explanation.maps[rank],
                opacity=look.opacity,
                colour_map=look.colour_map,
                strongest=None if look.strongest is None else float(look.strongest[rank]),
            )

        self._panels = drawn(PANEL_LONGEST, 0)
        self._overlays = [drawn(SMALL_LONGEST, rank).overlay for rank in range(1, len(self._ranked))]

    def write_panels(self, out: Path) -> None:
        """The three panels of the most likely class as PNG files."""
        stem = out / self._source.panels
        try:
            stem.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WhylightError(f"{stem.parent}: the folder cannot be made: {error.strerror}") from error
        for kind in ("image", "heatmap", "overlay"):
            write_image(stem.with_name(f"{stem.name}.{kind}.png"), getattr(self._panels, kind))

    def html(self) -> str:
        """The picture's part of the page."""
        panels = [
            (kind, _reduced(getattr(self._panels, kind), PAGE_LONGEST))
            for kind in ("image", "heatmap", "overlay")
        ]
        source = self._source
        return picture_html(source.name, self._size, source.panels, panels, self._ranked, self._overlays)

    def row(self, elapsed_ms: float) -> list[str]:
        """The picture's line of the table."""
        ranks = [text for name, probability in self._ranked for text in (name, f"{probability:.6f}")]
        return [str(self._source.path), *ranks, f"{elapsed_ms:.1f}"]


def _reduced(image: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """RGB uint8 `[H, W, 3]` made smaller, if need be, so that no side is longer than `longest`."""
    height, width = image.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
