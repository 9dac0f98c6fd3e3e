"""`index.html` of a run folder: a self-contained page about one run."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from html import escape
from pathlib import Path

import numpy as np

from whylight.common.atomic_file import write_text

from ..data.data_issues import KINDS, DataIssue, by_kind, read_findings
from ..data.split import Split
from ..loop.epoch_metrics import EpochRecord
from ..loop.predictions import Predictions
from .confusion_matrix import ClassRecord, Confusion, class_records, frequent_confusions
from .css import STYLE
from .figures import CONFUSION, CURVES
from .gradcam_gallery import GALLERY
from .run_folder import FinishedRun

PAGE = "index.html"
SHOWN_CLASSES = 10
SHOWN_CONFUSIONS = 20
SHOWN_MISTAKES = 12


def write_page(run: FinishedRun, split: Split, predictions: Predictions) -> None:
    """Write `index.html` into the run folder; missing figures are omitted."""
    settings = run.configuration
    records = class_records(split, predictions)
    title = f"{settings['variant']} on {settings['data_set']}"
    sections = (
        _curves(run),
        _classes(records),
        _confusions(run.folder, frequent_confusions(split, predictions)),
        _mistakes(split, predictions),
        _gallery(run.folder),
        _images(split, settings.get("validate", False), read_findings(run.folder)),
        _settings(run),
    )
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>{escape(title)}</h1>
<p class="lead">{escape(_lead(run))}</p>
{_figures(run, split)}
</header>
<main>
{"".join(sections)}
</main>
</body>
</html>"""
    write_text(run.folder / PAGE, page)


def _lead(run: FinishedRun) -> str:
    settings = run.configuration
    return (
        f"{settings['network']}; {settings['size_schedule']}; used at {settings['image_size']} px; "
        f"batches of {settings['batch_size']}, seed {settings['seed']}"
    )


def _figures(run: FinishedRun, split: Split) -> str:
    accuracy, best = run.facts["accuracy"], run.facts["best_epoch"]
    shown = (
        (_per_cent(accuracy["top1"]), f"top-1 on {len(split.test):,} held-out images"),
        (_per_cent(accuracy["mean_per_class"]), f"mean over {len(split.classes)} classes"),
        (_per_cent(best["train_top1"]), f"top-1 in training, epoch {best['epoch']}"),
        (f"{accuracy['loss']:.3f}", "held-out cross-entropy, nats"),
        (_duration(run.hours), f"of training steps on {run.computer}"),
    )
    boxes = "".join(f"<div><b>{escape(value)}</b><span>{escape(what)}</span></div>" for value, what in shown)
    return f'<div class="figures">{boxes}</div>'


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}\n</section>\n"


def _image(file: Path, description: str) -> str:
    if not file.exists():
        return f'<p class="note">{escape(file.name)} is not in the run folder.</p>'
    data = base64.b64encode(file.read_bytes()).decode("ascii")
    return f'<img src="data:image/png;base64,{data}" alt="{escape(description)}">'


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """`rows` contain HTML; the columns in `numbers` are right-aligned."""

    def cell(tag: str, column: int, content: str) -> str:
        return (
            f'<{tag} class="number">{content}</{tag}>' if column in numbers else f"<{tag}>{content}</{tag}>"
        )

    heading = "".join(cell("th", column, escape(name)) for column, name in enumerate(head))
    body = "\n".join(
        "<tr>"
        + "".join(c if c.startswith("<td") else cell("td", column, c) for column, c in enumerate(row))
        + "</tr>"
        for row in rows
    )
    return f"<table>\n<tr>{heading}</tr>\n{body}\n</table>"


def _share(part: float, *, low: bool = False) -> str:
    """Format a table cell with a bar."""
    kind = "share low" if low else "share"
    return f'<td class="{kind}" style="--part:{100 * part:.1f}%"><span>{part:.0%}</span></td>'


def _curves(run: FinishedRun) -> str:
    names = [field.name for field in fields(EpochRecord)]
    rows = [[_number(getattr(record, name)) for name in names] for record in run.history]
    table = _table([name.replace("_", " ") for name in names], rows, range(len(names)))
    every = f'<details><summary>Every epoch</summary><div class="pan">{table}</div></details>'
    return _section("Curves", _image(run.folder / CURVES, "Loss and accuracy of every epoch") + every)


def _per_cent(share: float) -> str:
    """Return a share as the window writes it: `33.1 %`."""
    return f"{100 * share:.1f} %"


def _duration(hours: float) -> str:
    """Return a duration in minutes, or in hours from two on: `3 min`, `2.5 h`."""
    return f"{max(1, round(60 * hours))} min" if hours < 2 else f"{hours:.1f} h"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.4g}"


def _classes(records: Sequence[ClassRecord]) -> str:
    measured = [(record.accuracy, record) for record in records if record.accuracy is not None]
    # Ties: classes with more held-out images first.
    worst = [r for _, r in sorted(measured, key=lambda pair: (pair[0], -pair[1].held_out))]
    best = [r for _, r in sorted(measured, key=lambda pair: (-pair[0], -pair[1].held_out))]
    content = ""
    if len(measured) > 2 * SHOWN_CLASSES:
        least = f"<h3>Hardest classes</h3>{_class_table(worst[:SHOWN_CLASSES], low=True)}"
        most = f"<h3>Easiest classes</h3>{_class_table(best[:SHOWN_CLASSES])}"
        content = (
            f'<div class="columns"><div>{least}</div><div>{most}</div></div>'
            f"<details><summary>All {len(records)} classes</summary>{_class_table(records)}</details>"
        )
    else:
        content = _class_table(records)
    note = '<p class="note">Also in classes.csv. A class with few held-out images is measured roughly.</p>'
    return _section("Classes", content + note)


def _class_table(records: Sequence[ClassRecord], *, low: bool = False) -> str:
    rows = [
        [
            escape(record.name),
            str(record.training),
            f"{record.right} of {record.held_out}",
            "<td>not measured</td>" if record.accuracy is None else _share(record.accuracy, low=low),
        ]
        for record in records
    ]
    return _table(["class", "training images", "held out, right", "accuracy"], rows, (1, 2))


def _confusions(folder: Path, confusions: Sequence[Confusion]) -> str:
    rows = [
        [
            escape(one.truth),
            escape(one.said),
            f"{one.count} of {one.held_out}",
            _share(one.count / one.held_out, low=True),
        ]
        for one in confusions[:SHOWN_CONFUSIONS]
    ]
    table = _table(["class", "taken for", "held-out images", "part of the class"], rows, (2,))
    mistakes = sum(one.count for one in confusions)
    note = f"{mistakes:,} mistakes in {len(confusions):,} pairs of classes; each is in predictions.csv."
    return _section(
        "Confusions",
        f"""{table if rows else ""}<p class="note">{note}</p>
<input type="checkbox" id="full"><label for="full"> The figure in full size</label>
<div class="pan">{_image(folder / CONFUSION, "Confusion matrix")}</div>""",
    )


def _mistakes(split: Split, predictions: Predictions) -> str:
    wrong = np.flatnonzero(~predictions.right)
    surest = wrong[np.argsort(-predictions.probabilities[wrong], kind="stable")][:SHOWN_MISTAKES]
    if not len(surest):
        return _section("Surest mistakes", "<p>None: every held-out image is right.</p>")
    rows = [
        [
            escape(split.test[row][0]),
            escape(split.classes[split.test[row][1]]),
            escape(split.classes[predictions.predicted[row]]),
            _per_cent(predictions.probabilities[row]),
        ]
        for row in surest.tolist()
    ]
    note = '<p class="note">Worth a look: wrong labels and images of two things are often among them.</p>'
    return _section(
        "Surest mistakes", _table(["image", "class", "taken for", "probability"], rows, (3,)) + note
    )


def _gallery(folder: Path) -> str:
    note = '<p class="note">Grad-CAM of the likeliest class on held-out images, drawn at random.</p>'
    return _section(
        "Where it looks", _image(folder / GALLERY, "Image, heatmap and overlay of ten images") + note
    )


def _images(split: Split, validate: bool, findings: Sequence[DataIssue]) -> str:
    parts = (
        ("training", Counter(label for _, label in split.train), len(split.train)),
        ("validation (a tenth of the training part)" if validate else "held out",
         Counter(label for _, label in split.test), len(split.test)),
    )  # fmt: skip
    rows = []
    for name, counts, total in parts:
        per_class = sorted(counts[label] for label in range(len(split.classes)))
        median = per_class[len(per_class) // 2]
        rows.append([name, f"{total:,}", str(per_class[0]), str(median), str(per_class[-1])])
    table = _table(
        ["part", "images", "fewest of a class", "median of a class", "most of a class"], rows, range(1, 5)
    )
    facts = {
        "data set": split.data_set,
        "classes": str(len(split.classes)),
        "seed of the split": str(split.seed),
        "SHA-256": split.sha256,
    }
    return _section("Images", f"{table}{_facts(facts)}{''.join(_findings(findings))}")


def _findings(findings: Sequence[DataIssue]) -> Iterator[str]:
    for kind, group in by_kind(findings).items():
        items = "".join(f"<li>{escape(str(finding))}</li>" for finding in group)
        heading = f"{len(group)} {KINDS[kind]}"
        yield f"<details><summary>{escape(heading)}</summary><ul>{items}</ul></details>"


def _settings(run: FinishedRun) -> str:
    settings = {name: value for name, value in run.configuration.items() if name != "versions"}
    settings["mean"] = ", ".join(f"{value:.4f}" for value in settings["mean"])
    settings["std"] = ", ".join(f"{value:.4f}" for value in settings["std"])
    facts = settings | run.facts["machine"] | run.configuration["versions"]
    return _section("Settings and machine", _facts(facts))


def _facts(facts: Mapping[str, object]) -> str:
    lines = (
        f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{escape(str(value))}</dd>"
        for name, value in facts.items()
        if value != ""
    )
    return f"<dl>{''.join(lines)}</dl>"
