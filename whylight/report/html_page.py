"""HTML of the report's page: escaped text, images embedded as data URIs."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import PurePosixPath
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from whylight.answers import NUMBER, SOFTMAX, answer_words
from whylight.drawing.heatmap import apply_colormap
from whylight.drawing.scales import ABSOLUTE, COMPARED, IMAGE
from whylight.images.encode import encode_jpeg, encode_png
from whylight.images.files import REPORT_PAGE
from whylight.pair.card import Card
from whylight.report.css import STYLE
from whylight.report.folder import GENERATOR
from whylight.report.folder_scale import FOLDER

_JPEG_QUALITY = 82

# Nothing is fetched and nothing runs, whatever a file name or a card holds.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Summary:
    """Head of the page: model, settings, counts and failures."""

    card: Card
    model_file: str
    provider: str
    layers: Sequence[str]
    """Those explained; the maps of several are fused. Empty for a model without layers."""
    method: str
    questions: Sequence[str]
    """Those asked of every image, in words; none where the most likely classes were explained."""
    colour_map: str
    scale: str
    """One of `whylight.report.folder_scale.REPORT_SCALES`."""
    full_scale: float
    """Logits that the absolute scale draws as 1."""
    explained: int
    total: int
    elapsed_s: float
    stopped: bool
    failures: Sequence[tuple[str, str]]
    """Path and reason of each image that could not be explained."""


def image_html(
    name: str,
    size: tuple[int, int],
    panels_path: str,
    panels: Sequence[tuple[str, NDArray[np.uint8]]],
    likely: Sequence[tuple[str, float]],
    overlays: Sequence[NDArray[np.uint8]],
    questions: Sequence[str] = (),
    notes: Sequence[str] = (),
    heatmap: str = "",
    kind: str = SOFTMAX,
) -> str:
    """Return the HTML of one image: panels, top classes, overlays of other scores.

    `name` and `size` (H, W) are the image's own; `panels` are `image`, `heatmap` and `overlay` with their
    reduced images, each linked to the full one at `panels_path`; `likely` are classes with probabilities,
    the most likely first. `panels` show the first class or, if there are any, the first of the `questions`;
    `overlays` show the others. `notes` say how the file was read. `heatmap` is the heatmap's caption, where
    it answers no question. `kind` is that of the answers (`whylight.answers`).
    """
    path = PurePosixPath(name)
    folder = (
        ""
        if path.parent == PurePosixPath(".")
        else f'<span class="folder">{escape(str(path.parent))}/</span>'
    )
    first = heatmap or (questions[0] if questions else f"why {likely[0][0]}?")
    captions = {"image": "Image", "heatmap": f"Heatmap: {first}", "overlay": "Overlay"}
    if questions:
        heading, further = "The other questions", [(words, "") for words in questions[1:]]
    else:
        heading = "Where the evidence for the next classes lies"
        further = [(class_name, answer_words(answer, kind)) for class_name, answer in likely[1:]]
    figures = "".join(
        f'<figure><a href="{_href(f"{panels_path}.{kind}.png")}">{_img(image, f"{kind} of {name}")}</a>'
        f"<figcaption>{escape(captions[kind])}</figcaption></figure>\n"
        for kind, image in panels
    )
    bars = "".join(
        f'<li style="--share:{0 if kind == NUMBER else 100 * answer:.2f}%">'
        f'<span class="name">{escape(class_name)}</span>'
        f'<span class="share">{answer_words(answer, kind)}</span></li>\n'
        for class_name, answer in likely
    )
    return (
        f"<article>\n<h2>{folder}{escape(path.name)}"
        f'<span class="size">{escape("; ".join((f"{size[1]} × {size[0]}", *notes)))}</span></h2>\n'
        f'<div class="row">\n<div class="panels">\n{figures}</div>\n<ol>\n{bars}</ol>\n</div>\n'
        f"{_others_html(name, heading, further, overlays)}</article>\n"
    )


def _others_html(
    name: str, heading: str, others: Sequence[tuple[str, str]], overlays: Sequence[NDArray[np.uint8]]
) -> str:
    """Return small overlays, each with a class or question and a line below it."""
    if not others:
        return ""
    figures = "".join(
        f"<figure>{_img(overlay, f'{_question(words)} overlay of {name}')}"
        f"<figcaption>{'<br>'.join(escape(line) for line in (words, below) if line)}</figcaption></figure>\n"
        for (words, below), overlay in zip(others, overlays, strict=True)
    )
    return f'<div class="others">\n<p>{heading}</p>\n{figures}</div>\n'


def _question(words: str) -> str:
    return words if words.endswith("?") else f"why {words}:"


def _agreement(card: Card) -> str:
    found = card.map_agreement
    return (
        "" if found is None else f"rank correlation {found[0]:.3f} on average, {found[1]:.2f} at the lowest"
    )


def head_html(summary: Summary, page: int, pages: int) -> str:
    """Return the HTML before the images of page `page` (from 1) of `pages`."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"{GENERATOR}\n<title>Whylight: {escape(summary.card.name)}</title>\n"
        f"<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<header>\n<h1>{escape(summary.card.name)}</h1>\n"
        f'<p class="summary">{escape(_counts(summary))}</p>\n'
        f"{_stopped_html(summary)}{_pages_html(page, pages)}{_legend_html(summary)}"
        f"{_failures_html(summary.failures)}{_card_html(summary)}</header>\n<main>\n"
    )


def tail_html(page: int, pages: int) -> str:
    """Return the HTML after the images."""
    return (
        f"</main>\n<footer>\n{_pages_html(page, pages)}"
        "<p>Made offline by Whylight. The heatmap shows where the evidence for a class lies.</p>\n"
        "</footer>\n</body>\n</html>\n"
    )


def page_name(page: int) -> str:
    """Return the file name of page `page`, from 1."""
    return REPORT_PAGE if page == 1 else f"index-{page}.html"


def percent(share: float) -> str:
    """Format a share of 0..1 as per cent; only zero is shown as zero."""
    return answer_words(share, SOFTMAX)


def _counts(summary: Summary) -> str:
    images = "image" if summary.total == 1 else "images"
    explained = f"{summary.explained:,} of {summary.total:,} {images} explained"
    return f"{explained} in {summary.elapsed_s:,.1f} s on {_device(summary.provider)}"


def _device(provider: str) -> str:
    return provider.removesuffix("ExecutionProvider") or provider


def _layers(names: Sequence[str]) -> str:
    return f"layer {names[0]}" if len(names) == 1 else f"layers {', '.join(names)}, fused"


def _stopped_html(summary: Summary) -> str:
    if not summary.stopped:
        return ""
    return '<p class="summary stopped">Stopped before the end: the remaining images are not here.</p>\n'


def _pages_html(page: int, pages: int) -> str:
    if pages == 1:
        return ""
    links = "".join(
        f'<span aria-current="page">{number}</span>\n'
        if number == page
        else f'<a href="{page_name(number)}">{number}</a>\n'
        for number in range(1, pages + 1)
    )
    return f'<nav aria-label="Pages">Page\n{links}</nav>\n'


def _legend_html(summary: Summary) -> str:
    ramp = apply_colormap(np.linspace(0, 1, 256, dtype=np.float32)[None], summary.colour_map)
    most = {
        IMAGE: "the strongest of each heatmap by itself",
        COMPARED: "the strongest of an image's classes",
        FOLDER: "the strongest of all heatmaps here",
        ABSOLUTE: f"evidence of {summary.full_scale:g} logits, were the whole image like this place",
    }[summary.scale]
    return f'<p class="legend">no evidence{_img(ramp, "colour scale", png=True)}{most}</p>\n'


def _failures_html(failures: Sequence[tuple[str, str]]) -> str:
    if not failures:
        return ""
    items = "".join(f"<li>{escape(_reason(path, reason))}</li>\n" for path, reason in failures)
    count = "1 image" if len(failures) == 1 else f"{len(failures):,} images"
    opened = " open" if len(failures) <= 10 else ""
    return (
        f'<details class="failures"{opened}>\n<summary>{count} could not be explained</summary>\n'
        f"<ul>\n{items}</ul>\n</details>\n"
    )


def _reason(path: str, reason: str) -> str:
    return reason if reason.startswith(path) else f"{path}: {reason}"


def _card_html(summary: Summary) -> str:
    card = summary.card
    height, width = card.input_size
    rows: list[tuple[str, str]] = [
        ("Model file", summary.model_file),
        ("Method", f"{summary.method} at {_layers(summary.layers)}" if summary.layers else summary.method),
        ("Asked", " ".join(summary.questions)),
        ("Classes", f"{len(card.classes):,}"),
        ("Input", f"{width} × {height} pixels"),
        ("Images", "" if card.input is None else f"{card.input.describe()}; values {card.input.values}"),
        ("Data set", card.data_set),
        (
            "Held-out accuracy",
            _joined(f"{_words(key)} {percent(value)}" for key, value in card.accuracy.items()),
        ),
        ("Maps, 8 bits against exact", _agreement(card)),
        ("Licence", card.licence),
        ("Attribution", card.attribution),
        ("Notes", card.notes),
        ("Made with", _joined(f"{key} {value}" for key, value in card.versions.items())),
    ]
    entries = "".join(f"<dt>{label}</dt><dd>{escape(value)}</dd>\n" for label, value in rows if value)
    return f"<details>\n<summary>Model card</summary>\n<dl>\n{entries}</dl>\n</details>\n"


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(texts)


def _words(key: str) -> str:
    return key.replace("_", " ")


def _href(path: str) -> str:
    return escape(quote(path))


def _img(image: NDArray[np.uint8], alternative: str, *, png: bool = False) -> str:
    kind, data = ("png", encode_png(image)) if png else ("jpeg", encode_jpeg(image, _JPEG_QUALITY))
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
    height, width = image.shape[:2]
    return f'<img src="{source}" width="{width}" height="{height}" alt="{escape(alternative)}">'
