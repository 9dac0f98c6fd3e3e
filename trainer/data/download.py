"""Download a large file over HTTP with resumption and an MD5 check."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from pathlib import Path

from whylight.errors import TrainingError

from ..progress.event import OnProgress, ProgressEvent

_CHUNK = 1 << 20
MEGABYTE = 10**6
"""Unit of progress, in bytes."""
_TIMEOUT_S = 60
_RANGE_NOT_SATISFIABLE = 416


def fetch(url: str, target: Path, *, md5: str, on_progress: OnProgress) -> None:
    """Download `url` to `target`, resuming from `target`.part if it exists.

    A broken connection is resumed as long as each attempt makes progress. Raises `TrainingError` naming the
    file to fetch by hand if the server cannot be reached or the MD5 does not match.
    """
    part = target.with_name(target.name + ".part")
    while True:
        before = _size(part)
        try:
            _receive(url, part, on_progress)
            break
        except (OSError, http.client.HTTPException) as error:
            if _size(part) > before:
                continue
            raise TrainingError(
                "cannot download {url}: {reason}. Run the same command again to go on where it "
                "stopped, or fetch the file elsewhere and put it at {target}",
                url=url,
                reason=error,
                target=target,
            ) from error
    try:
        check_md5(part, md5, on_progress)
    except TrainingError:
        part.unlink()
        raise
    part.replace(target)


def check_md5(path: Path, expected: str, on_progress: OnProgress) -> None:
    """Raise `TrainingError` if the file's MD5 is not `expected`."""
    digest = hashlib.md5(usedforsecurity=False)
    total = path.stat().st_size
    done = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            on_progress(ProgressEvent(f"Checking {path.name}", done // MEGABYTE, total // MEGABYTE, "MB"))
    if digest.hexdigest() != expected:
        raise TrainingError(
            "{path} ({total:,} bytes) is not the file expected: its MD5 is {found}, not "
            "{expected}. It is damaged or of another version: fetch it again",
            path=path,
            total=total,
            found=digest.hexdigest(),
            expected=expected,
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _receive(url: str, part: Path, on_progress: OnProgress) -> None:
    """Append the missing bytes of `url` to `part`, in one connection.

    Raises `OSError` if the connection ends early.
    """
    have = _size(part)
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if have and error.code == _RANGE_NOT_SATISFIABLE:
            return  # complete; the MD5 check follows
        raise
    with response:
        if response.status != http.HTTPStatus.PARTIAL_CONTENT:
            have = 0  # the server ignores Range: start again
        length = response.headers.get("Content-Length")
        total = have + int(length) if length is not None else 0
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab" if have else "wb") as file:
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                have += len(chunk)
                title = f"Downloading {part.stem}"
                on_progress(ProgressEvent(title, have // MEGABYTE, max(total, have) // MEGABYTE, "MB"))
    if have < total:
        raise ConnectionError(f"the connection ended after {have:,} of {total:,} bytes")
