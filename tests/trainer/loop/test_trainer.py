"""Whole runs on a tiny data set: they learn, stop anywhere, and go on as if they had not stopped."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from trainer.config import Settings
from trainer.loop.checkpoint import load_checkpoint, load_trained, write_checkpoint
from trainer.progress.event import OnProgress, ProgressEvent
from trainer.progress.stop_signals import InterruptedRun
from trainer.run import run
from trainer.run_report.run_folder import FinishedRun
from whylight.errors import TrainingError

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(coloured_folder: Path, tmp_path: Path) -> Settings:
    """MyCNN, whose dropout needs the random state; 19 images in 3 batches; an epoch at 32 px, one at 40."""
    return Settings(
        variant="adam",
        dataset="folder",
        data=coloured_folder,
        epochs=2,
        growing_sizes="32*1,40*1",
        image_size=40,
        batch_size=8,
        device="cpu",
        out=tmp_path / "runs" / "whole",
        workers=2,
    )


@pytest.fixture
def modern(settings: Settings) -> Settings:
    """The recipe with random crops and averaged weights, measured at a size that it never trains at."""
    return replace(settings, variant="modern", growing_sizes="32*1,40*1", image_size=48)


@pytest.fixture(autouse=True)
def _nothing_is_drawn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures take longer than these trainings; the tests that look at them say so."""
    if "drawn" not in request.keywords:
        monkeypatch.setattr("trainer.run_report.epoch_writer.write_curves", lambda *_: None)
        monkeypatch.setattr("trainer.run.describe", lambda *_: None)


def _ignore(_: object) -> None: ...


def _stop_at(call: int) -> OnProgress:
    """Ask to stop at the `call`-th point within the epochs: each has three steps and is measured in one."""
    calls = 0

    def on_progress(task: ProgressEvent) -> None:
        nonlocal calls
        calls += task.title.startswith(("Epoch ", "Measuring epoch "))
        if calls == call:
            raise InterruptedRun(signal.SIGTERM)

    return on_progress


def _weights(path: Path) -> dict[str, Any]:
    weights: dict[str, Any] = load_checkpoint(path)["network"]
    return weights


def _metrics(folder: Path) -> list[dict[str, str]]:
    with (folder / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    return [{k: v for k, v in row.items() if "second" not in k} for row in rows]


def test_a_stopped_and_resumed_run_ends_with_the_same_bits(settings: Settings, tmp_path: Path) -> None:
    whole = run(settings, _ignore, _ignore)
    for call in (2, 4, 6):
        stopped = replace(settings, out=tmp_path / "runs" / f"stopped-{call}")
        with pytest.raises(InterruptedRun):
            run(stopped, _ignore, _stop_at(call))
        # A second stop, shortly after the first, must not disturb it either.
        with pytest.raises(InterruptedRun):
            run(replace(stopped, resume=True), _ignore, _stop_at(2))
        assert run(replace(stopped, resume=True), _ignore, _ignore) == whole
        for name in ("best.pt", "last.pt"):
            expected = _weights(settings.folder / name)
            torch.testing.assert_close(_weights(stopped.folder / name), expected, rtol=0, atol=0)
        assert _metrics(stopped.folder) == _metrics(settings.folder)


def test_a_run_that_has_ended_keeps_its_results_when_a_resumption_is_stopped(settings: Settings) -> None:
    run(settings, _ignore, _ignore)
    facts = FinishedRun.read(settings.folder).facts
    with pytest.raises(InterruptedRun):
        run(replace(settings, resume=True), _ignore, _stop_at(1))
    assert FinishedRun.read(settings.folder).facts == facts


def test_modern_too_ends_with_the_same_bits(modern: Settings, tmp_path: Path) -> None:
    run(modern, _ignore, _ignore)
    stopped = replace(modern, out=tmp_path / "runs" / "stopped")
    with pytest.raises(InterruptedRun):
        run(stopped, _ignore, _stop_at(5))
    run(replace(stopped, resume=True), _ignore, _ignore)
    for name in ("best.pt", "last.pt"):
        torch.testing.assert_close(
            _weights(stopped.folder / name), _weights(modern.folder / name), rtol=0, atol=0
        )


def test_modern_measures_the_averaged_weights_once_at_the_end(modern: Settings) -> None:
    outcome = run(modern, _ignore, _ignore)
    first, last = _metrics(modern.folder)
    assert (first["test_top1"], last["picture_size"]) == ("", "40")
    assert float(last["test_top1"]) == pytest.approx(outcome.top1)
    kept = load_checkpoint(modern.folder / "last.pt")
    torch.testing.assert_close(_weights(modern.folder / "best.pt"), kept["average"], rtol=0, atol=0)
    assert not torch.equal(kept["network"]["features.0.weight"], kept["average"]["features.0.weight"])
    trained = load_trained(modern.folder)
    assert (trained.image_size, trained.target_layer) == (48, "features.13.norm")


def test_choosing_leaves_the_test_part_alone(modern: Settings, tmp_path: Path) -> None:
    run(modern, _ignore, _ignore)
    choosing = replace(modern, validate=True, out=tmp_path / "runs" / "choosing")
    run(choosing, _ignore, _ignore)
    test = set(load_trained(modern.folder).split.test)
    split = load_trained(choosing.folder).split
    assert not test & set(split.train + split.test)
    assert all(row["test_top1"] for row in _metrics(choosing.folder))


@pytest.mark.drawn
def test_it_learns_and_fills_the_run_folder(settings: Settings) -> None:
    settings = replace(settings, epochs=8, growing_sizes="32*3,40*5")
    outcome = run(settings, _ignore, _ignore)
    folder = settings.folder
    assert sorted(p.name for p in folder.iterdir()) == [
        "best.pt", "classes.csv", "confusion.png", "curves.png", "data.json", "gallery.png", "index.html",
        "last.pt", "metrics.csv", "predictions.csv", "run.json", "split.json",
    ]  # fmt: skip
    rows = _metrics(folder)
    losses = [float(row["train_loss"]) for row in rows]
    assert min(losses) < 0.5 * losses[0]  # where three steps an epoch end is for rounding to say
    assert [row["picture_size"] for row in rows] == ["32"] * 3 + ["40"] * 5
    assert outcome.top1 >= 0.8
    facts = json.loads((folder / "run.json").read_text())
    assert facts["accuracy"]["top1"] == outcome.top1
    assert facts["configuration"]["size_schedule"] == "3 epochs at 32 px, 5 at 40 px"
    # The best epoch is one of those at the final size, and the first of equals.
    best = max(rows[3:], key=lambda row: float(row["test_top1"]))
    assert facts["best_epoch"]["epoch"] == int(best["epoch"])


def test_the_trained_network_comes_with_what_the_exporter_needs(
    settings: Settings, coloured_folder: Path
) -> None:
    outcome = run(settings, _ignore, _ignore)
    trained = load_trained(settings.folder)
    assert trained.network_name == "MyCNN"
    assert trained.classes == ("blue", "green", "red")
    assert (trained.image_size, trained.target_layer) == (40, "features.12")
    assert trained.accuracy == {"top1": outcome.top1, "mean_per_class": outcome.mean_per_class}
    assert not trained.network.training
    assert trained.data_root == coloured_folder.resolve()
    assert (len(trained.split.train), len(trained.split.test)) == (19, 5)
    assert {"variant", "data_set", "attribution", "seed", "split_seed", "epochs", "best_epoch"} <= set(
        trained.configuration
    )


def test_unreadable_images_do_not_stop_a_run(settings: Settings, coloured_folder: Path) -> None:
    (coloured_folder / "red" / "00.png").write_bytes(b"no image")
    run(replace(settings, epochs=1, growing_sizes=None), _ignore, _ignore)
    split = load_trained(settings.folder).split
    assert len(split.train) + len(split.test) == 23
    assert "red/00.png" not in dict(split.train + split.test)


def test_a_run_is_not_overwritten_nor_continued_with_other_options(
    settings: Settings, coloured_folder: Path
) -> None:
    with pytest.raises(TrainingError, match=r"there is no .*last\.pt"):
        run(replace(settings, resume=True), _ignore, _ignore)
    with pytest.raises(InterruptedRun):
        run(settings, _ignore, _stop_at(2))
    with pytest.raises(TrainingError, match="already holds a run"):
        run(settings, _ignore, _ignore)
    facts = (settings.folder / "run.json").read_text()
    with pytest.raises(TrainingError, match="seed = 42, not 43"):
        run(replace(settings, resume=True, seed=43), _ignore, _ignore)
    (coloured_folder / "red" / "00.png").unlink()
    with pytest.raises(TrainingError, match="split_sha256"):
        run(replace(settings, resume=True), _ignore, _ignore)
    assert (settings.folder / "run.json").read_text() == facts


def test_a_checkpoint_of_the_first_runs_is_resumed(settings: Settings, tmp_path: Path) -> None:
    run(settings, _ignore, _ignore)
    old = replace(settings, out=tmp_path / "runs" / "old")
    with pytest.raises(InterruptedRun):
        run(old, _ignore, _stop_at(4))
    content = load_checkpoint(old.folder / "last.pt")
    (content["random_state"],) = content.pop("random_states")
    content["cuda_random_state"] = content.pop("cuda_random_states")
    del content["average"], content["configuration"]["validate"]
    content["configuration"]["mean"] = [value + 1e-8 for value in content["configuration"]["mean"]]
    torch.save(content, old.folder / "last.pt")
    run(replace(old, resume=True), _ignore, _ignore)
    found, expected = (_weights(s.folder / "last.pt") for s in (old, settings))
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


def test_stopping_while_images_are_read_leaves_no_half_cache(settings: Settings) -> None:
    def stop(task: ProgressEvent) -> None:
        if task.title == "Reading images" and task.done == 3:
            raise InterruptedRun(signal.SIGINT)

    with pytest.raises(InterruptedRun):
        run(settings, _ignore, stop)
    assert list((settings.folder.parent / "cache").iterdir()) == []
    assert not settings.folder.exists()


def test_a_full_disk_leaves_the_last_good_checkpoint(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InterruptedRun):
        run(settings, _ignore, _stop_at(2))
    good = (settings.folder / "last.pt").read_bytes()

    def fill(_: object, path: Path) -> None:
        path.write_bytes(good[:1000])
        raise RuntimeError("PytorchStreamWriter failed writing file data/0: file write failed")

    monkeypatch.setattr("torch.save", fill)
    with pytest.raises(TrainingError, match=r"last\.pt: .*file write failed.*--resume"):
        run(replace(settings, resume=True), _ignore, _stop_at(1))
    assert (settings.folder / "last.pt").read_bytes() == good
    assert not list(settings.folder.glob(".*.part"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_torch_tells_of_a_file_that_cannot_grow(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "last.pt", {"weights": torch.zeros(3)})
    good = (tmp_path / "last.pt").read_bytes()
    script = (
        "import resource, sys, torch; from pathlib import Path\n"
        "from trainer.loop.checkpoint import write_checkpoint\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "write_checkpoint(Path(sys.argv[1]), {'weights': torch.zeros(100_000)})"
    )
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", script, str(tmp_path / "last.pt")]
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert "TrainingError: cannot write" in ended.stderr
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [good]


def test_checkpoints_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"there is no .*best\.pt"):
        load_trained(tmp_path)
    (tmp_path / "best.pt").write_bytes(b"no checkpoint")
    with pytest.raises(TrainingError, match=r"best\.pt"):
        load_trained(tmp_path)
    torch.save({"weights": torch.zeros(1)}, tmp_path / "best.pt")
    with pytest.raises(TrainingError, match="no checkpoint of this trainer"):
        load_trained(tmp_path)
