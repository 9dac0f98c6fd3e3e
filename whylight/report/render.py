"""Render one explained image for a report: panel files, HTML, its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whylight.answers import answer_words
from whylight.box_questions import BoxChoice, box_question_words
from whylight.collection.table import map_statistics
from whylight.common.paths import valid_unicode
from whylight.drawing.boxes import draw_boxes, titled_rows
from whylight.drawing.heatmap import blend, colour, normalize_map, rgb_table, scale_by, to_uint8
from whylight.drawing.regions import draw_region
from whylight.errors import WhylightError
from whylight.explanation import Explanation
from whylight.images.encode import encode_indexed_png, encode_png, write_bytes
from whylight.images.resize import shrink_to
from whylight.methods import METHODS
from whylight.pair.card import Card
from whylight.region_questions import RegionChoice, mask_of_places
from whylight.report.article import Article, article_html
from whylight.report.box_article import BoxArticle, BoxRow, box_article_html
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

ROWS = "boxes"
"""The panel of a detector's image with a row of panels for each explained box."""

CLASS_BLIND = "what is strongest in the layer, whatever the class"
"""Caption of a heatmap that does not depend on the class."""

ROW_LONGEST = 640
"""The longest side of a panel in the rows of boxes in pixels."""

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
    boxes: BoxChoice | None = None
    """Which boxes of a detector were explained; None for other models."""
    region: RegionChoice | None = None
    """Which region of the image a segmenter was asked about; None for no particular one."""


@dataclass(frozen=True, slots=True)
class RenderedImage:
    """Rendered parts of one image, encoded."""

    panels: Mapping[str, bytes]
    """The `image`, and `heatmap` and `overlay` of the first score, as PNG files; none if not wanted.

    Of a detector they are the `image` and, where something was found, the `boxes`.
    """
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


def panel_kinds(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the kinds of panels that an image's record has files of."""
    if "boxes" not in record:
        return KINDS
    return (KINDS[0], ROWS) if record["scores"] else KINDS[:1]


def draw(
    source: Source,
    image: NDArray[np.uint8],
    explanation: Explanation,
    card: Card,
    look: RenderOptions,
    label: int | None = None,
) -> RenderedImage:
    """Draw and encode one explained image, RGB uint8 `[H, W, 3]`.

    `label` is the class that its folder is named after, if any.
    """
    class_names = card.classes
    likely = most_likely(explanation, look.top)
    maps = {} if look.maps is None else map_files(source.panels, explanation.maps, look.maps)
    record = image_record(source.path, explanation, card, look.top, look.questions, look.boxes, look.region)
    record["file"] = source.name
    record["image"] = valid_unicode(source.where)
    record["label"] = None if label is None else class_names[label]
    record["label_index"] = label
    missing = [record["missing"]] if record.get("missing") else []
    record["all_notes"] = [*map(str, explanation.all_notes), *missing, *map(str, explanation.map_notes())]
    record["map_statistics"] = map_statistics(explanation.seen_maps[0]) if record["scores"] else {}
    record["map_size"] = list(explanation.maps.shape[1:])
    record["panels"] = source.panels if look.panels == FULL else None
    if look.maps is not None:
        for rank, score in enumerate(record["scores"], start=1):
            score["map"] = map_path(source.panels, rank, look.maps)
    if look.panels == NONE:
        return RenderedImage({}, "", record, maps)
    if look.boxes is not None:
        return RenderedImage(*_boxes_drawn(source, image, explanation, card, look, record), record, maps)
    page = PAGE_LONGEST if max(image.shape) > _SPARED * PAGE_LONGEST else PANEL_LONGEST
    panel = shrink_to(image, PANEL_LONGEST if look.panels == FULL else page)
    levels = _levels(explanation, 0, panel, look)
    heatmap = colour(levels, look.colour_map)
    view = explanation.map_view
    heatmap, blended = blend(panel, heatmap, look.opacity, view)
    if look.region is not None and explanation.place_weights is not None:
        size = (panel.shape[0], panel.shape[1])
        mask = mask_of_places(explanation.place_weights[0], card, explanation.image_size, size)
        panel, heatmap, blended = (draw_region(each, mask) for each in (panel, heatmap, blended))
    shown = [
        (kind, shrink_to(pixels, page)) for kind, pixels in zip(KINDS, (panel, heatmap, blended), strict=True)
    ]
    files: dict[str, bytes] = {}
    if look.panels == FULL:
        indexed = view is None and look.region is None
        files = {
            "image": encode_png(panel),
            "heatmap": encode_indexed_png(levels, rgb_table(look.colour_map))
            if indexed
            else encode_png(heatmap),
            "overlay": encode_png(blended),
        }
    is_asked = bool(look.questions) or look.region is not None
    html = article_html(
        Article(
            name=source.name,
            size=(image.shape[0], image.shape[1]),
            panels=record["panels"],
            images=shown,
            likely=[(class_names[index], float(explanation.probabilities[index])) for index in likely],
            explained=[(score["class"], score["probability"]) for score in record["scores"]],
            predicted=likely[0],
            label=None if label is None else (label, class_names[label]),
            overlays=_others(explanation, panel, look),
            questions=[score["question"] for score in record["scores"]] if is_asked else [],
            notes=record["all_notes"],
            heatmap="" if METHODS[explanation.method].class_specific else CLASS_BLIND,
            kind=explanation.answers,
        )
    )
    return RenderedImage(files, html, record, maps)


def _boxes_drawn(
    source: Source,
    image: NDArray[np.uint8],
    explanation: Explanation,
    card: Card,
    look: RenderOptions,
    record: Mapping[str, Any],
) -> tuple[dict[str, bytes], str]:
    """Return panel files and HTML with a row for each explained box."""
    assert look.boxes is not None
    boxes, names, size = explanation.boxes or (), card.classes, (image.shape[0], image.shape[1])
    asked = [(each.box, each.question) for each in look.boxes.asked(explanation, card)]
    explained = tuple(dict.fromkeys(box for box, _ in asked))
    others = [box for box in boxes if box not in explained]
    rows, wide = [], []
    small = shrink_to(image, ROW_LONGEST if look.panels == FULL else PAGE_LONGEST)
    for rank, (box, question) in enumerate(asked):
        heatmap = colour(_levels(explanation, rank, small, look), look.colour_map)
        panels = (small, *blend(small, heatmap, look.opacity, explanation.map_view))
        answer = answer_words(box.score, explanation.answers)
        title, plain = f"{box.class_name}, {answer}", f"class {box.class_index}, {answer}"
        if question.against or question.rather_than is not None:
            title += f": {question.words(names)}"
        # Boxes are drawn last, so that their lines have the same width at any size.
        if look.panels == FULL:
            drawn = [draw_boxes(panel, [box], size) for panel in panels]
            wide.append((f"{rank + 1}  {title}", f"{rank + 1}  {plain}", drawn))
        longest = PAGE_LONGEST if rank == 0 else SMALL_LONGEST
        in_page = [draw_boxes(shrink_to(panel, longest), [box], size) for panel in panels]
        rows.append(BoxRow(title, box_question_words(question, box, names), in_page))
    files: dict[str, bytes] = {}
    if look.panels == FULL:
        whole = draw_boxes(shrink_to(image, PANEL_LONGEST), explained, size, faded=others)
        files[KINDS[0]] = encode_png(whole)
        if wide:
            files[ROWS] = encode_png(titled_rows(wide))
    article = BoxArticle(
        name=source.name,
        size=size,
        panels=record["panels"],
        image=draw_boxes(shrink_to(image, PAGE_LONGEST), (), size, faded=others),
        rows=rows,
        found=[(box.class_index, box.class_name, box.score) for box in boxes],
        notes=record["all_notes"],
        heatmap="" if not rows or METHODS[explanation.method].class_specific else CLASS_BLIND,
        kind=explanation.answers,
    )
    return files, box_article_html(article)


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
