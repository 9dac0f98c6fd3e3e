"""A second start hands over to the first window; nothing that goes wrong with that stops a start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QFileOpenEvent

from desktop.startup import single_instance
from desktop.startup.open_requests import OpenRequests, bring_forward
from desktop.startup.single_instance import OpenRequest, SingleInstance

ROOT = Path(single_instance.__file__).parents[2]
LOOK_S = 0.05

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="places of Linux, signals")


HAND_OVER = """
import pathlib, sys, types
from desktop.startup.single_instance import SingleInstance
call = types.SimpleNamespace(encode=lambda: bytes.fromhex(sys.argv[2]))
sys.exit(0 if SingleInstance(pathlib.Path(sys.argv[1])).hand_over(call) else 1)
"""


class Starts:
    """Starts of the real program by one user, whose home and session are in a folder."""

    def __init__(self, folder: Path) -> None:
        self.settings = folder / "config" / "Whylight" / "Whylight.ini"
        self.log = folder / "data" / "Whylight" / "Whylight" / "logs" / "whylight.log"
        (folder / "run").mkdir(mode=0o700)
        self._environment = os.environ | {
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "OMP_NUM_THREADS": "1",
        }
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: object, cwd: Path = ROOT) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "desktop", *map(str, arguments)]
        process = subprocess.Popen(command, cwd=cwd, env=self._environment)
        self._processes.append(process)
        return process

    def opened(self) -> str:
        """The settings' list of recent folders, as it is on the disk."""
        text = self.settings.read_text(encoding="utf-8") if self.settings.is_file() else ""
        return next((line for line in text.splitlines() if line.startswith("folders=")), "")

    def windows(self) -> int:
        """How many windows have been made."""
        return self.log.read_text(encoding="utf-8").count(": started") if self.log.is_file() else 0

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


@pytest.fixture
def starts(tmp_path: Path) -> Iterator[Starts]:
    starts = Starts(tmp_path)
    yield starts
    starts.end()


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    for _ in range(round(seconds / LOOK_S)):  # not time: a busy machine gets more of it
        if condition():
            return
        time.sleep(LOOK_S)
    pytest.fail(f"no {what}")


@on_linux
def test_a_second_start_hands_its_folder_to_the_first(starts, images):
    first = starts.start(images / "001.red")
    wait_for(lambda: "001.red" in starts.opened(), "first window")
    second = starts.start("003.blue", cwd=images)
    assert second.wait(60) == 0
    wait_for(lambda: str(images / "003.blue") in starts.opened(), "folder handed over")
    assert first.poll() is None
    assert starts.windows() == 1
    other = starts.start("--new-window", images / "002.green")
    wait_for(lambda: starts.windows() == 2, "window of its own")
    assert other.poll() is None


@on_linux
def test_a_crashed_first_is_not_waited_for(starts, images):
    first = starts.start(images / "001.red")
    wait_for(lambda: "001.red" in starts.opened(), "first window")
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = starts.start(images / "002.green")
    wait_for(lambda: "002.green" in starts.opened(), "second window")
    assert starts.start(images / "003.blue").wait(60) == 0
    wait_for(lambda: "003.blue" in starts.opened(), "folder handed over")
    assert second.poll() is None
    assert starts.windows() == 2


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def doors(application, tmp_path, monkeypatch) -> Iterator[Callable[..., SingleInstance]]:
    """Returns a function that makes doors of one place; all are closed in the end."""
    made: list[SingleInstance] = []
    for name in ("XDG_RUNTIME_DIR", "TMPDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(single_instance, "LISTENING_S", 0.2)

    def make(folder: Path = tmp_path) -> SingleInstance:
        made.append(SingleInstance(folder))
        return made[-1]

    yield make
    for door in made:
        door.close()
        door.deleteLater()


@pytest.fixture
def knock(tmp_path: Path, doors: object, wait_until: Callable[..., None]) -> Callable[[bytes], bool]:
    """Returns a function that hands over a line from another process and tells whether it was taken."""

    def say(line: bytes) -> bool:
        command = [sys.executable, "-c", HAND_OVER, str(tmp_path), line.hex()]
        process = subprocess.Popen(command, cwd=ROOT)
        wait_until(lambda: process.poll() is not None, "an answer")
        return process.returncode == 0

    return say


def test_a_call_arrives_as_it_was_made(doors, knock):
    first, second = doors(), doors()
    assert (first.is_first, first.is_running) == (True, False)
    assert (second.is_first, second.is_running) == (False, True)
    heard: list[OpenRequest] = []
    first.called.connect(heard.append)
    first.listen_soon()
    odd = Path(os.fsdecode(b"/\xe5\x86\x99\xff, no text"))
    calls = [OpenRequest(), OpenRequest((Path("/a b"), odd), Path("/m.onnx"), "token")]
    for call in calls:
        assert knock(call.encode())
    assert heard == calls
    first.close()
    assert doors().is_first


def test_a_first_that_is_stuck_or_gone_is_left_alone(doors, knock, monkeypatch):
    monkeypatch.setattr(single_instance, "ANSWER_S", 0.2)
    first, second = doors(), doors()
    assert not second.hand_over(OpenRequest())  # it does not listen yet
    first.listen_soon()
    assert knock(OpenRequest().encode())
    assert not second.hand_over(OpenRequest())  # its event loop does not run meanwhile


def test_nonsense_is_passed_over(doors, knock):
    first = doors()
    heard: list[OpenRequest] = []
    first.called.connect(heard.append)
    first.listen_soon()
    for line in (b"{}\n", b"[1]\n", b"\xff\n", b'{"paths": 1, "model": null, "activation": ""}\n'):
        assert not knock(line)
    assert knock(OpenRequest().encode())
    assert heard == [OpenRequest()]


def test_a_place_that_cannot_be_written_stops_nothing(doors, short_folder):
    (short_folder / "file").write_text("")
    for folder in (short_folder / "file" / "data", short_folder / "file"):
        door = doors(folder)
        assert (door.is_first, door.is_running) == (False, False)
        door.listen_soon()


@on_linux
def test_a_data_folder_too_deep_for_a_socket_has_one_window(
    doors, tmp_path, monkeypatch, short_folder, wait_until
):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(short_folder))
    deep = tmp_path / ("long" * 30)
    door = doors(deep)
    assert door.is_first
    door.listen_soon()
    wait_until(lambda: Path(door.address).exists(), "the socket")
    assert Path(door.address).parent.stat().st_mode & 0o777 == 0o700
    second = doors(deep)
    assert second.is_running
    assert second.address == door.address
    (short_folder / f"whylight-{os.getuid()}").chmod(0o777)  # anybody's: not trusted
    assert Path(doors(deep).address).parent == deep


@on_linux
def test_a_name_too_long_for_a_socket_stops_nothing(doors, tmp_path, monkeypatch, wait_until, caplog):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "nowhere"))
    door = doors(tmp_path / ("long" * 30))
    assert door.is_first
    door.listen_soon()
    wait_until(lambda: "windows of their own" in caplog.text, "the warning")
    assert not doors(tmp_path / ("long" * 30)).is_running  # nobody waits for an answer


@on_linux
def test_only_a_runtime_folder_of_ones_own_is_trusted(doors, short_folder, monkeypatch):
    runtime, data = short_folder / "run", short_folder / "data"
    runtime.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    for mode, place in ((0o700, runtime), (0o777, data)):
        runtime.chmod(mode)
        door = doors(data)
        assert [path.suffix for path in place.iterdir()] == [".lock"]
        door.close()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder / "nowhere"))
    assert doors(data).is_first


@on_linux
def test_other_displays_and_other_places_have_other_doors(doors, tmp_path, monkeypatch):
    assert doors().is_first
    assert not doors().is_first
    assert doors(tmp_path / "portable").is_first
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-7")
    assert doors().is_first


def test_what_macos_asks_for_is_opened(application):
    requests = OpenRequests()
    asked: list[Path] = []
    requests.asked.connect(asked.append)
    application.installEventFilter(requests)
    application.sendEvent(application, QFileOpenEvent(QUrl.fromLocalFile("/Users/me/a b.png")))
    application.sendEvent(application, QFileOpenEvent(QUrl("https://example.org/a.png")))
    application.removeEventFilter(requests)
    assert asked == [Path("/Users/me/a b.png")]


def test_a_minimised_window_comes_forward(open_window, colours, images, monkeypatch, wait_until):
    monkeypatch.delenv(single_instance.ACTIVATION, raising=False)
    window = open_window(images, model=colours)
    window.showMinimized()
    wait_until(window.isMinimized, "it to be small")
    bring_forward(window, "token")
    wait_until(lambda: not window.isMinimized() and window.isVisible(), "it to be back")
    assert os.environ[single_instance.ACTIVATION] == "token"
