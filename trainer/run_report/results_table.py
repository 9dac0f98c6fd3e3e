"""Page of results from run folders.

python -m trainer.run_report.results_table RUN... --out docs/engineering/results.md
"""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from pathlib import Path
from statistics import mean, stdev, variance
from typing import Any

import tyro

from whylight.common.atomic_file import write_text
from whylight.errors import TrainingError, WhylightError

from ..recipes.variants import chooses_best
from .figures import CURVES
from .run_folder import METRICS, FinishedRun

REPORTED = (("adam", 30.53), ("sgd", 43.25), ("improved", 46.10), ("onecycle", 48.35))
"""Validation accuracies on Caltech-256 published in the report, in per cent."""
ABLATIONS = "ablations.json"
"""File next to the curves: a list of `{"change", "top1", "mean_per_class", "note"}`, in per cent."""

ACCURACIES = (("top-1", "top1"), ("mean per class", "mean_per_class"))
"""Names of accuracies, and their keys in `run.json`."""
SAME_TRAINING = ("data_set", "per_class", "size_schedule", "image_size")
"""Settings that are equal where runs saw the same images for as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Write the page of results from run folders."""

    runs: tyro.conf.Positional[tuple[Path, ...]]
    """Finished run folders, in the order of the table. Runs with --validate become lines of the ablations."""
    out: Path = Path("docs/engineering/results.md")
    """The page. Curves are written next to it as results/NAME.csv and results/NAME.png; ablations recorded by
    hand are read from results/ablations.json."""


@dataclass(frozen=True, slots=True)
class Ablation:
    """Effect of one change to a recipe on the validation accuracy."""

    change: str
    top1: float
    """Accuracy in per cent, as is the next."""
    mean_per_class: float
    note: str

    @property
    def row(self) -> str:
        """Row of the Markdown table."""
        return f"| {self.change} | {self.top1:.2f} | {self.mean_per_class:.2f} | {self.note} |"


def read_ablations(file: Path) -> list[Ablation]:
    """Read ablations; returns an empty list if `file` is missing.

    Raises `TrainingError` if it cannot be read.
    """
    if not file.exists():
        return []
    try:
        return [Ablation(**line) for line in json.loads(file.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise TrainingError(
            "cannot read the ablations in {file}: {reason}", file=file, reason=error
        ) from error


def page(runs: Sequence[FinishedRun], ablations: Sequence[Ablation] = ()) -> str:
    """Return the page as Markdown."""
    final = [run for run in runs if not run.configuration.get("validate", False)]
    if not final:
        raise TrainingError("all runs were trained with --validate: the page needs one of the test part")
    tried = [*(_as_ablation(run) for run in runs if run not in final), *ablations]
    parts = [_introduction(final), _table(final), *_seeds(final), _curves(final)]
    if tried:
        parts.append(_ablations(tried))
    return "\n\n".join([*parts, _reported()]) + "\n"


def _introduction(runs: Sequence[FinishedRun]) -> str:
    split_seeds = sorted({run.configuration["split_seed"] for run in runs})
    chosen = [run for run in runs if chooses_best(run.configuration)]
    once = [run for run in runs if run not in chosen]
    sentences = [
        "Made by `python -m trainer.run_report.results_table RUN... --out docs/engineering/results.md` "
        "out of the runs' own files; each",
        "row is what was really run. Accuracies are in per cent, of the held-out 20 % of the split with seed",
        f"{_listed(split_seeds)}, in float32.",
    ]
    if chosen:
        sentences.append(f"Of {_variants(chosen)} the best epoch is chosen by that part, as the report did.")
    if once:
        sentences.append(f"Of {_variants(once)} the last epoch is measured, once.")
    sentences += [
        "Training accuracy is taken as the weights were at each step, under the recipe's random changes.",
        "Hours are those of the training steps; other programs may have run beside them.",
    ]
    return f"# Results\n\n{_paragraph(sentences)}"


def _paragraph(sentences: Sequence[str]) -> str:
    return textwrap.fill(" ".join(sentences), 110, break_long_words=False, break_on_hyphens=False)


def _table(runs: Sequence[FinishedRun]) -> str:
    head = (
        "| run | variant | starts from | data | top-1 | mean per class | training | epochs | seed | hours |"
    )
    head += " machine |"
    return "\n".join([head, "|---|---|---|---|---:|---:|---:|---|---:|---:|---|", *map(_row, runs)])


def _row(run: FinishedRun) -> str:
    settings, accuracy, best = run.configuration, run.facts["accuracy"], run.facts["best_epoch"]
    cells = [
        f"[{run.name}](results/{run.name}.csv)",
        f"{settings['variant']}, {settings['network']}",
        settings.get("starts_from", "nothing"),
        _data(settings),
        f"{100 * accuracy['top1']:.2f}",
        f"{100 * accuracy['mean_per_class']:.2f}",
        f"{100 * best['train_top1']:.1f}",
        f"{settings['size_schedule']}; used at {settings['image_size']} px",
        str(settings["seed"]),
        f"{run.hours:.2f}",
        run.computer,
    ]
    return f"| {' | '.join(cells)} |"


def _data(settings: Mapping[str, Any]) -> str:
    per_class = settings.get("per_class")
    return f"{settings['data_set']}{'' if per_class is None else f', {per_class} images a class'}"


def _seeds(runs: Sequence[FinishedRun]) -> list[str]:
    """Describe how far chance moves accuracies, by runs that differ only in the seed."""
    alike: dict[tuple[str, ...], list[FinishedRun]] = defaultdict(list)
    for run in runs:
        kind = ("variant", "network", "batch_size", *SAME_TRAINING)
        alike[tuple(str(run.configuration.get(name)) for name in kind)].append(run)
    groups = [group for group in alike.values() if len({run.configuration["seed"] for run in group}) > 1]
    if not groups:
        return ["One seed each: how far chance moves these figures has not been measured."]
    return [*map(_spread, groups), *(_difference(*pair) for pair in combinations(groups, 2) if _fair(*pair))]


def _per_cent(runs: Sequence[FinishedRun], key: str) -> list[float]:
    return [100 * run.facts["accuracy"][key] for run in runs]


def _spread(runs: Sequence[FinishedRun]) -> str:
    words = []
    for name, key in ACCURACIES:
        values = _per_cent(runs, key)
        each = ", ".join(f"{value:.2f}" for value in values)
        words.append(f"{name} {each}, that is {mean(values):.2f} ± {stdev(values):.2f}")
    seeds = _listed([run.configuration["seed"] for run in runs])
    first = runs[0].configuration
    kind = f"`{first['variant']}` ({first['network']}, {_data(first)}, {first['size_schedule']})"
    return f"{kind} with the seeds {seeds}: {'; '.join(words)} (mean and standard deviation)."


def _fair(first: Sequence[FinishedRun], second: Sequence[FinishedRun]) -> bool:
    """Whether two groups were trained on the same images for as long."""
    ours, theirs = first[0].configuration, second[0].configuration
    return all(ours.get(name) == theirs.get(name) for name in SAME_TRAINING)


def _difference(first: Sequence[FinishedRun], second: Sequence[FinishedRun]) -> str:
    """Compare two groups of runs by their means.

    The standard error is `sqrt(s1^2 / n1 + s2^2 / n2)` (Welch, *The generalization of "Student's" problem
    when several different population variances are involved*, 1947). It is of chance in training alone: the
    runs share the held-out images.
    """
    words = []
    for name, key in ACCURACIES:
        ours, theirs = _per_cent(first, key), _per_cent(second, key)
        error = sqrt(variance(ours) / len(ours) + variance(theirs) / len(theirs))
        words.append(f"{mean(ours) - mean(theirs):+.2f} ± {error:.2f} {name}")
    pair = [f"`{group[0].configuration['variant']}`" for group in (first, second)]
    differences = ", ".join(words)
    return f"{pair[0]} less {pair[1]}, trained alike: {differences} (difference of means, standard error)."


def _curves(runs: Sequence[FinishedRun]) -> str:
    return "\n\n".join(f"![Loss and accuracy of {run.name}](results/{run.name}.png)" for run in runs)


def _as_ablation(run: FinishedRun) -> Ablation:
    settings, accuracy = run.configuration, run.facts["accuracy"]
    return Ablation(
        change=f"{run.name}: {settings['variant']}, {settings['size_schedule']}, seed {settings['seed']}",
        top1=100 * accuracy["top1"],
        mean_per_class=100 * accuracy["mean_per_class"],
        note="",
    )


def _ablations(ablations: Sequence[Ablation]) -> str:
    sentences = [
        "With `--validate`: trained on 90 % of the training part, measured on its other tenth; the test part",
        "took no part. In per cent, not comparable with the table above.",
    ]
    head = "| change | top-1 | mean per class | note |\n|---|---:|---:|---|"
    rows = "\n".join(ablation.row for ablation in ablations)
    return f"## Tried on the validation part\n\n{_paragraph(sentences)}\n\n{head}\n{rows}"


def _reported() -> str:
    sentences = [
        "On Caltech-256 at 224 px, as reported; **not reproduced here**, and not comparable with figures of",
        "another data set.",
    ]
    head = "| variant | reported validation accuracy |\n|---|---:|"
    rows = "\n".join(f"| {name} | {accuracy:.2f} % |" for name, accuracy in REPORTED)
    return f"## The report's own figures\n\n{_paragraph(sentences)}\n\n{head}\n{rows}"


def _variants(runs: Sequence[FinishedRun]) -> str:
    return _listed(list(dict.fromkeys(f"`{run.configuration['variant']}`" for run in runs)))


def _listed(values: Sequence[object]) -> str:
    *others, last = [str(value) for value in values]
    return f"{', '.join(others)} and {last}" if others else last


def write_results(folders: Sequence[Path], out: Path) -> None:
    """Write the page and its curves; raises `TrainingError` for unfinished runs."""
    runs = [FinishedRun.read(folder) for folder in folders]
    names = [run.name for run in runs]
    if len(set(names)) < len(names):
        raise TrainingError(
            "two run folders have the same name, among {names}: rename one", names=_listed(names)
        )
    beside = out.parent / "results"
    text = page(runs, read_ablations(beside / ABLATIONS))
    beside.mkdir(parents=True, exist_ok=True)
    for run in runs:
        if not run.configuration.get("validate", False):
            shutil.copyfile(run.folder / METRICS, beside / f"{run.name}.csv")
            shutil.copyfile(run.folder / CURVES, beside / f"{run.name}.png")
    write_text(out, text)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0 on success, 2 for invalid input."""
    options = tyro.cli(Options, prog="python -m trainer.run_report.results_table", args=argv)
    try:
        write_results(options.runs, options.out)
    except (WhylightError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
