"""HTML of one image in a report's page: escaped text, images as data URIs."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import PurePosixPath
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from whylight.answers import NO_SHARES, SOFTMAX, answer_words
from whylight.images.encode import encode_jpeg, encode_png

_JPEG_QUALITY = 82


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """Contents of an image's part of the page."""

    name: str
    """Path of the image relative to the folder, with forward slashes."""
    size: tuple[int, int]
    """Height and width of the image itself."""
    panels: str | None
    """Path of the panels' files in the report's folder, without ending; None if there are none."""
    images: Sequence[tuple[str, NDArray[np.uint8]]]
    """`image`, `heatmap` and `overlay` with their reduced images."""
    likely: Sequence[tuple[str, float]]
    """Classes with answers, the most likely first."""
    explained: Sequence[tuple[str, float]]
    """Classes of the scores, with answers."""
    predicted: int
    """Index of the most likely class."""
    label: tuple[int, str] | None = None
    """Index and name of the class that the folder is named after."""
    overlays: Sequence[NDArray[np.uint8]] = ()
    """Small overlays of all scores but the first."""
    questions: Sequence[str] = ()
    """Questions of the scores in words; none where the most likely classes were explained."""
    notes: Sequence[str] = ()
    """Remarks on how the file was read."""
    heatmap: str = ""
    """Caption of the heatmap, where it answers no question."""
    kind: str = SOFTMAX
    """Kind of the answers (`whylight.answers`)."""


def article_html(article: Article) -> str:
    """Return the HTML of an image: panels, classes, overlays of other scores."""
    path = PurePosixPath(article.name)
    folder = (
        ""
        if path.parent == PurePosixPath(".")
        else f'<span class="folder">{escape(str(path.parent))}/</span>'
    )
    first = article.heatmap or (
        article.questions[0] if article.questions else f"why {article.explained[0][0]}?"
    )
    captions = {"image": "Image", "heatmap": f"Heatmap: {first}", "overlay": "Overlay"}
    figures = "".join(
        f'<figure class="{kind}">{_linked(article, kind, image)}'
        f"<figcaption>{escape(captions[kind])}</figcaption></figure>\n"
        for kind, image in article.images
    )
    bars = "".join(
        f'<li style="--share:{0 if article.kind in NO_SHARES else 100 * answer:.2f}%">'
        f'<span class="name">{escape(class_name)}</span>'
        f'<span class="share">{answer_words(answer, article.kind)}</span></li>\n'
        for class_name, answer in article.likely
    )
    facts = escape("; ".join((f"{article.size[1]} × {article.size[0]}", *article.notes)))
    return (
        f"<article {_data(article)}>\n<h2>{folder}{escape(path.name)}"
        f'<span class="size">{facts}</span>{_verdict(article)}</h2>\n'
        f'<div class="row">\n<div class="panels">\n{figures}</div>\n<ol>\n{bars}</ol>\n</div>\n'
        f"{_others_html(article)}</article>\n"
    )


def image_html(image: NDArray[np.uint8], alternative: str, *, png: bool = False) -> str:
    """Return an `img` element that holds the image itself, as JPEG or PNG."""
    kind, data = ("png", encode_png(image)) if png else ("jpeg", encode_jpeg(image, _JPEG_QUALITY))
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
    height, width = image.shape[:2]
    return f'<img src="{source}" width="{width}" height="{height}" alt="{escape(alternative)}">'


def _data(article: Article) -> str:
    """Return the attributes by which the page's script filters and sorts."""
    class_index, class_name = article.label or (article.predicted, article.likely[0][0])
    mistake = article.label is not None and article.label[0] != article.predicted
    return (
        f'data-class="{class_index}" data-name="{escape(class_name)}" '
        f'data-answer="{article.likely[0][1]:.6f}" data-mistake="{int(mistake)}"'
    )


def _verdict(article: Article) -> str:
    """Return what the folder's name says of the prediction."""
    if article.label is None:
        return ""
    if article.label[0] == article.predicted:
        return '<span class="verdict right">as its folder says</span>'
    return f'<span class="verdict wrong">its folder says {escape(article.label[1])}</span>'


def _linked(article: Article, kind: str, image: NDArray[np.uint8]) -> str:
    shown = image_html(image, f"{kind} of {article.name}")
    if article.panels is None:
        return shown
    return f'<a href="{escape(quote(f"{article.panels}.{kind}.png"))}">{shown}</a>'


def _others_html(article: Article) -> str:
    """Return small overlays, each with a class or question and a line below it."""
    if article.questions:
        heading, others = "The other questions", [(words, "") for words in article.questions[1:]]
    else:
        heading = "Runners-up"
        others = [(name, answer_words(answer, article.kind)) for name, answer in article.explained[1:]]
    if not others:
        return ""
    figures = "".join(
        f"<figure>{image_html(overlay, f'{_question(words)} overlay of {article.name}')}"
        f"<figcaption>{'<br>'.join(escape(line) for line in (words, below) if line)}</figcaption></figure>\n"
        for (words, below), overlay in zip(others, article.overlays, strict=True)
    )
    return f'<div class="others">\n<p>{heading}</p>\n{figures}</div>\n'


def _question(words: str) -> str:
    return words if words.endswith("?") else f"why {words}:"
