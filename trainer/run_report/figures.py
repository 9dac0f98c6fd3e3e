"""Figures of a run folder: `curves.png` and `confusion.png`.

Class and folder names can be any text. Math parsing is off, since a `$` in a name would raise an error;
scripts missing from Matplotlib's font use system fonts if available.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from whylight.common.atomic_file import write_whole

from ..loop.epoch_metrics import EpochRecord
from .confusion_matrix import Confusion

CURVES = "curves.png"
CONFUSION = "confusion.png"
DPI = 120
FALLBACK_FONTS = (
    "Noto Sans CJK JP", "Noto Sans CJK SC", "PingFang SC", "Hiragino Sans", "Microsoft YaHei", "Yu Gothic",
    "Malgun Gothic", "WenQuanYi Zen Hei", "Noto Sans Arabic", "Noto Sans Devanagari", "Noto Sans Thai",
)  # fmt: skip
"""System fonts for scripts missing from DejaVu Sans."""
mpl.use("Agg")
mpl.rcParams["text.parse_math"] = False
mpl.rcParams["font.family"] = [
    "DejaVu Sans",
    *sorted(set(FALLBACK_FONTS) & set(font_manager.get_font_names())),
]

SHOWN_CONFUSIONS = 20
LARGEST_WITH_NUMBERS = 30
"""Largest number of classes for which counts are written into the matrix."""


def save_figure(figure: Figure, path: Path, dpi: int = DPI) -> None:
    """Write `figure` as PNG atomically; missing glyphs become boxes without a warning."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        write_whole(path, lambda beside: figure.savefig(beside, dpi=dpi, format="png"))


def write_curves(folder: Path, history: Sequence[EpochRecord], title: str) -> None:
    """Write `curves.png`: losses on the left, accuracies on the right."""
    epochs = [record.epoch for record in history]
    figure = Figure(figsize=(12, 4.5), layout="constrained")
    losses, accuracies = figure.subplots(1, 2)
    losses.plot(epochs, [r.train_loss for r in history], label="training", marker=".")
    measured = [record for record in history if record.test_top1 is not None]
    measured_at = [record.epoch for record in measured]
    top1 = [100 * (r.test_top1 or 0.0) for r in measured]
    mean_per_class = [100 * (r.test_mean_per_class or 0.0) for r in measured]
    accuracies.plot(epochs, [100 * r.train_top1 for r in history], label="training, top-1", marker=".")
    if measured:
        # A single evaluation is one point: use a larger marker.
        marker = "." if len(measured) > 1 else "D"
        losses.plot(measured_at, [r.test_loss for r in measured], label="held out", marker=marker)
        accuracies.plot(measured_at, top1, label=_final("held out, top-1", top1), marker=marker)
        label = _final("held out, mean per class", mean_per_class)
        accuracies.plot(measured_at, mean_per_class, "--", label=label, marker=marker)
    losses.set(xlabel="epoch", ylabel="cross-entropy (nats)", title="Loss")
    accuracies.set(xlabel="epoch", ylabel="accuracy (%)", title="Accuracy", ylim=(0, 100))
    for axes in (losses, accuracies):
        for before, after in pairwise(history):
            if before.picture_size != after.picture_size:
                axes.axvline(before.epoch + 0.5, color="0.8", linewidth=1)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
    figure.suptitle(title)
    save_figure(figure, folder / CURVES)


def _final(label: str, percentages: Sequence[float]) -> str:
    return f"{label} ({percentages[-1]:.1f} %)" if len(percentages) == 1 else label


def write_confusion(
    folder: Path, matrix: NDArray[np.int64], classes: Sequence[str], confusions: Sequence[Confusion]
) -> None:
    """Write `confusion.png`: the matrix `[K, K]` and the most frequent confusions.

    The figure grows with the number of classes to keep names legible: 257 classes take about 4,000 pixels.
    """
    side = max(6.0, 0.125 * len(classes))
    panel = 6.0
    figure = Figure(figsize=(side + panel + 1.5, side + 1.0), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[side, panel])
    _draw_matrix(left, matrix, classes)
    _draw_confusions(right, confusions[:SHOWN_CONFUSIONS], 6.0 / side)
    save_figure(figure, folder / CONFUSION)


def _draw_matrix(axes: Axes, matrix: NDArray[np.int64], classes: Sequence[str]) -> None:
    count = len(classes)
    totals = matrix.sum(axis=1, keepdims=True)
    shares = np.divide(100 * matrix, totals, out=np.zeros(matrix.shape), where=totals > 0)
    # A square-root scale keeps single mistakes of 1 or 2 per cent visible next to the diagonal.
    # Zeros are white.
    norm = PowerNorm(0.5, vmin=0, vmax=100)
    image = axes.imshow(np.ma.masked_equal(shares, 0), cmap="magma_r", norm=norm, interpolation="nearest")
    font = 9 if count <= LARGEST_WITH_NUMBERS else 6.5
    ticks = np.arange(count)
    axes.set_xticks(ticks, [_short(name) for name in classes], rotation=90, fontsize=font)
    axes.set_yticks(ticks, [_short(name) for name in classes], fontsize=font)
    axes.tick_params(length=0)
    axes.set(xlabel="taken for", ylabel="class")
    between = np.arange(0.5, count - 1)
    axes.hlines(between, -0.5, count - 0.5, color="0.92", linewidth=0.4)
    axes.vlines(between, -0.5, count - 0.5, color="0.92", linewidth=0.4)
    if count <= LARGEST_WITH_NUMBERS:
        for row, column in np.argwhere(matrix).tolist():
            colour = "white" if shares[row, column] > 40 else "black"
            axes.text(
                column, row, str(matrix[row, column]), ha="center", va="center", color=colour, fontsize=8
            )
    bar = axes.figure.colorbar(image, ax=axes, location="top", shrink=0.4, aspect=40, pad=0.01)
    bar.set_label("per cent of the class's held-out images")
    bar.set_ticks([0, 1, 5, 10, 25, 50, 75, 100])


def _draw_confusions(axes: Axes, confusions: Sequence[Confusion], height: float) -> None:
    """Draw the bars; `height` is the fraction of the axes to use.

    It keeps the height of bars constant in tall figures.
    """
    axes.set_axis_off()
    inner = axes.inset_axes((0.42, 1 - height, 0.55, height))
    inner.set_title("Most frequent confusions", fontsize=11)
    if not confusions:
        inner.set_axis_off()
        inner.text(0.5, 0.9, "none", ha="center", transform=inner.transAxes)
        return
    places = np.arange(len(confusions))
    inner.barh(places, [one.count for one in confusions], color="#8c2981", height=0.7)
    names = [f"{_short(one.truth)} → {_short(one.said)}" for one in confusions]
    inner.set_yticks(places, names, fontsize=8.5)
    for place, one in enumerate(confusions):
        inner.text(one.count, place, f"  {one.count} of {one.held_out}", va="center", fontsize=8.5)
    inner.set_ylim(max(len(confusions), 8) - 0.4, -0.6)
    inner.set_xlim(0, 1.35 * confusions[0].count)
    inner.xaxis.set_major_locator(MaxNLocator(integer=True))
    inner.set_xlabel("held-out images")
    for spine in ("top", "right"):
        inner.spines[spine].set_visible(False)
    inner.tick_params(axis="y", length=0)


def _short(name: str, longest: int = 22) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1]}…"
