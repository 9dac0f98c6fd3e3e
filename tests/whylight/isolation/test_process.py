"""A child process with limits: what it exceeds is said, and nothing else is hurt."""

from __future__ import annotations

import ctypes
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.whylight.isolation import misbehaving
from whylight.errors import MissingFactError, ModelError, UnsupportedOperatorError
from whylight.isolation.limits import Limits, limits_for
from whylight.isolation.process import StoppedError, run_isolated
from whylight.sandbox.memory import JobLimits

linux = pytest.mark.skipif(sys.platform != "linux", reason="the system has no such limit")


ROOMY = Limits(2000, 60)


def run(function: Any, limits: Limits = ROOMY, **arguments: Any) -> Any:
    options = {key: arguments.pop(key) for key in ("writable", "cancelled") if key in arguments}
    task = f"{misbehaving.__name__}:{function.__name__}"
    return run_isolated(task, arguments, limits, name="theirs.onnx", **options)


def test_answers_come_back() -> None:
    value = {"a": [1, 2.5, None, "ä\n"], "b": True}
    assert run(misbehaving.echo, value=value) == value


def test_too_much_memory_is_said_with_the_number() -> None:
    with pytest.raises(ModelError, match=r"theirs\.onnx: needs more than 400 MiB of memory"):
        run(misbehaving.allocate, Limits(400, 60), megabytes=5000)


@pytest.mark.skipif(sys.platform == "win32", reason="a job object limits it there")
def test_too_much_memory_is_said_where_a_thread_watches_it() -> None:
    with pytest.raises(ModelError, match=r"theirs\.onnx: needs more than 4,000 MiB of memory"):
        run(misbehaving.allocate_watched, Limits(4000, 60), megabytes=3000, limit_mb=400)


@pytest.mark.skipif(sys.maxsize < 2**32, reason="the structure is smaller there")
def test_the_limits_of_a_job_have_the_size_that_windows_expects() -> None:
    assert ctypes.sizeof(JobLimits) == 144


@pytest.mark.parametrize("function", [misbehaving.hang, misbehaving.spin])
def test_no_end_is_said_with_the_number(function: Any) -> None:
    with pytest.raises(ModelError, match=r"theirs\.onnx: one step was not done after 2 s"):
        run(function, Limits(1000, 2))


def test_each_step_has_its_time_but_not_any_number_of_steps() -> None:
    assert run(misbehaving.step, Limits(1000, 3), seconds=1, count=5) == 5
    with pytest.raises(ModelError, match="one step was not done after 3 s"):
        run(misbehaving.step, Limits(1000, 3, steps=2), seconds=1, count=1000)


def test_the_user_may_stop_it() -> None:
    asked = threading.Event()
    threading.Timer(0.5, asked.set).start()
    began = time.monotonic()
    with pytest.raises(StoppedError):
        run(misbehaving.hang, cancelled=asked.is_set)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("function", "how"),
    [(misbehaving.crash, "SIGSEGV"), (misbehaving.abort, "SIGABRT"), (misbehaving.leave, "exit status 3")],
)
@pytest.mark.skipif(sys.platform == "win32", reason="crashes have other names there")
def test_a_crash_ends_the_child_only(function: Any, how: str) -> None:
    with pytest.raises(ModelError, match=rf"crashed \({how}\)"):
        run(function)


def test_what_a_library_raises_is_typed() -> None:
    with pytest.raises(ModelError, match="cannot be used: ZeroDivisionError: of the library"):
        run(misbehaving.complain)


def test_errors_come_back_as_they_were() -> None:
    with pytest.raises(MissingFactError, match="which of") as missing:
        run(misbehaving.refuse)
    assert (missing.value.fact, missing.value.choices) == ("scores", ("a", "b"))
    with pytest.raises(UnsupportedOperatorError) as unsupported:
        run(misbehaving.refuse_operator)
    assert (unsupported.value.op_type, unsupported.value.node_name) == ("Loop", "node_3")


@linux
def test_there_is_no_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = run(misbehaving.connect, port=server.getsockname()[1])
    assert found == {"AF_INET": "EACCES", "AF_INET6": "EACCES", "AF_UNIX": "opened"}


@linux
def test_it_writes_where_it_may_only(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
    (outside / "kept.txt").write_text("kept")
    found = run(misbehaving.write, inside=str(inside), outside=str(outside), writable=[inside])
    if found[1] == "written":
        pytest.skip("this kernel has no Landlock")
    assert found == ["written", "EACCES", "EACCES"]
    assert [path.name for path in outside.iterdir()] == ["kept.txt"]


@linux
def test_its_files_are_limited(tmp_path: Path) -> None:
    limits = Limits(1000, 60, open_files=64, file_mb=10)
    assert 0 < run(misbehaving.open_many, limits) < 64
    with pytest.raises(ModelError, match=r"SIGXFSZ|File too large"):
        run(misbehaving.write_much, limits, path=str(tmp_path / "big"), writable=[tmp_path])
    assert (tmp_path / "big").stat().st_size <= 10 * 2**20


def test_limits_grow_with_the_model_and_can_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "small.onnx").write_bytes(b"x")
    with (tmp_path / "large.onnx").open("wb") as file:
        file.truncate(100 * 2**20)
    with (tmp_path / "large.onnx.data").open("wb") as file:
        file.truncate(100 * 2**20)
    small, large = limits_for(tmp_path / "small.onnx"), limits_for(tmp_path / "large.onnx")
    assert small.memory_mb < large.memory_mb
    assert large.time_s == pytest.approx(small.time_s + 200)
    monkeypatch.setenv("WHYLIGHT_MODEL_MEMORY_MB", "123")
    monkeypatch.setenv("WHYLIGHT_MODEL_TIME_S", "4.5")
    assert limits_for(tmp_path / "small.onnx") == Limits(123, 4.5)
    monkeypatch.setenv("WHYLIGHT_MODEL_TIME_S", "-1")
    with pytest.raises(ModelError, match="WHYLIGHT_MODEL_TIME_S is '-1'; expected a positive number"):
        limits_for(tmp_path / "small.onnx")
