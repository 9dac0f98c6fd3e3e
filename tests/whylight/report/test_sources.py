"""Which images a report takes, and that no two of them share their panels."""

from __future__ import annotations

from pathlib import Path

import pytest

from whylight.report.sources import PanelNames, Source, iter_sources


def listed(paths: list[Path], out: Path) -> list[Source]:
    errors: list[Path] = []
    sources = list(iter_sources(paths, out, lambda path, _: errors.append(path)))
    assert errors == []
    return sources


def touched(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def test_names_begin_at_the_folder_asked_for(tmp_path: Path) -> None:
    touched(tmp_path / "pets", "cat.png", "dogs/rex.png")
    sources = listed([tmp_path / "pets"], tmp_path / "out")
    assert [(source.name, source.panels) for source in sources] == [
        ("cat.png", "panels/cat.png"),
        ("dogs/rex.png", "panels/dogs/rex.png"),
    ]


def test_names_of_several_paths_begin_where_they_part(tmp_path: Path) -> None:
    touched(tmp_path, "a/pets/cat.png", "b/pets/cat.png", "cat.png", "c/cat.png")
    wanted = [tmp_path / "a/pets", tmp_path / "b/pets", tmp_path / "cat.png", tmp_path / "c/cat.png"]
    assert [source.panels for source in listed(wanted, tmp_path / "out")] == [
        "panels/a/pets/cat.png",
        "panels/b/pets/cat.png",
        "panels/cat.png",
        "panels/c/cat.png",
    ]
    pair = [tmp_path / "a/pets", tmp_path / "a/pets/cat.png"]
    assert [source.name for source in listed(pair, tmp_path / "out")] == ["pets/cat.png"]


def test_one_file_is_called_by_its_name_however_it_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(touched(tmp_path / "pets", "cat.png", "sub/x.png"))
    for wanted in ("cat.png", "./cat.png", "sub/../cat.png", "../pets/cat.png"):
        assert [source.name for source in listed([Path(wanted)], tmp_path / "out")] == ["cat.png"]
    assert [source.name for source in listed([Path()], Path("out"))] == ["cat.png", "sub/x.png"]


def test_a_image_asked_for_twice_comes_once(tmp_path: Path) -> None:
    touched(tmp_path, "pets/cat.png", "pets/sub/dog.png")
    wanted = [tmp_path / "pets", tmp_path / "pets/sub", tmp_path / "pets/../pets/cat.png"]
    assert [source.path.name for source in listed(wanted, tmp_path / "out")] == ["cat.png", "dog.png"]


def test_an_earlier_report_is_left_out_unless_asked_for(tmp_path: Path) -> None:
    touched(tmp_path, "cat.png", "out/panels/cat.png.image.png")
    assert [source.name for source in listed([tmp_path], tmp_path / "out")] == ["cat.png"]
    asked = tmp_path / "out/panels/cat.png.image.png"
    assert [source.path for source in listed([asked], tmp_path / "out")] == [asked]


def test_panels_never_collide() -> None:
    names = PanelNames()
    given = [
        "a.jpg", "a.png", "A.JPG", "a.jpg", "a.jpg~2",
        "b/a.jpg", "what?.png", "what_.png", "x" * 250, "x" * 251,
    ]  # fmt: skip
    unused = [names.unused(name) for name in given]
    assert unused[:8] == [
        "panels/a.jpg", "panels/a.png", "panels/A.JPG~2", "panels/a.jpg~3", "panels/a.jpg~2~2",
        "panels/b/a.jpg", "panels/what_.png", "panels/what_.png~2",
    ]  # fmt: skip
    assert len({name.casefold() for name in unused}) == len(given)
    assert all(len(name.encode()) < 240 for name in unused)
