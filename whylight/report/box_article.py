"""HTML of a detector's image in a report's page: a row of panels for each box."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import PurePosixPath
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from whylight.answers import SIGMOID, answer_words
from whylight.report.article import image_html
from whylight.report.overview import NOTHING

NOTHING_FOUND = "nothing found"

_MOST_LISTED = 12
"""Boxes listed beside the first row."""


@dataclass(frozen=True, slots=True)
class BoxRow:
    """Panels of one explained box."""

    title: str
    """Its class and score."""
    question: str
    panels: Sequence[NDArray[np.uint8]]
    """Image, heatmap and overlay, with the box drawn on each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxArticle:
    """Contents of a detector's image's part of the page."""

    name: str
    """Path of the image relative to the folder, with forward slashes."""
    size: tuple[int, int]
    """Height and width of the image itself."""
    panels: str | None
    """Path of the panels' files in the report's folder, without ending; None if there are none."""
    image: NDArray[np.uint8]
    """The image with all boxes."""
    rows: Sequence[BoxRow]
    found: Sequence[tuple[int, str, float]]
    """Class index, class name and score of all boxes found, the highest score first."""
    notes: Sequence[str] = ()
    heatmap: str = ""
    """Caption of the heatmaps, where they answer no question."""
    kind: str = SIGMOID


def box_article_html(article: BoxArticle) -> str:
    """Return the HTML of a detector's image: rows of panels, and what was found."""
    path = PurePosixPath(article.name)
    parent = "" if path.parent == PurePosixPath(".") else f"{path.parent}/"
    folder = f'<span class="folder">{escape(parent)}</span>' if parent else ""
    facts = escape("; ".join((f"{article.size[1]} × {article.size[0]}", *article.notes)))
    first, *others = [*article.rows, None][: max(len(article.rows), 1)]
    panels = _row_html(article, first) if first is not None else _whole_html(article)
    further = "".join(
        f'<div class="row small">\n{_row_html(article, row)}<div></div>\n</div>\n' for row in others if row
    )
    return (
        f"<article {_data(article)}>\n<h2>{folder}{escape(path.name)}"
        f'<span class="size">{facts}</span></h2>\n'
        f'<div class="row">\n{panels}{_found_html(article)}</div>\n{further}</article>\n'
    )


def _row_html(article: BoxArticle, row: BoxRow) -> str:
    captions = (
        ("image", row.title),
        ("heatmap", article.heatmap or row.question),
        ("overlay", "Overlay"),
    )
    figures = "".join(
        f'<figure class="{kind}">'
        f"{_linked(article, panel, f'{kind} of {row.title} in {article.name}', 'boxes')}"
        f"<figcaption>{escape(caption)}</figcaption></figure>\n"
        for (kind, caption), panel in zip(captions, row.panels, strict=True)
    )
    return f'<div class="panels">\n{figures}</div>\n'


def _whole_html(article: BoxArticle) -> str:
    shown = _linked(article, article.image, f"image of {article.name}", "image")
    return f'<div class="panels">\n<figure class="image">{shown}</figure>\n</div>\n'


def _found_html(article: BoxArticle) -> str:
    if not article.found:
        return f'<p class="hint">{NOTHING_FOUND.capitalize()}</p>\n'
    items = "".join(
        f'<li style="--share:{100 * score:.2f}%"><span class="name">{escape(name)}</span>'
        f'<span class="share">{answer_words(score, article.kind)}</span></li>\n'
        for _, name, score in article.found[:_MOST_LISTED]
    )
    left = len(article.found) - _MOST_LISTED
    more = f'<li class="more"><span class="name">and {left:,} more</span></li>\n' if left > 0 else ""
    return f"<ol>\n{items}{more}</ol>\n"


def _data(article: BoxArticle) -> str:
    """Return the attributes by which the page's script filters and sorts."""
    names = {index: name for index, name, _ in article.found} or {NOTHING: NOTHING_FOUND}
    best = article.found[0][2] if article.found else 0.0
    return (
        f'data-class="{" ".join(map(str, names))}" data-names="{escape(json.dumps([*names.values()]))}" '
        f'data-name="{escape(next(iter(names.values())))}" data-answer="{best:.6f}" data-mistake="0"'
    )


def _linked(article: BoxArticle, image: NDArray[np.uint8], alternative: str, kind: str) -> str:
    shown = image_html(image, alternative)
    if article.panels is None:
        return shown
    return f'<a href="{escape(quote(f"{article.panels}.{kind}.png"))}">{shown}</a>'
