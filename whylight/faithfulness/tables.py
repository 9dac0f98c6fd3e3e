"""Tables of measurements: means per method and significance of differences."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from whylight.faithfulness.baselines import BASELINES
from whylight.faithfulness.measure import Measurement


@dataclass(frozen=True, slots=True)
class Metric:
    """A column of the tables."""

    title: str
    higher_is_better: bool


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        "deletion": Metric("deletion", False),
        "insertion": Metric("insertion", True),
        "road": Metric("ROAD", True),
        "drop": Metric("average drop", False),
        "increase": Metric("increase in confidence", True),
        "pointing": Metric("pointing game", True),
        "energy": Metric("energy inside", True),
    }
)
"""Metrics by their names in measurements."""


@dataclass(frozen=True, slots=True)
class Mean:
    """Mean over images, with its standard error."""

    value: float
    error: float
    """Standard error of the mean; 0 for a single image."""
    count: int
    """Number of images."""


def mean_of(values: Sequence[float]) -> Mean:
    """Return mean and standard error of at least one value."""
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return Mean(float(np.mean(values)), spread / len(values) ** 0.5, len(values))


def means(measurements: Iterable[Measurement]) -> dict[str, dict[str, Mean]]:
    """Return means by method and metric, methods in order of their first measurement."""
    values: dict[str, dict[str, list[float]]] = {}
    for measurement in measurements:
        for metric, value in measurement.values.items():
            values.setdefault(measurement.method, {}).setdefault(metric, []).append(value)
    return {
        method: {metric: mean_of(found[metric]) for metric in METRICS if metric in found}
        for method, found in values.items()
    }


def differences(measurements: Iterable[Measurement], reference: str) -> dict[str, dict[str, Mean]]:
    """Return mean improvements over `reference` per image; positive is better.

    Images differ far more than methods do; in differences on the same image this cancels.
    """
    table = {(entry.image, entry.method): entry.values for entry in measurements}
    paired: dict[str, dict[str, list[float]]] = {}
    for (image, method), values in table.items():
        base = table.get((image, reference))
        if method == reference or base is None:
            continue
        for metric in values.keys() & base.keys():
            sign = 1 if METRICS[metric].higher_is_better else -1
            paired.setdefault(method, {}).setdefault(metric, []).append(
                sign * (values[metric] - base[metric])
            )
    return {
        method: {metric: mean_of(found[metric]) for metric in METRICS if metric in found}
        for method, found in paired.items()
    }


def markdown(measurements: Sequence[Measurement]) -> str:
    """Format both tables and their interpretation as Markdown.

    Differences are relative to the first method.
    """
    summary = means(measurements)
    metrics = [metric for metric in METRICS if any(metric in found for found in summary.values())]
    best = {metric: _best(summary, metric) for metric in metrics}
    titles = [
        f"{METRICS[metric].title} {'↑' if METRICS[metric].higher_is_better else '↓'}" for metric in metrics
    ]
    lines = [*_header("method", titles)]
    for method, found in summary.items():
        cells = []
        for metric in metrics:
            mean = found[metric]
            text = f"{mean.value:.3f} ± {mean.error:.3f}"
            cells.append(f"**{text}**" if best[metric] == method else text)
        lines.append(f"| {method} | {' | '.join(cells)} |")
    lines += ["", *_warnings(best), *_within_noise(measurements)]
    reference = next(iter(summary))
    lines += [
        f"Gain over {reference} on the same image: positive is better, * beyond two standard errors.",
        "",
        *_header("method", [METRICS[metric].title for metric in metrics]),
    ]
    for method, found in differences(measurements, reference).items():
        cells = [_difference(found[metric]) for metric in metrics]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def summary_csv(measurements: Sequence[Measurement]) -> str:
    """Format means as CSV: method, metric, mean, standard error, images."""
    rows = [
        (method, metric, f"{mean.value:.6f}", f"{mean.error:.6f}", mean.count)
        for method, found in means(measurements).items()
        for metric, mean in found.items()
    ]
    return _csv(("method", "metric", "mean", "standard error", "images"), rows)


def measurements_csv(measurements: Sequence[Measurement]) -> str:
    """Format all measurements as CSV: image, method, one column per metric."""
    rows = [
        (
            entry.image,
            entry.method,
            *(f"{entry.values[metric]:.6f}" if metric in entry.values else "" for metric in METRICS),
        )
        for entry in measurements
    ]
    return _csv(("image", "method", *METRICS), rows)


def _best(summary: Mapping[str, Mapping[str, Mean]], metric: str) -> str:
    sign = 1 if METRICS[metric].higher_is_better else -1
    return max(summary, key=lambda method: sign * summary[method][metric].value)


def _warnings(best: Mapping[str, str]) -> list[str]:
    """Return a sentence for every metric that a baseline wins."""
    won = [(METRICS[metric].title, method) for metric, method in best.items() if method in BASELINES]
    lines = [f"On these images the {by} wins {title}, which therefore says nothing." for title, by in won]
    return [*lines, ""] if lines else []


def _within_noise(measurements: Sequence[Measurement]) -> list[str]:
    """Return a sentence for every method that does not clearly beat all baselines."""
    lines = []
    gains = {baseline: differences(measurements, baseline) for baseline in BASELINES}
    for method in dict.fromkeys(entry.method for entry in measurements):
        if method in BASELINES:
            continue
        unclear: dict[str, list[str]] = {}
        for baseline, found in gains.items():
            for metric, gain in found.get(method, {}).items():
                if not is_clearly_better(gain):
                    unclear.setdefault(baseline, []).append(METRICS[metric].title)
        if unclear:
            parts = [f"the {baseline} in {', '.join(titles)}" for baseline, titles in unclear.items()]
            lines.append(f"- {method} is not clearly better than {'; '.join(parts)}.")
    if not lines:
        return []
    return [
        "A random map, a blob and an edge detector know neither the model nor the class. Where a method "
        "is not better than one of them by more than two standard errors, its figure may be chance:",
        "",
        *lines,
        "",
    ]


def is_clearly_better(gain: Mean) -> bool:
    """Return whether a gain is beyond two standard errors, over two images or more."""
    return gain.count > 1 and gain.value > 2 * gain.error


def _difference(mean: Mean) -> str:
    return f"{mean.value:+.3f} ± {mean.error:.3f}{' *' if abs(mean.value) > 2 * mean.error else ''}"


def _header(first: str, titles: Sequence[str]) -> list[str]:
    return [f"| {first} | {' | '.join(titles)} |", f"|---|{'---:|' * len(titles)}"]


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
