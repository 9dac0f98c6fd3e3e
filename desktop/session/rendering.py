"""What workers do with the engine: every function here runs off the interface thread.

The engine and `desktop.common.qimage` are imported inside the functions, because OpenCV and ONNX Runtime
take longer to load than the window may take to appear.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from .color_scale import Scale, Scales, has_scale
from .question import Kind, Question

if TYPE_CHECKING:
    from whylight.explainer import Explainer
    from whylight.explanation import Explanation

MAX_SHOWN_EDGE = 4096
"""Longest side, in pixels, of what the panels show; saving and copying use every pixel."""

DRAFT_EDGE = 1400
"""A picture with a longer side, in pixels, is first drawn within this, which fills a panel in no time."""

COLOUR_BAR_LENGTH = 256


@dataclass(frozen=True, slots=True)
class Look:
    """How a map is drawn."""

    colour_map: str = "jet"
    opacity: float = 0.5
    """Of the heatmap over the image, 0 to 1."""
    scale: Scale = Scale.ITSELF


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture that has been read."""

    path: Path
    image: NDArray[np.uint8]
    """uint8 `[H, W, 3]`, RGB, every pixel of the file."""
    levels: Sequence[QImage]
    """What the panels show: the picture, within `MAX_SHOWN_EDGE`, and its smaller levels."""


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """All that it takes to draw one explained score of one picture."""

    picture: Picture
    question: Question
    explanation: Explanation
    explainer: Explainer
    look: Look
    scales: Scales


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """One explained score of one picture, drawn."""

    picture: Picture
    question: Question
    heatmap: Sequence[QImage]
    """Levels, as those of the picture; of a draft, without the largest."""
    overlay: Sequence[QImage]
    evidence: NDArray[np.float32]
    """The map scaled to 0..1, as large as the largest level, float32 `[h, w]`."""
    draft: bool
    """Whether the picture has larger levels than were drawn."""
    peak: float
    """The map's largest value before scaling; not above zero means that nothing speaks for the class."""
    scale: Scale | None
    """None: the map has no absolute scale, which was wished for, and is drawn on its own."""
    strongest: float
    """The map's value that is drawn as 1; on the absolute scale, times its places: a density in logits."""
    colour_bar: QImage
    """The colours of 0 to 1, `COLOUR_BAR_LENGTH` x 1."""


class ReportPass(Enum):
    """What a report goes through its pictures for."""

    ONLY = 1
    FIRST = 2
    """On the folder's scale: to find the strongest evidence."""
    SECOND = 3
    """And then to draw."""


def find_icon() -> Path:
    """Return the file of the window's icon; raises `WhylightError` where there is none."""
    from whylight.bundled import asset

    return asset("icon/icon.svg")


def read_picture(path: Path) -> Picture:
    """Read and prepare a picture; raises `ImageError`."""
    from whylight.images.decode import read_image

    from ..common.qimage import fit_within, half_size_levels

    image = read_image(path)
    return Picture(path, image, half_size_levels(fit_within(image, MAX_SHOWN_EDGE)))


def keep_picture(image: QImage, path: Path) -> Path:
    """Write a picture that has no file to `path` (PNG) and return it; raises `WhylightError`."""
    from whylight.images.encode import write_image

    from ..common.qimage import array_over_white

    write_image(path, array_over_white(image))
    return path


def read_thumbnail(path: Path, edge: int) -> QImage:
    """Read a picture small, within `edge` pixels; fails for the same files as `read_picture`."""
    from whylight.images.decode import read_image

    from ..common.qimage import fit_within, image_from_array

    return image_from_array(fit_within(read_image(path), edge))


def explain_small(explainer: Explainer, path: Path, method: str) -> Explanation:
    """Explain a picture for its most likely class, of which only numbers are wanted."""
    return explainer.explain(path, top=1, method=method)


def ask(explainer: Explainer, explanation: Explanation, question: Question, method: str) -> Explanation:
    """Ask another question of an explained picture through the gradient graph alone."""
    return explainer.score(explanation, question.score_weights(len(explanation.probabilities)), method)


def explain_asked(explainer: Explainer, picture: Picture, question: Question, method: str) -> Explanation:
    """Explain a picture for a question already known."""
    explanation = explainer.explain(picture.image, classes=[question.class_index], method=method)
    return explanation if question.kind is Kind.WHY else ask(explainer, explanation, question, method)


def draw(sketch: Sketch, edge: int = MAX_SHOWN_EDGE) -> Drawing:
    """Draw an explanation's first map beside and over its picture, from its largest level within `edge`."""
    from whylight.drawing.heatmap import colourise, overlay

    from ..common.qimage import array_from_image, half_size_levels, image_from_array

    picture, look = sketch.picture, sketch.look
    fitting = (level for level in picture.levels if max(level.width(), level.height()) <= edge)
    shown = next(fitting, picture.levels[-1])
    height, width = shown.height(), shown.width()
    image = picture.image if picture.image.shape[:2] == (height, width) else array_from_image(shown)
    map_ = sketch.explanation.maps[0]
    scale = look.scale if has_scale(sketch.explanation.method, look.scale) else None
    evidence, strongest = _scaled(sketch, (height, width))
    heatmap = colourise(evidence, look.colour_map)
    blended = overlay(image, heatmap, look.opacity)
    bar = np.linspace(0, 1, COLOUR_BAR_LENGTH, dtype=np.float32)[None]
    return Drawing(
        picture=picture,
        question=sketch.question,
        heatmap=half_size_levels(heatmap),
        overlay=half_size_levels(blended),
        evidence=evidence,
        draft=shown is not picture.levels[0],
        peak=float(map_.max()),
        scale=scale,
        strongest=strongest * map_.size if scale is Scale.ABSOLUTE else strongest,
        colour_bar=image_from_array(colourise(bar, look.colour_map)),
    )


def panels_strip(sketch: Sketch) -> NDArray[np.uint8]:
    """Return the three panels side by side at the picture's full size, uint8 `[H, W', 3]`."""
    from whylight.drawing.heatmap import Panels, colourise, overlay, panels_strip

    image, look = sketch.picture.image, sketch.look
    evidence, _ = _scaled(sketch, (image.shape[0], image.shape[1]))
    heatmap = colourise(evidence, look.colour_map)
    return panels_strip(Panels(image, heatmap, overlay(image, heatmap, look.opacity)))


def copy_panels(sketch: Sketch) -> QImage:
    """Return `panels_strip` as a picture for the clipboard."""
    from ..common.qimage import image_from_array

    return image_from_array(panels_strip(sketch))


def save_panels(sketch: Sketch, path: Path) -> Path:
    """Write `panels_strip` to `path` (PNG or JPEG by suffix) and return it; raises `WhylightError`."""
    from whylight.images.encode import write_image

    write_image(path, panels_strip(sketch))
    return path


def write_report(
    explainer: Explainer,
    paths: Sequence[Path],
    folder: Path,
    method: str,
    look: Look,
    tell: Callable[[int, int, ReportPass], None],
    stopped: Callable[[], bool],
) -> Path:
    """Write a report as `python -m whylight` does and return its first page; raises `WhylightError`.

    `tell` is called at first and after each picture with how many are done, of how many, in which pass.
    """
    from whylight import report

    scale = _report_scale(look.scale, method)
    first, last = ReportPass.ONLY, ReportPass.ONLY
    if scale == report.FOLDER:
        first, last = ReportPass.FIRST, ReportPass.SECOND
    tell(0, len(paths), first)

    def follow(progress: report.Progress) -> None:
        tell(progress.done, progress.total, first if progress.measuring else last)

    written = report.write_report(
        explainer,
        paths,
        folder,
        method=method,
        opacity=look.opacity,
        colour_map=look.colour_map,
        scale=scale,
        on_progress=follow,
        cancelled=stopped,
    )
    return written.index


def _report_scale(scale: Scale, method: str) -> str:
    """The report's name of a scale."""
    from whylight import report
    from whylight.drawing import scales

    if scale is Scale.FOLDER:
        return report.FOLDER
    if scale is Scale.CLASSES:
        return scales.COMPARED
    if scale is Scale.ABSOLUTE and has_scale(method, scale):
        return scales.ABSOLUTE
    return scales.PICTURE


def _scaled(sketch: Sketch, size: tuple[int, int]) -> tuple[NDArray[np.float32], float]:
    """The map scaled to 0..1 and resized to `size` (H, W), and its value that became 1."""
    from whylight.drawing.heatmap import scale_map, scale_to

    map_ = sketch.explanation.maps[0]
    scale = sketch.look.scale if has_scale(sketch.explanation.method, sketch.look.scale) else Scale.ITSELF
    strongest = sketch.scales.strongest(sketch.explainer, sketch.explanation, scale)
    if scale is Scale.ITSELF:
        return scale_map(map_, size), strongest
    return scale_to(map_, strongest, size), strongest
