"""Against a server on this machine that can resume, refuse to resume, and break off."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from trainer.data.archive import Archive, ensure_downloaded
from trainer.data.download import fetch
from trainer.progress.event import ProgressEvent
from whylight.errors import TrainingError

CONTENT = bytes(range(256)) * 8000
MD5 = hashlib.md5(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.resumes = True
        self.bytes_before_break: int | None = None
        self.ranges: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/data.tar"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers["Range"]
        self.server.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.server.resumes else 0
        if start >= len(self.server.content):
            self.send_error(416)
            return
        body = self.server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.bytes_before_break])

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def _ignore(_: ProgressEvent) -> None: ...


def test_a_file_arrives_whole(server: Server, tmp_path: Path) -> None:
    seen: list[ProgressEvent] = []
    fetch(server.url, tmp_path / "new" / "data.tar", md5=MD5, on_progress=seen.append)
    assert (tmp_path / "new" / "data.tar").read_bytes() == CONTENT
    assert list((tmp_path / "new").iterdir()) == [tmp_path / "new" / "data.tar"]
    assert (seen[0].title, seen[0].total, seen[0].unit) == ("Downloading data.tar", 2, "MB")


def test_it_goes_on_where_an_earlier_run_stopped(server: Server, tmp_path: Path) -> None:
    (tmp_path / "data.tar.part").write_bytes(CONTENT[:1_000_001])
    fetch(server.url, tmp_path / "data.tar", md5=MD5, on_progress=_ignore)
    assert (tmp_path / "data.tar").read_bytes() == CONTENT
    assert server.ranges == ["bytes=1000001-"]


def test_a_complete_part_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "data.tar.part").write_bytes(CONTENT)
    fetch(server.url, tmp_path / "data.tar", md5=MD5, on_progress=_ignore)
    assert (tmp_path / "data.tar").read_bytes() == CONTENT


def test_a_server_that_cannot_resume_is_read_from_the_start(server: Server, tmp_path: Path) -> None:
    server.resumes = False
    (tmp_path / "data.tar.part").write_bytes(b"something else")
    fetch(server.url, tmp_path / "data.tar", md5=MD5, on_progress=_ignore)
    assert (tmp_path / "data.tar").read_bytes() == CONTENT


def test_broken_connections_are_taken_up_again(server: Server, tmp_path: Path) -> None:
    server.bytes_before_break = 700_000
    fetch(server.url, tmp_path / "data.tar", md5=MD5, on_progress=_ignore)
    assert (tmp_path / "data.tar").read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=700000-", "bytes=1400000-"]


def test_the_wrong_file_is_refused_and_not_kept(server: Server, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=f"its MD5 is {MD5}, not {'0' * 32}"):
        fetch(server.url, tmp_path / "data.tar", md5="0" * 32, on_progress=_ignore)
    assert list(tmp_path.iterdir()) == []


def test_what_came_is_kept_when_nothing_more_comes(server: Server, tmp_path: Path) -> None:
    (tmp_path / "data.tar.part").write_bytes(CONTENT[:1000])
    server.bytes_before_break = 0
    with pytest.raises(TrainingError, match="Run the same command again") as caught:
        fetch(server.url, tmp_path / "data.tar", md5=MD5, on_progress=_ignore)
    assert str(tmp_path / "data.tar") in str(caught.value)
    assert (tmp_path / "data.tar.part").read_bytes() == CONTENT[:1000]


def _tar(*names: str, mode: str = "w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:  # type: ignore[call-overload]
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size = 3
            tar.addfile(entry, io.BytesIO(b"jpg"))
    return buffer.getvalue()


def _archive(server: Server, content: bytes, inner: str | None = None) -> Archive:
    server.content = content
    md5 = hashlib.md5(content).hexdigest()
    return Archive(record="https://example.org/1", url=server.url, md5=md5, folder="set", inner=inner)


def test_an_archive_is_downloaded_and_unpacked_once(server: Server, tmp_path: Path) -> None:
    archive = _archive(server, _tar("set/a/1.jpg", "set/b/2.jpg"))
    assert ensure_downloaded(archive, tmp_path, _ignore) == tmp_path / "set"
    assert (tmp_path / "set" / "b" / "2.jpg").read_bytes() == b"jpg"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data.tar", "set"]
    assert ensure_downloaded(archive, tmp_path / "set", _ignore) == tmp_path / "set"
    assert len(server.ranges) == 1


def test_a_tar_within_a_zip_is_unpacked(server: Server, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as outer:
        outer.writestr("outer/set.tar.gz", _tar("set/a/1.jpg", mode="w:gz"))
        outer.writestr("outer/other.tar", b"not looked at")
    seen: list[ProgressEvent] = []
    ensure_downloaded(_archive(server, buffer.getvalue(), "outer/set.tar.gz"), tmp_path, seen.append)
    assert seen[-1].title == "Unpacking data.tar"
    assert (tmp_path / "set" / "a" / "1.jpg").read_bytes() == b"jpg"


def test_an_archive_put_there_by_hand_needs_no_network(server: Server, tmp_path: Path) -> None:
    archive = replace(_archive(server, _tar("set/a/1.jpg")), url="http://127.0.0.1:9/data.tar")
    (tmp_path / "data.tar").write_bytes(server.content)
    ensure_downloaded(archive, tmp_path, _ignore)
    assert (tmp_path / "set" / "a" / "1.jpg").exists()
    assert server.ranges == []


def test_offline_the_error_says_which_file_to_put_where(tmp_path: Path) -> None:
    archive = Archive(
        record="https://example.org/1", url="http://127.0.0.1:9/data.tar", md5=MD5, folder="set"
    )
    with pytest.raises(TrainingError) as caught:
        ensure_downloaded(archive, tmp_path / "pictures", _ignore)
    for part in (archive.url, archive.record, str(tmp_path / "pictures" / "data.tar")):
        assert part in str(caught.value)
    assert not (tmp_path / "pictures").exists()


@pytest.mark.parametrize(
    "content",
    [
        _tar("set/a/1.jpg", "../evil.jpg"),
        _tar("other/1.jpg"),
        _tar("set/a/1.jpg")[:600],
        b"no archive at all",
    ],
    ids=["climbing", "another folder", "cut off", "no archive"],
)
def test_a_bad_archive_leaves_nothing_behind(server: Server, tmp_path: Path, content: bytes) -> None:
    data = tmp_path / "inside"
    with pytest.raises(TrainingError, match="cannot unpack"):
        ensure_downloaded(_archive(server, content), data, _ignore)
    assert [p.name for p in data.iterdir()] == ["data.tar"]
    assert [p.name for p in tmp_path.iterdir()] == ["inside"]
