"""Render one explained image for a report: panel files, HTML, its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whylight.collection.table import map_statistics
from whylight.common.paths import valid_unicode
from whylight.drawing.heatmap import blend, colour, normalize_map, rgb_table, scale_by, to_uint8
from whylight.errors import WhylightError
from whylight.explanation import Explanation
from whylight.images.encode import encode_indexed_png, encode_png, write_bytes
from whylight.images.resize import shrink_to
from whylight.methods import METHODS
from whylight.report.article import Article, article_html
from whylight.report.maps import map_files, map_path
from whylight.report.records import image_record, most_likely
from whylight.report.sources import Source
from whylight.score_weights import Question

PANEL_LONGEST = 2048
"""The longest side of a panel file in pixels. A map has some 28 x 28 values: nothing of it is lost."""

PAGE_LONGEST, SMALL_LONGEST = 320, 160
"""The longest side of the images embedded in the page: the panels, and the further classes' overlays."""

FULL, PAGE, NONE = "full", "page", "none"
PANELS = (FULL, PAGE, NONE)
"""Pictures that a report has: files of their own and small ones in the pages, these alone, or none."""

KINDS = ("image", "heatmap", "overlay")
"""The panels of an image."""

CLASS_BLIND = "what is strongest in the layer, whatever the class"
"""Caption of a heatmap that does not depend on the class."""

_SPARED = 1.2
"""Images up to so many times as large are embedded as they are: it takes longer to make them smaller."""


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """Options for drawing an image's maps."""

    opacity: float
    colour_map: str
    strongest: NDArray[np.float32] | None
    """The evidence drawn as 1 in each of the maps; None scales each by itself."""
    top: int
    """How many of the most likely classes are listed."""
    questions: Sequence[Question] = ()
    """The questions that were asked, one a map; none where the most likely classes were explained."""
    maps: str | None = None
    """One of `whylight.report.maps.MAP_FORMATS`, where the maps themselves are wanted, too."""
    panels: str = FULL
    """One of `PANELS`."""


@dataclass(frozen=True, slots=True)
class RenderedImage:
    """Rendered parts of one image, encoded."""

    panels: Mapping[str, bytes]
    """The `image`, and `heatmap` and `overlay` of the first score, as PNG files; none if not wanted."""
    html: str
    record: Mapping[str, Any]
    """What `whylight.report.records.image_record` says of it, and where in the report its files are."""
    maps: Mapping[str, bytes]
    """The maps as files by their paths in the report's folder, where they are wanted."""

    def write_files(self, out: Path, panels: str) -> None:
        """Write the panels to `OUT/PANELS.image.png` and so on, and the maps.

        Raises:
            WhylightError: the disk refuses.
        """
        files = {out / panel_file(panels, kind): data for kind, data in self.panels.items()}
        files |= {out / name: data for name, data in self.maps.items()}
        written = []
        try:
            for path, data in files.items():
                try:
                    path.parent.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    raise WhylightError(
                        "{folder}: the folder cannot be made: {reason}",
                        folder=path.parent,
                        reason=error.strerror,
                    ) from error
                write_bytes(path, data)
                written.append(path)
        except WhylightError:  # an image that is not reported leaves no files
            for path in written:
                path.unlink(missing_ok=True)
            raise


def panel_file(panels: str, kind: str) -> str:
    """Return the path of a panel in the report's folder."""
    return f"{panels}.{kind}.png"


def draw(
    source: Source,
    image: NDArray[np.uint8],
    explanation: Explanation,
    class_names: Sequence[str],
    look: RenderOptions,
    label: int | None = None,
) -> RenderedImage:
    """Draw and encode one explained image, RGB uint8 `[H, W, 3]`.

    `label` is the class that its folder is named after, if any.
    """
    likely = most_likely(explanation, look.top)
    maps = {} if look.maps is None else map_files(source.panels, explanation.maps, look.maps)
    record = image_record(source.path, explanation, class_names, look.top, look.questions)
    record["file"] = source.name
    record["image"] = valid_unicode(source.where)
    record["label"] = None if label is None else class_names[label]
    record["label_index"] = label
    record["all_notes"] = [str(note) for note in (*explanation.all_notes, *explanation.map_notes())]
    record["map_statistics"] = map_statistics(explanation.seen_maps[0])
    record["map_size"] = list(explanation.maps.shape[1:])
    record["panels"] = source.panels if look.panels == FULL else None
    if look.maps is not None:
        for rank, score in enumerate(record["scores"], start=1):
            score["map"] = map_path(source.panels, rank, look.maps)
    if look.panels == NONE:
        return RenderedImage({}, "", record, maps)
    panel = shrink_to(image, PANEL_LONGEST)
    levels = _levels(explanation, 0, panel, look)
    heatmap = colour(levels, look.colour_map)
    view = explanation.map_view
    heatmap, blended = blend(panel, heatmap, look.opacity, view)
    page = PAGE_LONGEST if max(panel.shape) > _SPARED * PAGE_LONGEST else PANEL_LONGEST
    shown = [
        (kind, shrink_to(pixels, page)) for kind, pixels in zip(KINDS, (panel, heatmap, blended), strict=True)
    ]
    files: dict[str, bytes] = {}
    if look.panels == FULL:
        indexed = view is None
        files = {
            "image": encode_png(panel),
            "heatmap": encode_indexed_png(levels, rgb_table(look.colour_map))
            if indexed
            else encode_png(heatmap),
            "overlay": encode_png(blended),
        }
    html = article_html(
        Article(
            name=source.name,
            size=(image.shape[0], image.shape[1]),
            panels=record["panels"],
            images=shown,
            likely=[(class_names[index], float(explanation.probabilities[index])) for index in likely],
            explained=[
                (class_names[index], float(explanation.probabilities[index])) for index in explanation.classes
            ],
            predicted=likely[0],
            label=None if label is None else (label, class_names[label]),
            overlays=_others(explanation, panel, look),
            questions=[question.words(class_names) for question in look.questions],
            notes=record["all_notes"],
            heatmap="" if METHODS[explanation.method].class_specific else CLASS_BLIND,
            kind=explanation.answers,
        )
    )
    return RenderedImage(files, html, record, maps)


def _others(
    explanation: Explanation, panel: NDArray[np.uint8], look: RenderOptions
) -> list[NDArray[np.uint8]]:
    """Return small overlays of all scores except the first."""
    if len(explanation.classes) == 1:
        return []
    small = shrink_to(panel, SMALL_LONGEST)
    heatmaps = [
        colour(_levels(explanation, rank, small, look), look.colour_map)
        for rank in range(1, len(explanation.classes))
    ]
    return [blend(small, heatmap, look.opacity, explanation.map_view)[1] for heatmap in heatmaps]


def _levels(
    explanation: Explanation, rank: int, image: NDArray[np.uint8], look: RenderOptions
) -> NDArray[np.uint8]:
    """Return the heatmap of one map as levels of the colour map, uint8 `[H, W]`."""
    map_, size = explanation.maps[rank], (image.shape[0], image.shape[1])
    if look.strongest is None:
        return to_uint8(normalize_map(map_, size, explanation.map_view))
    return to_uint8(scale_by(map_, float(look.strongest[rank]), size, explanation.map_view))
