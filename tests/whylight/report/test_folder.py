"""Where a report goes: nothing is replaced that Whylight has not written."""

from __future__ import annotations

import csv
import errno
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.whylight.conftest import painted
from whylight.cli import main
from whylight.collection import shards
from whylight.collection.lock import LockedError
from whylight.common.atomic_file import part_path, write_bytes
from whylight.errors import WhylightError
from whylight.explainer import Explainer
from whylight.images.encode import write_image
from whylight.report import Progress, write_report

TODAY = f"Whylight report {date.today().isoformat()}"


def parts(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.name.endswith(".part")]


def dead_process() -> int:
    """The number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_somebody_elses_files_stay_and_the_report_has_a_folder_of_its_own(
    explainer: Explainer, images: Path, tmp_path: Path
) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    own = {"index.html": "my own page", "predictions.csv": "my,own"}
    for name, text in own.items():
        (out / name).write_text(text)
    first = write_report(explainer, [images / "b.png"], out)
    second = write_report(explainer, [images / "b.png"], out)
    assert first.index == out / TODAY / "index.html"
    assert second.index == out / f"{TODAY} (2)" / "index.html"
    assert {name: (out / name).read_text() for name in own} == own


def test_new_empty_and_earlier_reports_are_written_to(
    explainer: Explainer, images: Path, tmp_path: Path
) -> None:
    new, empty = tmp_path / "new", tmp_path / "empty"
    empty.mkdir()
    for out in (new, empty, new):
        assert write_report(explainer, [images / "b.png"], out).index == out / "index.html"
    (new / "index.html").write_text("<title>my own page</title>")
    assert write_report(explainer, [images / "b.png"], new).index == new / TODAY / "index.html"


def test_force_replaces(explainer: Explainer, images: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("my own page")
    report = write_report(explainer, [images / "b.png"], tmp_path, force=True)
    assert report.index == tmp_path / "index.html"
    assert "Whylight" in report.index.read_text(encoding="utf-8")


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("asked", [".", "pictures"])
def test_the_images_may_lie_in_the_folder_of_the_report(
    force: bool,
    asked: str,
    colour_model: Path,
    images: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for broken in ("broken.jpg", "empty.png"):
        (images / broken).unlink()
    command = ["explain", images.name, "--out", asked, "--model", str(colour_model)]
    for _ in range(2):  # the second does not explain the first one's panels
        assert main([*command, *(["--force"] if force else [])]) == 0
        captured = capsys.readouterr()
        assert "3 of 3 images explained" in captured.out
        assert ("a folder of its own" in captured.err) is not force


def test_a_full_disk_leaves_no_parts(
    explainer: Explainer, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last lines lie in buffers that are written as the files are closed."""
    out = tmp_path / "report"

    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shards, "flush_to_disk", full)
    with pytest.raises(WhylightError, match="No space left"):
        write_report(explainer, [images / "b.png"], out)
    assert parts(out) == []
    monkeypatch.undo()
    assert write_report(explainer, [images / "b.png"], out).explained == 1


def test_what_killed_runs_left_is_removed(explainer: Explainer, images: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    write_report(explainer, [images / "b.png"], out)
    left = [
        out / f".predictions.csv.{dead_process()}.part",
        out / "panels" / f".b.png.image.png.{dead_process()}.part",
        # A number that another process has now: only one run at a time may write here.
        out / f".predictions.csv.{os.getppid()}.part",
    ]
    for path in left:
        path.write_text("half")
    write_report(explainer, [images / "b.png"], out)
    assert parts(out) == []


def test_two_runs_never_write_to_one_folder(explainer: Explainer, images: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"

    def second(_: Progress) -> None:
        with pytest.raises(LockedError, match="another run is writing to this folder"):
            write_report(explainer, [images / "b.png"], out)
        told.append(True)

    told: list[bool] = []
    assert write_report(explainer, [images / "b.png"], out, on_progress=second).explained == 1
    assert told == [True]
    assert write_report(explainer, [images / "b.png"], out).explained == 1


def test_a_file_written_whole_removes_what_killed_runs_left_of_it(tmp_path: Path) -> None:
    stale = tmp_path / f".a[1].txt.{dead_process()}.part"
    other = tmp_path / f".b.txt.{dead_process()}.part"
    for path in (stale, other):
        path.write_text("half")
    write_bytes(tmp_path / "a[1].txt", b"whole")
    assert (stale.exists(), other.exists(), part_path(tmp_path / "a[1].txt").exists()) == (False, True, False)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file names are Unicode")
def test_a_name_that_is_no_unicode_leaves_all_files_valid(
    colour_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    write_image(folder / os.fsdecode(b"caf\xe9.png"), painted("red"))
    (folder / os.fsdecode(b"broken\xe9.png")).write_bytes(b"nothing")
    out = tmp_path / "out"
    command = ["explain", str(folder), "--model", str(colour_model), "--out", str(out), "--json", "--maps"]
    assert main(command) == 1
    printed = json.loads(capsys.readouterr().out)
    json.dumps(printed, ensure_ascii=False).encode()  # no halves of surrogate pairs
    assert printed["images"][0]["image"].endswith("caf\\xe9.png")
    rows = list(csv.reader((out / "predictions.csv").read_text(encoding="utf-8").splitlines()))
    assert [row[0] for row in rows[1:]] == ["broken\\xe9.png", "caf\\xe9.png"]
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "caf\\xe9.png" in page
    assert "broken\\xe9.png: not an image" in page
    json.loads((out / "maps" / "manifest.json").read_text(encoding="utf-8"))
    assert (out / "panels" / "caf_xe9.png.image.png").is_file()
