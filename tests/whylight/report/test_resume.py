"""Reports that are continued: nothing is lost, nothing is done twice."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from benchmarks.killed_reports import contents as files
from tests.whylight.conftest import painted
from whylight.cli import main
from whylight.collection.question import OtherQuestionError
from whylight.errors import ResourceError, WhylightError
from whylight.explainer import Explainer
from whylight.images.decode import EncodedImage
from whylight.images.encode import write_image
from whylight.report import Progress, write_report
from whylight.report import image_worker as worker_module


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the images that were drawn."""
    names: list[str] = []
    draw = worker_module.draw

    def noted(source, *rest):
        names.append(source.name)
        return draw(source, *rest)

    monkeypatch.setattr(worker_module, "draw", noted)
    return names


@pytest.mark.parametrize("scale", ["image", "folder"])
def test_a_stopped_report_is_continued(
    explainer: Explainer, images: Path, tmp_path: Path, drawn: list[str], scale: str
) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    write_report(explainer, [images], whole, scale=scale, maps=True)
    drawn.clear()
    told: list[Progress] = []
    first = write_report(
        explainer,
        [images],
        out,
        scale=scale,
        maps=True,
        on_progress=told.append,
        cancelled=lambda: len([each for each in told if not each.measuring]) == 2,
    )
    assert (first.explained, first.cancelled, first.earlier) == (2, True, 0)
    drawn.clear()
    seen: list[str] = []
    second = write_report(
        explainer, [images], out, scale=scale, maps=True, on_image=lambda record: seen.append(record["file"])
    )
    assert (second.explained, second.cancelled, second.earlier) == (3, False, 2)
    assert (second.failed, [failure.path.name for failure in second.failures]) == (
        2, ["broken.jpg", "empty.png"]
    )  # fmt: skip
    assert seen == ["a & <i>.png", "b.png", "sub/Größe.png"], "programs get all of them"
    assert drawn == ["sub/Größe.png"]
    assert files(out) == files(whole)


def test_new_changed_and_renamed_images_alone_are_explained(
    explainer: Explainer, images: Path, tmp_path: Path, drawn: list[str]
) -> None:
    out = tmp_path / "out"
    write_report(explainer, [images], out)
    drawn.clear()
    write_image(images / "a new one.png", painted("blue"))
    write_image(images / "b.png", painted("red", (700, 500)))
    os.utime(images / "a & <i>.png", ns=(0, 0))  # the same bytes at another time
    report = write_report(explainer, [images], out)
    assert sorted(drawn) == ["a new one.png", "b.png"]
    assert (report.explained, report.earlier) == (4, 2)
    write_report(explainer, [images], tmp_path / "whole")
    assert files(out) == files(tmp_path / "whole")


def test_a_picture_that_went_is_no_longer_in_the_table(
    explainer: Explainer, images: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    write_report(explainer, [images], out)
    (images / "b.png").unlink()
    report = write_report(explainer, [images], out)
    assert (report.explained, report.total) == (2, 4)
    with report.table.open(encoding="utf-8-sig", newline="") as file:
        assert "b.png" not in [row["file"] for row in csv.DictReader(file)]


def test_a_panel_that_somebody_removed_is_drawn_again(
    explainer: Explainer, images: Path, tmp_path: Path, drawn: list[str]
) -> None:
    out = tmp_path / "out"
    write_report(explainer, [images], out)
    drawn.clear()
    panel = out / "panels" / "b.png.overlay.png"
    panel.unlink()
    write_report(explainer, [images], out)
    assert drawn == ["b.png"]
    assert panel.is_file()


def test_what_could_not_be_read_is_tried_again(explainer: Explainer, images: Path, tmp_path: Path) -> None:
    out, gone = tmp_path / "out", images / "gone.png"
    first = write_report(explainer, [images, gone], out)
    assert "gone.png" in [failure.path.name for failure in first.failures]
    write_image(gone, painted("red"))
    second = write_report(explainer, [images, gone], out)
    assert (second.explained, second.failed) == (4, 2)


def test_another_question_is_not_mixed_with_the_first(
    explainer: Explainer, images: Path, tmp_path: Path, drawn: list[str]
) -> None:
    out = tmp_path / "out"
    told: list[Progress] = []
    write_report(
        explainer, [images], out, on_progress=told.append, cancelled=lambda: len(told) == 2, resume=True
    )
    with pytest.raises(OtherQuestionError, match="method grad-cam, now layercam"):
        write_report(explainer, [images], out, method="layercam", resume=True)
    drawn.clear()
    assert write_report(explainer, [images], out, resume=False).earlier == 0
    assert len(drawn) == 3, "anew, though the question is the same"
    assert write_report(explainer, [images], out, method="layercam", resume=True).earlier == 0
    write_report(explainer, [images], tmp_path / "whole", method="layercam")
    assert files(out) == files(tmp_path / "whole")


def test_a_full_disk_keeps_what_is_done(
    explainer: Explainer, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: list[str]
) -> None:
    out = tmp_path / "out"
    write_files = worker_module.RenderedImage.write_files

    def refusing(self, folder: Path, panels: str) -> None:
        if panels.endswith("Größe.png"):
            raise WhylightError("{path}: no space left", path=panels)
        write_files(self, folder, panels)

    monkeypatch.setattr(worker_module.RenderedImage, "write_files", refusing)
    with pytest.raises(WhylightError, match="no space left"):
        write_report(explainer, [images], out)
    assert not [path for path in out.rglob("*") if path.name.endswith(".part")]
    monkeypatch.setattr(worker_module.RenderedImage, "write_files", write_files)
    drawn.clear()
    report = write_report(explainer, [images], out)
    assert (report.explained, report.earlier, drawn) == (3, 2, ["sub/Größe.png"])


def test_on_the_command_line(
    colour_model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["explain", str(images), "--out", str(tmp_path / "out"), "--model", str(colour_model)]
    assert main(command) == 1
    capsys.readouterr()
    assert main(command) == 1
    assert "3 of 5 images explained" in (told := capsys.readouterr().out)
    assert "(3 by an earlier run)" in told
    assert main([*command, "--no-resume"]) == 1
    assert "earlier run" not in capsys.readouterr().out


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("again", [{"top": 2}, {"resume": False}, {}], ids=["other", "anew", "same"])
def test_files_of_the_report_before_are_removed_and_nobody_elses(
    explainer: Explainer, images: Path, tmp_path: Path, again: dict[str, object]
) -> None:
    """Panels and maps of an image that went, whether its results are thrown away or stay."""
    out = tmp_path / "out"
    write_report(explainer, [images], out, maps=True)
    strange = {
        "panels/b.png.overlay.png.bak",
        "panels/mine.overlay.png",
        "panels/sub/note.txt",
        "maps/mine.npy",
    }
    for name in strange:
        (out / name).write_bytes(b"theirs")
    before = names(out)
    assert {"panels/b.png.overlay.png", "panels/sub/Größe.png.image.png", "maps/b.png.1.npy"} <= before
    (images / "b.png").unlink()
    (images / "sub" / "Größe.png").unlink()
    write_report(explainer, [images], out, maps=True, **again)
    write_report(explainer, [images], tmp_path / "whole", maps=True, **again)
    assert names(out / "panels") | names(out / "maps") == {
        name.partition("/")[2] for name in strange
    } | names(tmp_path / "whole" / "panels") | names(tmp_path / "whole" / "maps")
    assert all((out / name).read_bytes() == b"theirs" for name in strange)


def test_panels_and_maps_go_where_the_new_report_has_none(
    explainer: Explainer, images: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    write_report(explainer, [images], out, maps="npz")
    stopped = write_report(explainer, [images], out, panels="page", cancelled=lambda: True)
    assert stopped.cancelled
    assert (out / "panels").is_dir(), "a report that is not whole takes nothing away"
    write_report(explainer, [images], out, panels="page")
    assert not (out / "panels").exists()
    assert not (out / "maps").exists()
    write_report(explainer, [images], tmp_path / "whole", panels="page")
    assert files(out).keys() == files(tmp_path / "whole").keys()


def test_a_strangers_report_cannot_name_files_to_be_removed(
    explainer: Explainer, images: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    write_report(explainer, [images], out)
    (tmp_path / "precious.overlay.png").write_bytes(b"theirs")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.overlay.png").write_bytes(b"theirs")
    (out / "panels" / "linked").symlink_to(tmp_path / "elsewhere")
    shard = next((out / ".whylight-work").glob("*.jsonl"))
    record = {"file": "evil", "scores": [], "html": [0, 0]}
    with shard.open("a", encoding="utf-8") as file:
        for panels in ("../precious", str(tmp_path / "precious"), "panels/../../precious", "panels/linked/a"):
            file.write(json.dumps({**record, "panels": panels}) + "\n")
        for scores in (3, [3], [{"map": 3}], [{"map": "index.html"}], [{"map": "maps/../index.html"}]):
            file.write(json.dumps({**record, "panels": None, "scores": scores}) + "\n")
    write_report(explainer, [images], out, top=1)
    assert (tmp_path / "precious.overlay.png").read_bytes() == b"theirs"
    assert (tmp_path / "elsewhere" / "a.overlay.png").read_bytes() == b"theirs"
    assert (out / "index.html").is_file()


@pytest.mark.parametrize("scale", ["image", "folder"])
def test_an_image_that_lacked_time_or_memory_is_tried_again(
    explainer: Explainer, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scale: str
) -> None:
    """What a damaged file raises is the file's; what a limit raises is this run's."""
    decode = EncodedImage.decode_here
    lacking = True

    def decode_here(self: EncodedImage) -> object:
        if lacking and self.name.endswith("b.png"):
            raise ResourceError("{path}: not decoded after 60 s", path=self.name)
        return decode(self)

    monkeypatch.setattr(EncodedImage, "decode_here", decode_here)
    out = tmp_path / "out"
    first = write_report(explainer, [images], out, scale=scale)
    assert f"{images / 'b.png'}: not decoded after 60 s" in [
        str(failure.reason) for failure in first.failures
    ]
    lacking = False
    second = write_report(explainer, [images], out, scale=scale)
    assert (second.explained, second.failed) == (3, 2)
