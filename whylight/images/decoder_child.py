"""Child process that decodes what `whylight.images.decoder_process` sends it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from whylight.errors import ImageError
from whylight.images.decode import EncodedImage
from whylight.images.decoder_process import DONE, ERROR, LENGTH, NO_MEMORY, READY, SHAPE
from whylight.images.other_formats import PLUGINS, load_plugin, open_with_plugin
from whylight.sandbox.confine import confine
from whylight.sandbox.messages import encode_error, encode_message

_OPEN_FILES, _FILE_MB = 256, 16

Answer = tuple[dict[str, Any], NDArray[np.uint8] | None]


def main(memory_mb: int) -> int:
    """Answer requests until standard input ends; return the exit status."""
    requests, answers = _streams()
    for kind in PLUGINS:  # libraries are loaded before writing and memory are limited
        load_plugin(kind)
    confine(memory_mb, _OPEN_FILES, _FILE_MB, [])
    _write(answers, {READY: True})
    while head := requests.read(LENGTH.size):
        request = json.loads(requests.read(LENGTH.unpack(head)[0]))
        data = requests.read(LENGTH.unpack(requests.read(LENGTH.size))[0])
        try:
            for answer, image in _TASKS[request["task"]](request, data):
                _write(answers, answer, image)
        except ImageError as error:
            _write(answers, {ERROR: encode_error(error)})
        except MemoryError:
            _write(answers, {NO_MEMORY: True})
    return 0


def _streams() -> tuple[IO[bytes], IO[bytes]]:
    """Return the streams of requests and answers; what libraries print goes nowhere."""
    if sys.platform == "win32":
        import msvcrt

        for number in (0, 1):
            msvcrt.setmode(number, os.O_BINARY)
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return os.fdopen(os.dup(0), "rb"), answers


def _write(answers: IO[bytes], head: Mapping[str, Any], image: NDArray[np.uint8] | None = None) -> None:
    about = dict(head) if image is None else {**head, SHAPE: list(image.shape)}
    encoded = json.dumps(about).encode()
    answers.write(LENGTH.pack(len(encoded)) + encoded)
    answers.write(LENGTH.pack(0 if image is None else image.size))
    if image is not None:
        answers.write(np.ascontiguousarray(image).data.cast("B"))
    answers.flush()


def _size(request: Mapping[str, Any], data: bytes) -> Iterator[Answer]:
    width, height = open_with_plugin(request["name"], request["format"], data).size
    yield {"width": width, "height": height}, None


def _decode(request: Mapping[str, Any], data: bytes) -> Iterator[Answer]:
    width, height = request["size"]
    image, notes = EncodedImage(request["name"], request["format"], (width, height), data).decode_here()
    yield {"notes": [encode_message(note) for note in notes]}, image


def _frames(request: Mapping[str, Any], data: bytes) -> Iterator[Answer]:  # noqa: ARG001
    from whylight.images.video_frames import read_frames

    for name, frame in read_frames(request["name"], request["most"]):
        yield {"frame": name}, frame
    yield {DONE: True}, None


_TASKS = {"size": _size, "decode": _decode, "frames": _frames}
