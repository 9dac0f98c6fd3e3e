"""Render one explained image for a report: panel files, HTML, a table row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whylight.common.paths import valid_unicode
from whylight.drawing.heatmap import blend, colour, normalize_map, rgb_table, scale_by, to_uint8
from whylight.errors import WhylightError
from whylight.explanation import Explanation
from whylight.images.encode import encode_indexed_png, encode_png, write_bytes
from whylight.images.resize import shrink_to
from whylight.methods import METHODS
from whylight.report.html_page import image_html
from whylight.report.maps import map_files
from whylight.report.records import image_record, most_likely
from whylight.report.sources import Source
from whylight.score_weights import Question

PANEL_LONGEST = 2048
"""The longest side of a panel file in pixels. A map has some 28 x 28 values: nothing of it is lost."""

PAGE_LONGEST, SMALL_LONGEST = 320, 160
"""The longest side of the images embedded in the page: the panels, and the further classes' overlays."""

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
    maps: bool = False
    """Whether the maps themselves are wanted, too."""


@dataclass(frozen=True, slots=True)
class RenderedImage:
    """Rendered parts of one image, encoded."""

    panels: Mapping[str, bytes]
    """The `image`, and `heatmap` and `overlay` of the first score, as PNG files."""
    html: str
    row: Sequence[str]
    record: Mapping[str, Any]
    """What `whylight.report.records.image_record` says of it, and where in the report its files are."""
    maps: Mapping[str, bytes]
    """The maps as `.npy` files by their paths in the report's folder, where they are wanted."""
    map_size: tuple[int, int]

    def write_files(self, out: Path, panels: str) -> None:
        """Write the panels to `OUT/PANELS.image.png` and so on, and the maps.

        Raises:
            WhylightError: the disk refuses.
        """
        stem = out / panels
        files = {stem.with_name(f"{stem.name}.{kind}.png"): data for kind, data in self.panels.items()}
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


def draw(
    source: Source,
    image: NDArray[np.uint8],
    explanation: Explanation,
    class_names: Sequence[str],
    look: RenderOptions,
) -> RenderedImage:
    """Draw and encode one explained image, RGB uint8 `[H, W, 3]`."""
    likely = [
        (class_names[index], float(explanation.probabilities[index]))
        for index in (most_likely(explanation, look.top) if look.questions else explanation.classes)
    ]
    panel = shrink_to(image, PANEL_LONGEST)
    levels = _levels(explanation, 0, panel, look)
    heatmap = colour(levels, look.colour_map)
    view = explanation.map_view
    heatmap, blended = blend(panel, heatmap, look.opacity, view)
    page = PAGE_LONGEST if max(panel.shape) > _SPARED * PAGE_LONGEST else PANEL_LONGEST
    shown = [
        (kind, shrink_to(pixels, page))
        for kind, pixels in (("image", panel), ("heatmap", heatmap), ("overlay", blended))
    ]
    texts = [text for name, probability in likely for text in (name, f"{probability:.6f}")]
    maps = map_files(source.panels, explanation.maps) if look.maps else {}
    record = image_record(source.path, explanation, class_names, look.top, look.questions)
    record["panels"] = source.panels
    for score, file in zip(record["scores"], maps, strict=False):
        score["map"] = file
    return RenderedImage(
        panels={
            "image": encode_png(panel),
            "heatmap": encode_indexed_png(levels, rgb_table(look.colour_map))
            if view is None
            else encode_png(heatmap),
            "overlay": encode_png(blended),
        },
        html=image_html(
            source.name,
            (image.shape[0], image.shape[1]),
            source.panels,
            shown,
            likely,
            _others(explanation, panel, look),
            [question.words(class_names) for question in look.questions],
            [*explanation.all_notes, *explanation.map_notes()],
            "" if METHODS[explanation.method].class_specific else CLASS_BLIND,
            explanation.answers,
        ),
        row=[
            valid_unicode(source.path),
            *texts,
            f"{sum(explanation.timings_ms.values()):.1f}",
            "; ".join([*explanation.all_notes, *explanation.map_notes()]),
        ],
        record=record,
        maps=maps,
        map_size=(explanation.maps.shape[1], explanation.maps.shape[2]),
    )


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
