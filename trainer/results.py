"""`python -m trainer.results RUN... --out docs/results.md`: the page of results, out of run folders."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from explain.errors import TrainingError, WhylightError
from trainer.files import write_text

REPORTED = (("adam", 30.53), ("sgd", 43.25), ("improved", 46.10), ("onecycle", 48.35))
"""The report's own validation accuracies on Caltech-256, in per cent."""

INTRODUCTION = """# Results

Made by `python -m trainer.results RUN... --out docs/results.md` out of the runs' own files; each row is what
was really run. Accuracies are in per cent, of the held-out 20 % of the split with seed 42. The report's
recipes choose their best epoch by that part, as the report did; `modern` measures it once, after its last
epoch. Training accuracy is taken as the weights were at each step, for `modern` under random changes.
"""
NOTES = """
One seed each. What one machine with two hyperthreads can do in an hour or so set the number of epochs, for
`modern` above all. Its settings were taken from published practice; of the ablations on the validation part
(`--validate`) none has been run to the end yet, so none is listed.
"""
REPORTED_TABLE = """
## The report's own figures

On Caltech-256 at 224 px, as reported; **not reproduced here**, and not comparable with Caltech-101 above.

| variant | reported validation accuracy |
|---|---|
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Write the page of results out of run folders."""

    runs: tyro.conf.Positional[tuple[Path, ...]]
    """Finished run folders, in the order of the table."""
    out: Path = Path("docs/results.md")
    """The page; each run's curve goes beside it as results/NAME.csv and results/NAME.png."""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """What a run folder says about itself."""

    name: str
    facts: dict[str, Any]
    """`run.json`."""
    history: list[dict[str, str]]
    """`metrics.csv`."""

    @classmethod
    def read(cls, folder: Path) -> FinishedRun:
        """`TrainingError` if `folder` holds no finished run."""
        try:
            facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
            with (folder / "metrics.csv").open(encoding="utf-8", newline="") as file:
                history = list(csv.DictReader(file))
        except (OSError, ValueError) as error:
            raise TrainingError(f"{folder} is no run folder: {error}") from error
        if "accuracy" not in facts:
            raise TrainingError(f"the run in {folder} has not ended: go on with --resume first")
        return cls(folder.resolve().name, facts, history)

    def row(self) -> str:
        """One row of the table."""
        settings, accuracy, best = (self.facts[k] for k in ("configuration", "accuracy", "best_epoch"))
        hours = sum(float(row["seconds"]) for row in self.history) / 3600
        machine = self.facts["machine"]
        computed_on = machine.get("gpu", f"{machine['processors']} processors, {machine['threads']} threads")
        cells = [
            f"[{self.name}](results/{self.name}.csv)",
            f"{settings['variant']}, {settings['network']}",
            settings["data_set"],
            f"{100 * accuracy['top1']:.2f}",
            f"{100 * accuracy['mean_per_class']:.2f}",
            f"{100 * best['train_top1']:.1f}",
            f"{settings['size_schedule']}; used at {settings['image_size']} px",
            str(settings["seed"]),
            f"{hours:.2f}",
            computed_on,
        ]
        return f"| {' | '.join(cells)} |"


HEAD = (
    "| run | variant | data | top-1 | mean per class | training | epochs | seed | hours | machine |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


def page(runs: list[FinishedRun]) -> str:
    """The page in Markdown."""
    curves = "\n\n".join(f"![Curves of {run.name}](results/{run.name}.png)" for run in runs)
    reported = "\n".join(f"| {name} | {accuracy:.2f} % |" for name, accuracy in REPORTED)
    table = "\n".join([HEAD, *(run.row() for run in runs)])
    return f"{INTRODUCTION}\n{table}\n{NOTES}\n{curves}\n{REPORTED_TABLE}{reported}\n"


def main() -> int:
    """0 when written, 2 for a user's mistake."""
    options = tyro.cli(Options, prog="python -m trainer.results")
    try:
        runs = [FinishedRun.read(folder) for folder in options.runs]
        beside = options.out.parent / "results"
        beside.mkdir(parents=True, exist_ok=True)
        for folder, run in zip(options.runs, runs, strict=True):
            write_text(beside / f"{run.name}.csv", (folder / "metrics.csv").read_text(encoding="utf-8"))
            (beside / f"{run.name}.png").write_bytes((folder / "curves.png").read_bytes())
        write_text(options.out, page(runs))
    except (WhylightError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
