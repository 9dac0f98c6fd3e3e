"""Decoding in a child process: the same images, and whatever ends the child ends nothing else."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.whylight.conftest import painted
from whylight.collection import video
from whylight.errors import ImageError, ResourceError
from whylight.images import decode, decoder_process
from whylight.images.decode import open_image, read_image
from whylight.images.decoder_process import Decoder, close_decoders
from whylight.images.encode import encode_png
from whylight.images.limits import TIME_VARIABLE

posix = pytest.mark.skipif(os.name == "nt", reason="needs signals")


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    close_decoders()
    monkeypatch.delenv("WHYLIGHT_ISOLATION", raising=False)
    yield
    close_decoders()


@pytest.fixture
def all_in_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "CHILD_WORK", 0)


def idle_child() -> Decoder:
    """The one child that waits for work."""
    (decoder,) = decoder_process._pool._idle
    return decoder


def encoded(kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(painted("red")).save(file, kind)
    return file.getvalue()


def test_heic_is_decoded_in_a_child_with_the_same_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pillow_heif").register_heif_opener()
    data = encoded("HEIF")
    found = read_image(data)
    here = idle_child()
    read_image(data)
    assert idle_child() is here, "one child is kept for further images"
    monkeypatch.setenv("WHYLIGHT_ISOLATION", "off")
    assert np.array_equal(found, read_image(data))
    broken = data[: len(data) // 2]
    with pytest.raises(ImageError) as off:
        read_image(broken)
    monkeypatch.delenv("WHYLIGHT_ISOLATION")
    with pytest.raises(ImageError) as on:
        read_image(broken)
    assert (on.value.message, on.value.message.template) == (off.value.message, off.value.message.template)


@pytest.mark.usefixtures("all_in_children")
def test_notes_and_orientation_come_back() -> None:
    levels = np.linspace(0, 1000, 60 * 80).reshape(60, 80).astype(np.uint16)
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "PNG")
    image, notes = open_image(file.getvalue()).decode_noting()
    assert image.shape == (60, 80, 3)
    assert [note.template for note in notes] == ["values of 0 to {most:,} in 16 bits, shown as {bits} bits"]
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    Image.fromarray(painted("red")).save(file, "JPEG", exif=exif)
    assert read_image(file.getvalue()).shape == (80, 60, 3)


@posix
@pytest.mark.usefixtures("all_in_children")
def test_a_crash_and_a_hang_are_said_of_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child is stopped before it is asked, so that it cannot have answered."""
    data = encode_png(painted("red"))
    read_image(data)
    ask, asked = Decoder.ask, []

    def fatal(self: Decoder, *request: Any) -> None:
        asked.append(self)
        self._process.send_signal(signal.SIGSTOP)
        ask(self, *request)
        self._process.send_signal(signal.SIGSEGV)
        self._process.send_signal(signal.SIGCONT)

    with monkeypatch.context() as patched:
        patched.setattr(Decoder, "ask", fatal)
        with pytest.raises(ImageError, match=r"the image: the process that decoded it crashed \(SIGSEGV\)"):
            read_image(data)
    assert len(asked) == 2, "tried again in a child that no other image has touched"
    read_image(data)
    idle_child()._process.send_signal(signal.SIGSTOP)
    monkeypatch.setenv(TIME_VARIABLE, "0.5")
    with pytest.raises(ImageError, match=rf"not decoded after 0\.5 s, the limit.*{TIME_VARIABLE}"):
        read_image(data)
    monkeypatch.delenv(TIME_VARIABLE)
    assert read_image(data).shape == (60, 80, 3)


@posix
@pytest.mark.usefixtures("all_in_children")
def test_a_child_that_died_idle_is_replaced() -> None:
    data = encode_png(painted("red"))
    read_image(data)
    first = idle_child()
    first._process.kill()
    assert read_image(data).shape == (60, 80, 3)
    assert idle_child() is not first


@pytest.mark.skipif(sys.platform != "linux", reason="the system has no such limit")
@pytest.mark.usefixtures("all_in_children")
def test_memory_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder_process, "DECODER_MEMORY_MB", 300)
    pixels = np.random.default_rng(0).integers(0, 256, (10_000, 10_000), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=0)
    with pytest.raises(ImageError, match=r"memory|crashed"):
        read_image(file.getvalue())
    assert read_image(encode_png(painted("red"))).shape == (60, 80, 3)


@pytest.mark.usefixtures("all_in_children")
def test_without_a_child_large_images_are_decoded_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder_process, "child_command", lambda *_: ["/nowhere/python"])
    assert read_image(encode_png(painted("red"))).shape == (60, 80, 3)
    pytest.importorskip("pillow_heif").register_heif_opener()
    with pytest.raises(ImageError, match="the process that decodes cannot be started"):
        read_image(encoded("HEIF"))


@posix
@pytest.mark.usefixtures("all_in_children")
def test_another_program_in_pythons_place_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python inside of another program, whose `sys.executable` is that program."""
    asked: list[str] = []
    monkeypatch.setattr(decoder_process._pool, "_why_not", None)
    monkeypatch.setattr(
        decoder_process, "child_command", lambda *_: asked.append("") or ["/bin/sh", "-c", "exit 3"]
    )
    for _ in range(3):
        assert read_image(encode_png(painted("red"))).shape == (60, 80, 3)
    assert len(asked) == 1
    pytest.importorskip("pillow_heif").register_heif_opener()
    with pytest.raises(ImageError, match=r"cannot be started: exit status 3"):
        read_image(encoded("HEIF"))
    monkeypatch.setattr(decoder_process._pool, "_why_not", None)


@posix
@pytest.mark.usefixtures("all_in_children")
def test_a_child_that_does_not_take_a_request_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a pipe holds, so that the request itself would wait."""
    read_image(encode_png(painted("red")))
    child = idle_child()
    child._process.send_signal(signal.SIGSTOP)
    monkeypatch.setenv(TIME_VARIABLE, "1")
    pixels = np.random.default_rng(0).integers(0, 256, (400, 400, 3), np.uint8)
    with suppress(ResourceError):  # a second child may be as slow on a machine with much to do
        assert np.array_equal(read_image(encode_png(pixels)), pixels)
    assert child._process.poll() is not None


@pytest.mark.parametrize("text", ["0", "-1", "soon", "inf", "nan"])
@pytest.mark.usefixtures("all_in_children")
def test_a_limit_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(TIME_VARIABLE, text)
    with pytest.raises(ImageError, match=f"{TIME_VARIABLE} is '{text}'; expected a positive number"):
        read_image(encode_png(painted("red")))


@posix
def test_children_end_with_their_parent() -> None:
    program = (
        "import sys, os; from whylight.images import decode, decoder_process\n"
        "decode.CHILD_WORK = 0; decode.read_image(sys.stdin.buffer.read())\n"
        "print(decoder_process._pool._idle[0]._process.pid, flush=True); os._exit(0)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        input=encode_png(painted("red")),
        stdout=subprocess.PIPE,
        check=True,
    )
    child = int(run.stdout)
    gone = threading.Event()
    for _ in range(200):
        try:
            os.kill(child, 0)
        except OSError:
            return
        if "\nState:\tZ" in _status(child):  # nobody waits for it, in a container without an init
            return
        gone.wait(0.05)
    pytest.fail("the child still runs")


def _status(process: int) -> str:
    try:
        return Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:
        return ""


def clip(path: Path) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for level in (40, 120, 200):
        for _ in range(10):
            writer.write(np.full((48, 64, 3), level, np.uint8))
    writer.release()
    return path


def test_frames_come_from_a_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = clip(tmp_path / "clip.avi")
    found = list(video.read_frames(path))
    assert idle_child().is_usable
    monkeypatch.setenv("WHYLIGHT_ISOLATION", "off")
    here = list(video.read_frames(path))
    assert (
        [name for name, _ in found] == ["0000.000s", "0001.000s", "0002.000s"] == [name for name, _ in here]
    )
    assert all(np.array_equal(one, other) for (_, one), (_, other) in zip(found, here, strict=True))
    monkeypatch.delenv("WHYLIGHT_ISOLATION")
    waiting = [*decoder_process._pool._idle]
    frames = video.read_frames(path)
    next(frames)
    frames.close()
    assert decoder_process._pool._idle == waiting, "another answer was under way"


@pytest.mark.parametrize("isolation", ["on", "off"])
def test_a_video_opens_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, isolation: str) -> None:
    """Lists that name an address or another file, under the name of a video; and images like one another."""
    monkeypatch.setenv("WHYLIGHT_ISOLATION", isolation)
    clip(tmp_path / "other.avi")
    (tmp_path / "clip01.mp4").write_bytes(encode_png(painted("red")))  # OpenCV takes it for clip%02d.mp4
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        lists = {
            f"{kind} of {where}": head + name + tail
            for kind, head, tail in (
                ("hls", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n", "\n#EXT-X-ENDLIST\n"),
                ("concat", "ffconcat version 1.0\nfile ", "\n"),
            )
            for where, name in (("an address", address), ("a file", "other.avi"))
        }
        for number, text in enumerate(lists.values()):
            (tmp_path / f"{number}.mkv").write_text(text)
        for path in sorted(tmp_path.glob("*.m*")):
            with pytest.raises(ImageError, match=path.name):
                list(video.read_frames(path))
        with pytest.raises(TimeoutError):
            server.accept()
    assert len(list(video.read_frames(tmp_path / "other.avi"))) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="reads the limits as Linux lists them")
@pytest.mark.usefixtures("all_in_children")
def test_the_child_is_confined() -> None:
    read_image(encode_png(painted("red")))
    place = Path(f"/proc/{idle_child()._process.pid}")
    status = place.joinpath("status").read_text(encoding="ascii")
    assert "\nNoNewPrivs:\t1\n" in status
    (limit,) = [line for line in place.joinpath("limits").read_text().splitlines() if "Max data size" in line]
    assert limit.split()[3:5] == [str(decoder_process.DECODER_MEMORY_MB * 2**20)] * 2


@posix
def test_a_pipe_is_no_video(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "clip.mp4")
    with pytest.raises(ImageError, match="not a regular file"):
        list(video.read_frames(tmp_path / "clip.mp4"))
    with pytest.raises(ImageError, match="cannot be read"):
        list(video.read_frames(tmp_path / "nowhere.mp4"))


@posix
@pytest.mark.usefixtures("all_in_children")
def test_ctrl_c_in_the_terminal_does_not_reach_the_child() -> None:
    """Else an image would be said to have crashed its decoder."""
    read_image(encode_png(painted("red")))
    assert os.getpgid(idle_child()._process.pid) != os.getpgid(0)


@posix
@pytest.mark.usefixtures("all_in_children")
def test_what_a_limit_ends_may_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode_png(painted("red"))
    read_image(data)
    idle_child()._process.send_signal(signal.SIGSTOP)
    monkeypatch.setenv(TIME_VARIABLE, "0.3")
    with pytest.raises(ResourceError):
        read_image(data)
    monkeypatch.delenv(TIME_VARIABLE)
    with pytest.raises(ImageError) as broken:
        read_image(data[:-20])
    assert not isinstance(broken.value, ResourceError)
