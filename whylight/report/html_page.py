"""HTML of a report's pages: overview, controls, model card; all text escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from whylight.answers import NO_SHARES, SOFTMAX, answer_words
from whylight.box_questions import describe_detector
from whylight.detection.boxes import LEAST_SCORE
from whylight.drawing.heatmap import apply_colormap
from whylight.drawing.scales import ABSOLUTE, COMPARED, IMAGE
from whylight.images.files import REPORT_PAGE, REPORT_TABLE
from whylight.pair.card import Card
from whylight.region_questions import describe_segmenter
from whylight.report.article import image_html
from whylight.report.box_article import NOTHING_FOUND
from whylight.report.folder import GENERATOR
from whylight.report.folder_scale import FOLDER
from whylight.report.overview import CONFIDENCE_BINS, NOTHING, Overview
from whylight.report.script import SCRIPT, SCRIPT_HASH
from whylight.report.style import STYLE
from whylight.similarity.description import describe_embedder

# Nothing is fetched, and nothing runs but the page's own script, whatever a file name or a card holds.
_POLICY = (
    f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src '{SCRIPT_HASH}'; "
    "base-uri 'none'; form-action 'none'"
)

MOST_FAILURES = 200
"""Images that could not be explained which the page lists; the table has them all."""
_MOST_CLASSES, _MOST_CONFUSIONS, _MOST_PAGES = 2000, 30, 8
_NEAR = 3

Places = Callable[[int], Sequence[int]]
"""Pages on which a class occurs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Head of the page: model, settings, counts and failures."""

    card: Card
    model_file: str
    fingerprint: str
    """SHA-256 of the forward graph, in hexadecimal."""
    date: str
    """Day and time at which the report was begun."""
    provider: str
    layers: Sequence[str]
    """Those explained; the maps of several are fused, but not those of boxes. Empty for a model without
    layers."""
    method: str
    questions: Sequence[str]
    """Those asked of every image, in words; none where the most likely classes were explained."""
    colour_map: str
    scale: str
    """One of `whylight.report.folder_scale.REPORT_SCALES`."""
    full_scale: float
    """Logits that the absolute scale draws as 1."""
    opacity: float
    total: int
    elapsed_s: float
    earlier: int
    """Images that an earlier run had explained."""
    stopped: bool
    failed: int
    failures: Sequence[tuple[str, str]]
    """Path and reason of the first images that could not be explained."""
    overview: Overview


def head_html(summary: Summary, page: int, pages: int, places: Places) -> str:
    """Return the HTML before the images of page `page` (from 1) of `pages`."""
    first = page == 1
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n',
        f"{GENERATOR}\n<title>Whylight: {escape(summary.card.name)}</title>\n",
        f"<style>{STYLE}</style>\n</head>\n",
        '<body class="first">\n' if first else "<body>\n",
        f"<header>\n<h1>{escape(summary.card.name)}</h1>\n",
        f'<p class="summary">{escape(_counts(summary))}</p>\n',
        f'<p class="summary">{escape(_settings(summary))}</p>\n' if first else "",
        _stopped_html(summary),
        _pages_html(page, pages),
        _overview_html(summary, places) if first else "",
        _failures_html(summary) if first else "",
        _guide_html(summary) if first else "",
        _card_html(summary) if first else "",
        _legend_html(summary),
        _controls_html(summary),
        "</header>\n<main>\n",
    ]
    return "".join(parts)


def tail_html(page: int, pages: int) -> str:
    """Return the HTML after the images."""
    return (
        f"</main>\n<footer>\n{_pages_html(page, pages)}"
        "<p>Made offline by Whylight. The heatmap shows where the evidence for a class lies.</p>\n"
        f"</footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def page_name(page: int) -> str:
    """Return the file name of page `page`, from 1."""
    return REPORT_PAGE if page == 1 else f"index-{page}.html"


def percent(share: float) -> str:
    """Format a share of 0..1 as per cent; only zero is shown as zero."""
    return answer_words(share, SOFTMAX)


def _counts(summary: Summary) -> str:
    images = "image" if summary.total == 1 else "images"
    explained = f"{summary.overview.explained:,} of {summary.total:,} {images} explained"
    earlier = f", {summary.earlier:,} of them by an earlier run" if summary.earlier else ""
    return (
        f"{explained} in {summary.elapsed_s:,.1f} s on {_device(summary.provider)}{earlier}; {summary.date}"
    )


def _settings(summary: Summary) -> str:
    """Return what made the heatmaps, in a line."""
    if summary.card.detector is not None and len(summary.layers) > 1:
        where = f"the map of each box's grid ({', '.join(summary.layers)})"
    else:
        where = _layers(summary.layers) if summary.layers else ""
    method = f"{summary.method} at {where}" if where else summary.method
    return f"{method}; scale {summary.scale}; {summary.model_file} ({summary.fingerprint[:12]})"


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
    near = {1, pages, *range(max(1, page - _NEAR), min(pages, page + _NEAR) + 1)}
    links, last = [], 0
    for number in sorted(near):
        if number != last + 1:
            links.append("<span>…</span>\n")
        last = number
        links.append(
            f'<span aria-current="page">{number}</span>\n'
            if number == page
            else f'<a href="{page_name(number)}">{number}</a>\n'
        )
    return f'<nav aria-label="Pages">Page\n{"".join(links)}of {pages:,}</nav>\n'


# -- overview


def _overview_html(summary: Summary, places: Places) -> str:
    overview = summary.overview
    if not overview.explained or summary.card.answers in NO_SHARES:
        return ""
    if summary.card.detector is not None:
        return (
            '<section class="overview">\n<h2>Overview</h2>\n'
            f'<p class="accuracy">{_found_words(overview)}</p>\n'
            f'<div class="columns">\n{_confidence_html(overview, "Scores of the boxes", "box")}</div>\n'
            f"{_found_classes_html(summary, places)}</section>\n"
        )
    accuracy = ""
    if overview.labels:
        right = overview.labels - overview.mistakes
        accuracy = (
            f'<p class="accuracy"><strong>{percent(right / overview.labels)} right</strong>: '
            f"{right:,} of the {overview.labels:,} images in folders named after a class; "
            f"{_many(overview.mistakes, 'mistake')}.</p>\n"
            '<p class="hint">If the model was trained on these images, this says little about new ones.</p>\n'
        )
    return (
        f'<section class="overview">\n<h2>Overview</h2>\n{accuracy}<div class="columns">\n'
        f"{_confidence_html(overview)}{_confusions_html(summary, places)}</div>\n"
        f"{_classes_html(summary, places)}</section>\n"
    )


def _found_words(overview: Overview) -> str:
    """Return how many boxes a detector found in how many images."""
    found = _many(int(overview.boxes.sum()), "box", "boxes")
    holding = _many(overview.explained - overview.empty, "image")
    empty = f"; nothing in {_many(overview.empty, 'image')}" if overview.empty else ""
    return f"<strong>{found} found</strong> in {holding}{empty}."


def _found_classes_html(summary: Summary, places: Places) -> str:
    """Return a table of the classes found, each with links to its pages."""
    overview, names = summary.overview, summary.card.classes
    occurring = np.flatnonzero(overview.boxes)
    most = occurring[np.argsort(-overview.boxes[occurring], kind="stable")]
    rows = [
        f'<tr><th scope="row">{escape(names[index])}</th>{_number_cell(overview.boxes[index])}'
        f"{_number_cell(overview.holding[index])}<td>{_page_links(places(index), index)}</td></tr>\n"
        for index in map(int, most[:_MOST_CLASSES])
    ]
    if overview.empty:
        rows.append(
            f'<tr><th scope="row">{NOTHING_FOUND}</th><td data-value="0">–</td>{_number_cell(overview.empty)}'
            f"<td>{_page_links(places(NOTHING), NOTHING)}</td></tr>\n"
        )
    return _classes_table(len(most), ["class", "boxes", "images"], rows)


def _confidence_html(overview: Overview, title: str = "How sure the model is", what: str = "image") -> str:
    """Return a bar chart of the most likely class's answers, or of boxes' scores."""
    most = max(int(overview.histogram.sum(axis=0).max()), 1)
    width, height = 15, 90
    bars = []
    for bin_ in range(CONFIDENCE_BINS):
        right, wrong = (int(count) for count in overview.histogram[:, bin_])
        low, high = bin_ / CONFIDENCE_BINS, (bin_ + 1) / CONFIDENCE_BINS
        tall, bad = height * (right + wrong) / most, height * wrong / most
        bars.append(
            f"<g><title>{low:.0%} to {high:.0%}: {_many(right + wrong, what, _plural(what))}</title>"
            f'<rect class="any" x="{bin_ * width}" y="{height - tall:.1f}" width="{width - 2}" '
            f'height="{tall:.1f}"/>'
            f'<rect class="bad" x="{bin_ * width}" y="{height - bad:.1f}" width="{width - 2}" '
            f'height="{bad:.1f}"/></g>'
        )
    legend = " (mistakes red)" if overview.mistakes else ""
    return (
        f'<figure class="chart"><figcaption>{title}{legend}</figcaption>'
        f'<svg viewBox="0 0 {CONFIDENCE_BINS * width} {height + 16}" role="img" '
        'aria-label="Distribution of the answers">'
        f"{''.join(bars)}"
        f'<text x="0" y="{height + 13}">0 %</text>'
        f'<text x="{CONFIDENCE_BINS * width}" y="{height + 13}" text-anchor="end">100 %</text>'
        "</svg></figure>\n"
    )


def _confusions_html(summary: Summary, places: Places) -> str:
    overview, names = summary.overview, summary.card.classes
    if not overview.confusions:
        return ""
    items = "".join(
        f"<li>{_filter_link(places(label), label, names[label], mistakes=True)} taken for "
        f"{escape(names[predicted])}: {count:,}</li>\n"
        for (label, predicted), count in overview.confusions.most_common(_MOST_CONFUSIONS)
    )
    left = len(overview.confusions) - _MOST_CONFUSIONS
    more = f'<p class="hint">and {_many(left, "pair")} more</p>\n' if left > 0 else ""
    return f'<div class="confusions">\n<h3>Most frequent mistakes</h3>\n<ul>\n{items}</ul>\n{more}</div>\n'


def _classes_html(summary: Summary, places: Places) -> str:
    """Return a table of the classes that occur, each with links to its pages."""
    overview, names = summary.overview, summary.card.classes
    occurring = np.flatnonzero(overview.predicted + overview.labelled)
    most = occurring[np.argsort(-(overview.predicted + overview.labelled)[occurring], kind="stable")]
    labelled = bool(overview.labels)
    headings = ["class", "predicted"]
    headings += ["in its folder", "right", "of its folder", "of those predicted"] if labelled else []
    rows = []
    for index in map(int, most[:_MOST_CLASSES]):
        cells = [f'<th scope="row">{escape(names[index])}</th>', _number_cell(overview.predicted[index])]
        if labelled:
            cells += [
                _number_cell(overview.labelled[index]),
                _number_cell(overview.right[index]),
                _share_cell(overview.right[index], overview.labelled[index]),
                _share_cell(overview.right[index], overview.taken[index]),
            ]
        rows.append(f"<tr>{''.join(cells)}<td>{_page_links(places(index), index)}</td></tr>\n")
    return _classes_table(len(most), headings, rows)


def _page_links(pages: Sequence[int], index: int) -> str:
    links = " ".join(f'<a href="{page_name(page)}#class={index}">{page}</a>' for page in pages[:_MOST_PAGES])
    return links + (" …" if len(pages) > _MOST_PAGES else "")


def _classes_table(count: int, headings: Sequence[str], rows: Sequence[str]) -> str:
    """Return the table of `count` classes; of very many, only the first have rows."""
    head = "".join(f'<th scope="col"><button type="button">{text}</button></th>' for text in headings)
    opened = " open" if count <= 12 else ""
    left = count - _MOST_CLASSES
    note = f'<p class="hint">and {_many(left, "class", "classes")} more: see {REPORT_TABLE}</p>\n'
    return (
        f'<details class="classes"{opened}>\n<summary>{_many(count, "class", "classes")}</summary>\n'
        f"<table>\n<thead><tr>{head}<th>pages</th></tr></thead>\n<tbody>\n{''.join(rows)}</tbody>\n</table>\n"
        f"{note if left > 0 else ''}</details>\n"
    )


def _number_cell(value: object) -> str:
    return f'<td data-value="{value}">{value:,}</td>'


def _share_cell(part: int, whole: int) -> str:
    if not whole:
        return '<td data-value="-1">–</td>'
    return f'<td data-value="{part / whole:.6f}">{percent(float(part / whole))}</td>'


def _filter_link(pages: Sequence[int], index: int, name: str, *, mistakes: bool = False) -> str:
    if not pages:
        return escape(name)
    only = "&amp;mistakes=1" if mistakes else ""
    return f'<a href="{page_name(pages[0])}#class={index}{only}">{escape(name)}</a>'


def _controls_html(summary: Summary) -> str:
    mistakes = ""
    if summary.overview.labels:
        mistakes = '<label><input type="checkbox" id="mistakes"> only mistakes</label>\n'
    return (
        '<form id="controls" hidden>\n'
        '<label>Class <select id="class"><option value="">all</option></select></label>\n'
        f"{mistakes}"
        '<label>Order <select id="order"><option value="page">as on the page</option>'
        '<option value="sure">most certain first</option><option value="unsure">least certain first</option>'
        '<option value="class">by class</option></select></label>\n'
        f'<label>Heatmap <input type="range" id="opacity" min="0" max="100" '
        f'value="{100 * summary.opacity:.0f}"></label>\n'
        '<output id="shown"></output>\n</form>\n'
    )


def _guide_html(summary: Summary) -> str:
    """Return how the page is to be read, for somebody who has not made it."""
    if summary.card.detector is not None:
        return _details("How to read this", _box_points(summary))
    asked = (
        "The heatmap answers the question below it"
        if summary.questions
        else "The heatmap shows which places of the image speak for its most likely class"
    )
    points = [
        f"{asked}: red is strong evidence, blue is none. The overlay lays it over the image; the slider "
        "changes its share.",
        "A heatmap says where the model found evidence, not whether the model is right. Evidence beside the "
        "object may be a sign that the model relies on the background.",
        f"The strongest colour stands for {_strongest(summary)}.",
        "The bars are the model's own answers. How sure a model is and how often it is right are two things.",
    ]
    if summary.overview.labels:
        points.append(
            "A mistake is an image whose folder is named after another class than the one predicted. "
            "The folder may be wrong."
        )
    return _details("How to read this", points)


def _details(heading: str, points: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(point)}</li>\n" for point in points)
    return f"<details>\n<summary>{heading}</summary>\n<ul>\n{items}</ul>\n</details>\n"


def _box_points(summary: Summary) -> list[str]:
    """Return how the page of a detector is to be read."""
    return [
        "Each row explains one box, the best first. Its heatmap shows which places of the image speak for "
        "the box's class at that very box: red is strong evidence, blue is none. The slider changes the "
        "heatmap's share.",
        "Evidence beside the box may be a sign that the model relies on what surrounds the thing.",
        f"The strongest colour stands for {_strongest(summary)}.",
        f"Listed are the boxes that score {LEAST_SCORE:.0%} or more; of boxes of a class that overlap, the "
        "best. All are in boxes.csv, also those that have no row here.",
    ]


def _strongest(summary: Summary) -> str:
    return {
        IMAGE: "strongest place in each heatmap",
        COMPARED: "strongest place in the maps of an image's classes",
        FOLDER: "strongest place in all heatmaps here",
        ABSOLUTE: f"evidence of {summary.full_scale:g} logits, were the whole image like this place",
    }[summary.scale]


def _legend_html(summary: Summary) -> str:
    ramp = apply_colormap(np.linspace(0, 1, 256, dtype=np.float32)[None], summary.colour_map)
    shown = image_html(ramp, "colour scale", png=True)
    return f'<p class="legend">no evidence{shown}{_strongest(summary)}</p>\n'


def _failures_html(summary: Summary) -> str:
    if not summary.failed:
        return ""
    items = "".join(f"<li>{escape(_reason(path, reason))}</li>\n" for path, reason in summary.failures)
    left = summary.failed - len(summary.failures)
    more = f"<li>and {_many(left, 'image')} more: see {REPORT_TABLE}</li>\n" if left else ""
    opened = " open" if summary.failed <= 10 else ""
    return (
        f'<details class="failures"{opened}>\n'
        f"<summary>{_many(summary.failed, 'image')} could not be explained</summary>\n"
        f"<ul>\n{items}{more}</ul>\n</details>\n"
    )


def _reason(path: str, reason: str) -> str:
    return reason if reason.startswith(path) else f"{path}: {reason}"


def _agreement(card: Card) -> str:
    found = card.map_agreement
    return (
        "" if found is None else f"rank correlation {found[0]:.3f} on average, {found[1]:.2f} at the lowest"
    )


def _card_html(summary: Summary) -> str:
    card = summary.card
    height, width = card.input_size
    rows: list[tuple[str, str]] = [
        ("Fingerprint", f"SHA-256 {summary.fingerprint}"),
        ("Made by", _settings(summary)),
        ("Asked", " ".join(summary.questions)),
        ("Scale", _strongest(summary)),
        ("Classes", f"{len(card.classes):,}"),
        ("Detector", "" if card.detector is None else str(describe_detector(card))),
        ("Segmenter", "" if card.segmenter is None else str(describe_segmenter(card))),
        ("Likeness", str(describe_embedder(card) or "")),
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
    return f"<details>\n<summary>Model card and settings</summary>\n<dl>\n{entries}</dl>\n</details>\n"


def _many(count: int, one: str, many: str = "") -> str:
    return f"1 {one}" if count == 1 else f"{count:,} {many or one + 's'}"


def _plural(one: str) -> str:
    return f"{one}es" if one.endswith("x") else f"{one}s"


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(texts)


def _words(key: str) -> str:
    return key.replace("_", " ")
