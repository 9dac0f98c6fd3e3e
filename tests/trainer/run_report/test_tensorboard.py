from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from trainer.cli import main
from trainer.loop.epoch_metrics import EpochRecord
from trainer.run_report.tensorboard import EventFiles

RECORD = EpochRecord(
    epoch=1, picture_size=32, train_loss=2.5, train_top1=0.25, test_loss=None, test_top1=None,
    test_mean_per_class=None, learning_rate=0.1, seconds=4, pictures_per_second=50,
)  # fmt: skip


def _read(folder: Path) -> dict[str, list[tuple[int, float]]]:
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    found = reader.EventAccumulator(str(folder / "tensorboard"))
    found.Reload()
    return {tag: [(e.step, e.value) for e in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def test_event_files_hold_every_epoch_once(tmp_path: Path) -> None:
    records = [RECORD, replace(RECORD, epoch=2, train_loss=1.5, test_top1=0.5)]
    with EventFiles(tmp_path, []) as events:
        for record in records:
            events.write(record)
    # Killed before the second epoch was saved: a resumed run trains it again.
    with EventFiles(tmp_path, records[:1]) as events:
        events.write(replace(records[1], train_loss=1.25))
        events.write(replace(records[1], epoch=3, train_loss=1.0))
    found = _read(tmp_path)
    assert found["loss/training"] == [(1, 2.5), (2, 1.25), (3, 1.0)]
    assert found["accuracy/held out, top-1"] == [(2, 0.5), (3, 0.5)]
    assert "loss/held out" not in found


def test_by_command_line(coloured_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    options = f"--variant adam --dataset folder --epochs 1 --image-size 32 --batch-size 8 --out {out}".split()
    assert main([*options, "--data", str(coloured_folder), "--tensorboard"]) == 0
    row = (out / "metrics.csv").read_text().splitlines()[1].split(",")
    assert _read(out)["loss/training"] == [(1, pytest.approx(float(row[2]), rel=1e-5))]


def test_without_the_package_it_is_said_before_anything_is_read(
    coloured_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard", raising=False)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    options = ["--dataset", "folder", "--data", str(coloured_folder), "--out", str(tmp_path / "runs" / "x")]
    assert main([*options, "--tensorboard"]) == 2
    error = capsys.readouterr().err
    assert 'pip install "whylight[tensorboard]"' in error
    assert error.count("\n") == 1
    assert not (tmp_path / "runs").exists()
