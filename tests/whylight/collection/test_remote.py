"""Images on other file systems: a local S3 server, `file://`, and what cannot be reached."""

from __future__ import annotations

import csv
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError
from urllib.parse import parse_qs, unquote, urlsplit
from urllib.request import urlopen

import pytest

from tests.whylight.conftest import painted
from whylight.collection.remote import address_of
from whylight.errors import ImageError
from whylight.explainer import Explainer
from whylight.images.encode import encode_png, write_image
from whylight.report import write_report

pytest.importorskip("pyarrow.fs")


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("s3:/bucket/a", "s3://bucket/a"),
        ("gs://bucket", "gs://bucket"),
        ("file:///tmp/x", "file:///tmp/x"),
        ("C:/x", None),
        ("photos/a.png", None),
    ],
)
def test_addresses_are_known_from_paths(path: str, address: str | None) -> None:
    assert address_of(Path(path)) == address


def test_a_folder_by_its_address_gives_the_same_table(
    explainer: Explainer, images: Path, tmp_path: Path
) -> None:
    def rows(out: Path) -> list[dict[str, str]]:
        with (out / "predictions.csv").open(encoding="utf-8-sig", newline="") as file:
            return [{**row, "error": bool(row["error"])} for row in csv.DictReader(file)]

    write_report(explainer, [images], tmp_path / "plain")
    first = write_report(explainer, [Path(images.as_uri())], tmp_path / "remote")
    assert (first.explained, first.failed) == (3, 2)
    assert rows(tmp_path / "remote") == rows(tmp_path / "plain")
    assert write_report(explainer, [Path(images.as_uri())], tmp_path / "remote").earlier == 3


def test_what_is_not_there_is_said(explainer: Explainer, tmp_path: Path) -> None:
    for address, says in (
        ((tmp_path / "nowhere").as_uri(), "there is no such file or folder"),
        ("nosuch://bucket/x", "cannot be read"),
    ):
        report = write_report(explainer, [Path(address)], tmp_path / "out", force=True)
        assert report.explained == 0
        (failure,) = report.failures
        assert says in failure.reason


def test_a_file_that_went_meanwhile_is_said(tmp_path: Path) -> None:
    from whylight.collection.remote import walk_remote

    write_image(tmp_path / "a.png", painted("red"))
    (file,) = walk_remote(tmp_path.as_uri())
    (tmp_path / "a.png").unlink()
    with pytest.raises(ImageError, match="cannot be read"):
        file.read()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The address of a bucket with three images on a local S3 server."""
    pytest.importorskip("moto.server")
    boto3 = pytest.importorskip("boto3")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            try:
                urlopen(f"http://127.0.0.1:{port}/", timeout=5)
                break
            except (URLError, OSError):
                time.sleep(0.1)
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "y", "region_name": "us-east-1"}
        client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", **keys)
        client.create_bucket(Bucket="pictures")
        for name in ("red/1.png", "red/2.png", "blue/1.png"):
            body = encode_png(painted(name.partition("/")[0]))
            client.put_object(Bucket="pictures", Key=f"all/{name}", Body=body)
        client.put_object(Bucket="pictures", Key="all/notes.txt", Body=b"no image")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
        yield f"s3://pictures/all?scheme=http&endpoint_override=127.0.0.1:{port}&region=us-east-1"
    finally:
        server.kill()
        server.wait()


def test_a_bucket_of_s3(bucket: str, explainer: Explainer, tmp_path: Path) -> None:
    report = write_report(explainer, [Path(bucket)], tmp_path / "out")
    assert (report.explained, report.failed) == (3, 0), report.failures
    with report.table.open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["file"], row["label"], row["class_1"]) for row in csv.DictReader(file)]
    assert rows == [
        ("blue/1.png", "blue", "blue"), ("red/1.png", "red", "red"), ("red/2.png", "red", "red")
    ]  # fmt: skip
    assert write_report(explainer, [Path(bucket)], tmp_path / "out").earlier == 3


_OBJECTS = ("all/1.png", "all/red/10.png", "all/red/2.png", "all/blue/deep/1.png", "all/notes.txt")
_IN_ORDER = ["1.png", "blue/deep/1.png", "red/2.png", "red/10.png"]
"""Files before folders, by the value of numbers."""


def _colour(name: str) -> str:
    return "blue" if "blue" in name else "red"


class _GoogleStorage(BaseHTTPRequestHandler):
    """The part of Google's storage that is asked for: objects, and none that stand for folders."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        name = unquote(parts.path.rpartition("/o/")[2]) if "/o/" in parts.path else ""
        if query.get("alt") == "media" or parts.path.startswith("/bucket/"):
            name = name or unquote(parts.path.removeprefix("/bucket/"))
            self._send(200, encode_png(painted(_colour(name))), "image/png")
        elif name in _OBJECTS:
            self._send(200, json.dumps(self._described(name)).encode())
        elif parts.path.endswith("/o"):
            prefix, delimiter = query.get("prefix", ""), query.get("delimiter")
            names = [each for each in _OBJECTS if each.startswith(prefix)]
            if delimiter:
                names = [each for each in names if delimiter not in each.removeprefix(prefix)]
            self._send(200, json.dumps({"items": [self._described(each) for each in names]}).encode())
        else:
            self._send(404, b'{"error": {"code": 404, "message": "Not Found"}}')

    def _described(self, name: str) -> dict[str, str]:
        return {
            "kind": "storage#object",
            "name": name,
            "bucket": "bucket",
            "generation": "1",
            "size": str(len(encode_png(painted(_colour(name))))),
            "updated": "2026-11-28T06:00:00.000Z",
        }

    def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_googles_folders_without_an_object_of_their_own(explainer: Explainer, tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _GoogleStorage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"gs://anonymous@bucket/all?scheme=http&endpoint_override=127.0.0.1:{server.server_port}"
        report = write_report(explainer, [Path(address)], tmp_path / "out")
    finally:
        server.shutdown()
        server.server_close()
    assert (report.explained, report.failed) == (4, 0), report.failures
    assert _files(report.table) == _IN_ORDER


def test_a_file_system_of_fsspec(explainer: Explainer, tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    for name in _OBJECTS:
        memory.pipe(f"/pictures/{name}", encode_png(painted(_colour(name))))
    report = write_report(explainer, [Path("memory://pictures/all")], tmp_path / "out")
    assert (report.explained, report.failed) == (4, 0), report.failures
    assert _files(report.table) == _IN_ORDER
    memory.rm("/pictures/all/1.png")
    again = write_report(explainer, [Path("memory://pictures/all")], tmp_path / "out")
    assert (again.explained, again.earlier) == (3, 3)


def test_a_client_that_fails_in_its_own_way_is_said(
    explainer: Explainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    memory.pipe("/failing/a.png", encode_png(painted("red")))

    class ClientError(Exception):
        """As those of botocore, aiohttp and paramiko, which are no OSErrors."""

    def fail(*_: object, **__: object) -> None:
        raise ClientError("the line was cut")

    monkeypatch.setattr(type(memory), "_open", fail)
    report = write_report(explainer, [Path("memory://failing")], tmp_path / "out")
    (failure,) = report.failures
    assert "the line was cut" in failure.reason
    monkeypatch.setattr(type(memory), "ls", fail)
    report = write_report(explainer, [Path("memory://failing")], tmp_path / "listing")
    (failure,) = report.failures
    assert "the line was cut" in failure.reason


def _files(table: Path) -> list[str]:
    with table.open(encoding="utf-8-sig", newline="") as file:
        return [row["file"] for row in csv.DictReader(file)]
