from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trainer.run_report.results_table import main

HEAD = (
    "epoch,picture_size,train_loss,train_top1,test_loss,test_top1,test_mean_per_class,learning_rate,"
    "seconds,pictures_per_second"
)
HISTORY = f"""{HEAD}
1,96,3.5,0.25,,,,0.1,1800,4
2,128,2.5,0.75,0.875,0.5,0.25,0.01,3600,2
"""


def _finished(folder: Path, top1: float, **changes: Any) -> Path:
    """A run folder with the files that the page is made of."""
    folder.mkdir()
    configuration = {
        "variant": "modern", "network": "ModernCNN", "data_set": "Caltech-101", "split_seed": 42, "seed": 42,
        "batch_size": 64, "image_size": 224, "size_schedule": "1 epoch at 96 px, 1 at 128 px",
    } | changes  # fmt: skip
    facts = {
        "configuration": configuration,
        "machine": {"processors": 2, "threads": 1, "device": "cpu"},
        "best_epoch": {"epoch": 2, "train_top1": 0.75},
        "accuracy": {"loss": 0.9, "top1": top1, "mean_per_class": top1 / 2},
    }
    (folder / "run.json").write_text(json.dumps(facts))
    (folder / "metrics.csv").write_text(HISTORY)
    (folder / "curves.png").write_bytes(b"curves of " + folder.name.encode())
    return folder


def _page(tmp_path: Path, *runs: Path) -> str:
    """The page on one line."""
    out = tmp_path / "docs" / "results.md"
    assert main([*map(str, runs), "--out", str(out)]) == 0
    return " ".join(out.read_text(encoding="utf-8").split())  # however its lines are broken


def test_a_row_says_what_the_run_folder_says(tmp_path: Path) -> None:
    text = _page(tmp_path, _finished(tmp_path / "first", 0.8125))
    assert (
        "| [first](results/first.csv) | modern, ModernCNN | nothing | Caltech-101 | 81.25 | 40.62 | 75.0 | "
        "1 epoch at 96 px, 1 at 128 px; used at 224 px | 42 | 1.50 | 2 processors, 1 thread |"
    ) in text
    assert "Of `modern` the last epoch is measured, once." in text
    assert "the best epoch" not in text
    assert "One seed each" in text
    assert "Tried on" not in text
    assert "| onecycle | 48.35 % |" in text
    assert (tmp_path / "docs" / "results" / "first.csv").read_text() == HISTORY
    assert (tmp_path / "docs" / "results" / "first.png").read_bytes() == b"curves of first"


def test_notes_follow_the_runs(tmp_path: Path) -> None:
    runs = [_finished(tmp_path / f"seed{seed}", 0.8 + seed / 100, seed=seed) for seed in (1, 2, 6)]
    runs.append(_finished(tmp_path / "old", 0.5, variant="onecycle", network="ImprovedCNN"))
    text = _page(tmp_path, *runs)
    assert "Of `onecycle` the best epoch is chosen by that part, as the report did." in text
    spread = "`modern` (ModernCNN, Caltech-101, 1 epoch at 96 px, 1 at 128 px) with the seeds 1, 2 and 6: "
    # Standard deviation by hand: sqrt(((-2)^2 + (-1)^2 + 3^2) / 2) = 2.65.
    assert f"{spread}top-1 81.00, 82.00, 86.00, that is 83.00 ± 2.65; " in text
    assert "mean per class 40.50, 41.00, 43.00, that is 41.50 ± 1.32 (mean and standard deviation)." in text
    assert "One seed each" not in text
    assert "trained alike" not in text, "the other recipe has one seed"


def test_recipes_with_seeds_are_compared(tmp_path: Path) -> None:
    runs = [_finished(tmp_path / f"a{seed}", 0.8 + seed / 100, seed=seed) for seed in (1, 2, 6)]
    other = {"variant": "onecycle", "network": "ImprovedCNN"}
    runs += [_finished(tmp_path / f"b{seed}", 0.7 + seed / 100, seed=seed, **other) for seed in (1, 3)]
    longer = {"size_schedule": "2 epochs at 96 px"}
    runs += [_finished(tmp_path / f"c{seed}", 0.9 + seed / 100, seed=seed, **longer) for seed in (1, 2)]
    text = _page(tmp_path, *runs)
    # By hand: 83 - 72, and sqrt(7 / 3 + 2 / 2), of the mean per class half.
    assert "`modern` less `onecycle`, trained alike: +11.00 ± 1.83 top-1, +5.50 ± 0.91 mean" in text
    assert text.count("trained alike") == 1, "what was trained for another time is not compared"


def test_few_images_of_a_class_are_said(tmp_path: Path) -> None:
    few = _finished(tmp_path / "few", 0.7, per_class=10, seed=1)
    text = _page(tmp_path, _finished(tmp_path / "all", 0.8), few)
    assert "| Caltech-101, 10 images a class | 70.00 |" in text
    assert "One seed each" in text, "they differ by more than the seed"


def test_ablations_come_from_runs_and_from_a_file(tmp_path: Path) -> None:
    noted = {"change": "no flips", "top1": 70.5, "mean_per_class": 60.25, "note": "stopped after 10 epochs"}
    (tmp_path / "docs" / "results").mkdir(parents=True)
    (tmp_path / "docs" / "results" / "ablations.json").write_text(json.dumps([noted]))
    tried = _finished(tmp_path / "larger", 0.75, validate=True)
    text = _page(tmp_path, _finished(tmp_path / "final", 0.8), tried)
    assert "| no flips | 70.50 | 60.25 | stopped after 10 epochs |" in text
    assert "| larger: modern, 1 epoch at 96 px, 1 at 128 px, seed 42 | 75.00 | 37.50 | |" in text
    assert "results/larger" not in text
    assert not (tmp_path / "docs" / "results" / "larger.csv").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"validate": True}, "all runs were trained with --validate"),
        (None, "is no run folder"),
    ],
)
def test_what_is_no_result_is_refused(
    tmp_path: Path, changes: dict[str, Any] | None, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    if changes is not None:
        _finished(run, 0.5, **changes)
    assert main([str(run), "--out", str(tmp_path / "docs" / "results.md")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "docs").exists()
