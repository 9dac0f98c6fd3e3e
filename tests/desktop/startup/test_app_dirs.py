"""Where things are kept: in the platform's places, or beside the program."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest

from desktop.settings import Settings
from desktop.startup import app_dirs
from desktop.startup.app_dirs import AppDirs, find_app_dirs, program_folder, standard_data_folder


@pytest.fixture
def program(application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a program that has just been unpacked."""
    folder = tmp_path / "Whylight"
    folder.mkdir()
    monkeypatch.setattr(app_dirs, "program_folder", lambda: folder)
    return folder


def test_things_are_where_the_platform_keeps_them(program):
    assert find_app_dirs(portable=False) == AppDirs(None, standard_data_folder())
    assert Settings(None).data_folder == standard_data_folder()
    assert standard_data_folder().name == "Whylight"
    assert not list(program.iterdir())


def test_a_portable_copy_stays_one(program):
    found = find_app_dirs(portable=True)
    assert found == AppDirs(program / "portable" / "settings.ini", program / "portable")
    settings = Settings(found.settings)
    settings.add_folder(program)
    settings.sync()
    assert settings.data_folder == program / "portable"
    again = find_app_dirs(portable=False)
    assert again == found
    assert Settings(again.settings).folders == [program]


@pytest.mark.parametrize("obstacle", ["file", "no folder"])
def test_where_nothing_can_be_written_beside_the_program_it_says_so(program, obstacle, monkeypatch):
    if obstacle == "file":
        (program / "portable").write_text("")
    else:
        monkeypatch.setattr(app_dirs, "program_folder", lambda: program / "gone")
    found = find_app_dirs(portable=True)
    assert (found.settings, found.data) == (None, standard_data_folder())
    assert str(app_dirs.program_folder() / "portable") in found.trouble
    assert str(standard_data_folder()) in found.trouble


def test_a_read_only_medium_is_noticed(program, monkeypatch):
    (program / "portable").mkdir()

    def refuse(**options: Path) -> None:
        raise OSError(30, "Read-only file system", str(options["dir"]))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    assert "Read-only file system" in find_app_dirs(portable=False).trouble


@pytest.mark.parametrize(
    ("platform", "program", "expected"),
    [
        ("linux", "apps/Whylight/Whylight", "apps/Whylight"),
        ("darwin", "Apps/Whylight.app/Contents/MacOS/Whylight", "Apps"),
    ],
)
def test_beside_the_program_is_where_the_user_sees_it(platform, program, expected, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(sys, "executable", str(tmp_path / program))
    assert program_folder() == (tmp_path / expected).resolve()
