"""Inputs beside folders: lists, patterns, tar and Parquet files."""

from __future__ import annotations

import csv
import io
import json
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

from tests.whylight.conftest import painted
from whylight.cli import main
from whylight.collection import inputs
from whylight.collection.inputs import Found, reader_of
from whylight.explainer import Explainer
from whylight.images.encode import encode_png, write_image
from whylight.report import sources as sources_module
from whylight.report import write_report
from whylight.report.sources import CountedSources


def read(path: Path) -> tuple[list[Found], list[str]]:
    errors: list[str] = []
    reader = reader_of(path)
    assert reader is not None
    return list(reader(path, lambda _, error: errors.append(str(error)))), errors


def tar_of(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def test_images_and_folders_are_no_lists(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "a[1].png").touch()
    for path in (tmp_path / "folder.txt", tmp_path / "a[1].png", tmp_path / "missing.png"):
        assert reader_of(path) is None


def test_a_text_file_has_a_path_a_line(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(b"\xef\xbb\xbfa.png\r\n\n/data/b c.png\nsub/caf\xe9.png")
    found, errors = read(tmp_path / "list.txt")
    assert [each.path for each in found][:2] == [tmp_path / "a.png", Path("/data/b c.png")]
    assert [each.name for each in found] == ["a.png", "data/b c.png", "sub/caf\udce9.png"]
    assert errors == []


def test_an_endless_line_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("a.png\n" + "x" * 10**6)
    found, errors = read(tmp_path / "list.txt")
    assert [each.name for each in found] == ["a.png"]
    assert len(errors) == 1
    assert "longer than a path" in errors[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("path,label\na.png,red\nb.png,\n", [("a.png", "red"), ("b.png", None)]),
        ("n,Image,Class\n1,a.png,blue\n\n2,b.png,red\n", [("a.png", "blue"), ("b.png", "red")]),
        ("a.png\nb.png\n", [("a.png", None), ("b.png", None)]),
        ('file\n"a, b.png"\n', [("a, b.png", None)]),
        ("", []),
    ],
)
def test_a_table_names_paths_and_labels(
    tmp_path: Path, text: str, expected: list[tuple[str, str | None]]
) -> None:
    (tmp_path / "list.csv").write_text(text)
    found, errors = read(tmp_path / "list.csv")
    assert [(each.name, each.label) for each in found] == expected
    assert errors == []


def test_a_pattern_is_expanded(tmp_path: Path) -> None:
    for name in ("a/1.png", "a/b/2.png", "a/b/3.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found, errors = read(tmp_path / "**" / "*.png")
    assert sorted(each.name for each in found) == ["a/1.png", "a/b/2.png"]
    assert errors == []
    _, errors = read(tmp_path / "*.gif")
    assert "no file fits this pattern" in errors[0]


def test_a_tar_gives_images_with_their_classes(tmp_path: Path) -> None:
    image = encode_png(painted("red"))
    path = tar_of(
        tmp_path / "shard.tar",
        {
            "x/0.cls": b"2", "x/0.png": image, "x/0.json": b"{}",
            "x/1.png": image, "x/1.cls": b"green\n", "../../2.png": image,
        },
    )  # fmt: skip
    found, errors = read(path)
    assert [(each.name, each.label, each.data == image) for each in found] == [
        ("x/0.png", 2, True), ("x/1.png", "green", True), ("../../2.png", None, True)
    ]  # fmt: skip
    assert errors == []
    path.write_bytes(path.read_bytes()[:1800])
    found, errors = read(path)
    assert len(errors) == 1
    assert "cannot be read" in errors[0]


def test_a_tar_with_a_huge_member_is_not_read_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "MAX_BYTES", 100)
    path = tar_of(tmp_path / "shard.tar", {"huge.png": b"x" * 101, "small.png": b"x" * 100})
    found, errors = read(path)
    assert [each.name for each in found] == ["small.png"]
    assert "huge.png: has more than" in errors[0]


@pytest.mark.parametrize("nested", [True, False])
def test_parquet_gives_images_with_their_labels(tmp_path: Path, nested: bool) -> None:
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    image = encode_png(painted("red"))
    images = [{"bytes": image, "path": "r.png"}, {"bytes": None, "path": "x"}] if nested else [image, None]
    parquet.write_table(arrow.table({"image": images, "label": [0, 1]}), tmp_path / "part.parquet")
    found, errors = read(tmp_path / "part.parquet")
    name = "part/r.png" if nested else "part/00000000"
    assert [(each.name, each.label, each.data) for each in found] == [(name, 0, image)]
    assert errors == [f"{tmp_path / 'part.parquet'}: row 1 holds no bytes of an image"]
    (tmp_path / "part.parquet").write_bytes(b"PAR1 nonsense")
    assert "cannot be read" in read(tmp_path / "part.parquet")[1][0]


@pytest.mark.parametrize("form", ["stream", "file"])
def test_arrow_files_of_hugging_face_are_read_as_parquet_is(tmp_path: Path, form: str) -> None:
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import ipc

    image = encode_png(painted("red"))
    images = [{"path": f"{number}.png", "bytes": image} for number in range(40)]
    table = arrow.table({"label": [number % 2 for number in range(40)], "image": images})
    path = tmp_path / "data-00000-of-00001.arrow"
    writer = ipc.new_stream if form == "stream" else ipc.new_file
    with writer(path, table.schema) as file:
        file.write_table(table)
    found, errors = read(path)
    assert errors == []
    assert [(each.name, each.label) for each in found][-1] == ("data-00000-of-00001/39.png", 1)
    assert len(found) == 40
    assert found[0].data == image
    path.write_bytes(path.read_bytes()[:-200] if form == "stream" else b"nonsense")
    assert "cannot be read" in read(path)[1][0]


def test_a_folder_of_a_hugging_face_dataset(tmp_path: Path) -> None:
    """Its splits one after the other, and the names of its classes."""
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import ipc

    image = encode_png(painted("red"))
    table = arrow.table({"image": [{"path": None, "bytes": image}] * 2, "label": [0, 1]})
    for split in ("train", "test"):
        folder = tmp_path / "set" / split
        folder.mkdir(parents=True)
        with ipc.new_stream(folder / "data-00000-of-00001.arrow", table.schema) as file:
            file.write_table(table)
        features = {"image": {"_type": "Image"}, "label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}
        (folder / "dataset_info.json").write_text(json.dumps({"features": features}), encoding="utf-8")
    splits = {"splits": ["train", "test"]}
    (tmp_path / "set" / "dataset_dict.json").write_text(json.dumps(splits), encoding="utf-8")
    found, errors = read(tmp_path / "set")
    assert errors == []
    assert [(each.name, each.label) for each in found] == [
        (f"{split}/data-00000-of-00001/{number:08}", name)
        for split in ("train", "test")
        for number, name in enumerate(("cat", "dog"))
    ]
    (tmp_path / "set" / "test" / "dataset_info.json").write_text("[]", encoding="utf-8")
    found, errors = read(tmp_path / "set")
    assert len(found) == 2
    assert "cannot be read" in errors[0]


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    (tmp_path / "part.parquet").touch()
    assert "pip install 'whylight[scale]'" in read(tmp_path / "part.parquet")[1][0]


def test_a_report_of_a_tar_stays_in_its_folder_and_is_resumed(explainer: Explainer, tmp_path: Path) -> None:
    image = encode_png(painted("blue"))
    path = tar_of(
        tmp_path / "shard.tar", {"../../evil.png": image, "blue/a.png": image, "b.cls": b"0", "b.png": image}
    )
    out = tmp_path / "deep" / "er" / "out"
    before = {each for each in tmp_path.rglob("*") if out not in each.parents}
    report = write_report(explainer, [path], out)
    assert (report.explained, report.total, report.failed) == (3, 3, 0)
    with report.table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["label"]) for row in rows] == [
        ("../../evil.png", ""), ("blue/a.png", "blue"), ("b.png", "red")
    ]  # fmt: skip
    assert {each for each in tmp_path.rglob("*") if out not in each.parents} == before | {
        out, out.parent, out.parent.parent
    }  # fmt: skip
    assert write_report(explainer, [path], out).earlier == 3


def test_lists_on_the_command_line(
    colour_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_image(tmp_path / "a.png", painted("red"))
    (tmp_path / "list.csv").write_text("path,label\na.png,green\n")
    out = tmp_path / "out"
    command = ["explain", str(tmp_path / "list.csv"), "--model", str(colour_model)]
    assert main([*command, "--out", str(out)]) == 0
    assert "its folder says green" in (out / "index.html").read_text(encoding="utf-8")
    capsys.readouterr()
    assert main([*command, "--json"]) == 0
    assert '"class": "red"' in capsys.readouterr().out


def test_images_are_counted_while_the_first_are_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources_module, "AHEAD", 3)
    for number in range(8):
        (tmp_path / f"{number}.png").touch()
    with CountedSources([tmp_path], None, lambda *_: None) as found:
        assert found.total >= 4
        assert len(list(found)) == 8
        assert (found.total, found.counted) == (8, True)
        assert len(list(found)) == 8, "a second pass walks again"
    few = CountedSources([tmp_path / "1.png"], None, lambda *_: None)
    assert (few.total, few.counted) == (1, True)


def test_a_tars_images_are_not_all_held(tmp_path: Path) -> None:
    image = encode_png(np.zeros((4, 4, 3), np.uint8))
    path = tar_of(tmp_path / "shard.tar", {f"{number}.png": image for number in range(20)})
    with CountedSources([path], None, lambda *_: None) as found:
        assert (found.total, found.counted) == (1, False)
        assert len(list(found)) == 20
        assert (found.total, found.counted) == (20, True)
