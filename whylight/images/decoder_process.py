"""Decode some formats, large images and videos in child processes.

docs/decisions/0104-some-images-are-decoded-in-a-child-process.md says which and why. A child is kept for
further images. Requests go to its standard input, answers come from its standard output: a JSON object and
some bytes, each with its length before it. Nothing that a child answers is trusted beyond its type and size.
"""

from __future__ import annotations

import atexit
import json
import math
import os
import struct
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BufferedReader
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from whylight.errors import ImageError, Message, ResourceError
from whylight.images.limits import DECODER_MEMORY_MB, DECODER_TIME_S, MAX_PIXELS, TIME_VARIABLE
from whylight.sandbox.memory import OUT_OF_MEMORY
from whylight.sandbox.messages import decode_error, decode_message
from whylight.sandbox.program import DECODER_COMMAND, child_command, child_environment, ending

LENGTH = struct.Struct("<Q")
"""Before the JSON object, and before the bytes behind it."""

LONGEST_HEAD = 1 << 20
"""Bytes of an answer's JSON object."""

READY, DONE, ERROR, NO_MEMORY, SHAPE = "ready", "done", "error", "no memory", "shape"
"""Keys of answers."""

_START_S = 30.0
"""Seconds that a child may take to start; it takes 0.2."""

_MOST_KEPT = 8
"""Children that are kept while they have nothing to do."""

_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_OWN_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


class NoDecoderError(ResourceError):
    """A child process could not be started."""


class _NoProgramError(NoDecoderError):
    """Another program was started: Python runs inside of one."""


class _CrashedError(ResourceError):
    """The child ended before it answered."""


def _needs_memory(name: str) -> ResourceError:
    return ResourceError(
        "{path}: needs more than {limit:,} MiB of memory to be decoded", path=name, limit=DECODER_MEMORY_MB
    )


class Decoder:
    """A child process that decodes."""

    def __init__(self) -> None:
        try:
            self._process = subprocess.Popen(
                child_command(DECODER_COMMAND, str(DECODER_MEMORY_MB)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=child_environment(),
                # Ctrl-C in the terminal is for the parent, which decides what becomes of its children.
                start_new_session=True,
                creationflags=_NO_WINDOW | _OWN_GROUP,
            )
        except OSError as error:
            raise _not_started(error) from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests: IO[bytes] = self._process.stdin
        self._answers = cast(BufferedReader, self._process.stdout)
        self._owner = os.getpid()
        self.has_worked = False
        """Whether it has answered a request."""
        try:
            head, _ = self._receive(_START_S, "")
        except ImageError:
            head = {}
        if READY not in head:
            self.kill()
            raise _NoProgramError(
                "the process that decodes cannot be started: {reason}",
                reason=ending(self._process.returncode),
            )

    @property
    def is_usable(self) -> bool:
        """Return whether this process started it, and it still runs."""
        return self._owner == os.getpid() and self._process.poll() is None

    def kill(self) -> None:
        """End the child."""
        if self._owner != os.getpid():  # a fork's copy; the child is the parent's
            return
        self._process.kill()
        self._process.wait()
        for stream in (self._requests, self._answers):
            with suppress(OSError):
                stream.close()

    def ask(self, request: Mapping[str, Any], data: bytes = b"") -> None:
        """Send a request; nothing happens if the child has ended, which `answer` notices."""
        head = json.dumps(request).encode()
        with suppress(OSError), self._ended_after(time_limit()):  # a child that hangs does not read
            for part in (LENGTH.pack(len(head)), head, LENGTH.pack(len(data)), data):
                self._requests.write(part)
            self._requests.flush()

    def answer(self, name: str) -> tuple[dict[str, Any], NDArray[np.uint8] | None]:
        """Return the answer to a request.

        It is a JSON object, and an image `[H, W, 3]`, if there is one.

        Args:
            name: the file, for messages.

        Raises:
            ImageError: the child says so.
            ResourceError: it crashed, or exceeded a limit of memory or time, and was ended.
        """
        head, image = self._receive(time_limit(), name)
        self.has_worked = True
        if ERROR in head:
            error = decode_error(head[ERROR])
            raise error if isinstance(error, ImageError) else ImageError(error.message)
        if NO_MEMORY in head:
            raise _needs_memory(name)
        return head, image

    def _receive(self, seconds: float, name: str) -> tuple[dict[str, Any], NDArray[np.uint8] | None]:
        """Read an answer; end the child if it is late or makes no sense."""
        try:
            with self._ended_after(seconds) as late:
                head = json.loads(self._read(self._length(LONGEST_HEAD)))
                shape = _shape(head)
                image = None
                if self._length(MAX_PIXELS * 3) != (0 if shape is None else math.prod(shape)):
                    raise EOFError
                if shape is not None:
                    image = np.empty(shape, np.uint8)
                    self._read_into(image.data.cast("B"))
        except (EOFError, OSError, ValueError, TypeError):
            self.kill()
            if late.is_set():
                raise ResourceError(
                    "{path}: not decoded after {seconds:,g} s, the limit; the environment variable "
                    "{variable} sets another",
                    path=name,
                    seconds=seconds,
                    variable=TIME_VARIABLE,
                ) from None
            if self._process.returncode == OUT_OF_MEMORY:
                raise _needs_memory(name) from None
            raise _CrashedError(
                "{path}: the process that decoded it crashed ({how}); the image was not read",
                path=name,
                how=ending(self._process.returncode),
            ) from None
        return head, image

    @contextmanager
    def _ended_after(self, seconds: float) -> Iterator[threading.Event]:
        """Context manager that ends the child after some seconds.

        It yields an event, which is then set.
        """
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            yield late
        finally:
            timer.cancel()

    def _length(self, limit: int) -> int:
        (length,) = LENGTH.unpack(self._read(LENGTH.size))
        if length > limit:
            raise EOFError
        return int(length)

    def _read(self, count: int) -> bytes:
        data = bytes(self._answers.read(count))
        if len(data) != count:
            raise EOFError
        return data

    def _read_into(self, target: memoryview) -> None:
        read = 0
        while read < len(target):
            count = self._answers.readinto(target[read:])
            if not count:
                raise EOFError
            read += count


class _Pool:
    """Children that wait for work."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Decoder] = []
        self._why_not: _NoProgramError | None = None
        atexit.register(self.close)

    def taken(self) -> Decoder:
        """Return a child that waits, or a new one."""
        while True:
            with self._lock:
                decoder = self._idle.pop() if self._idle else None
            if decoder is None:
                return self.fresh()
            if decoder.is_usable:
                return decoder
            decoder.kill()

    def fresh(self) -> Decoder:
        """Return a new child.

        Raises:
            NoDecoderError: it cannot be started; where it never can, at once from the second time on.
        """
        if self._why_not is not None:
            raise NoDecoderError(self._why_not.message)
        try:
            return Decoder()
        except _NoProgramError as error:
            self._why_not = error.with_traceback(None)
            raise

    def put_back(self, decoder: Decoder) -> None:
        """Keep a child for further work, or end it."""
        with self._lock:
            if decoder.is_usable and len(self._idle) < _MOST_KEPT:
                self._idle.append(decoder)
                return
        decoder.kill()

    def close(self) -> None:
        """End the children that wait."""
        with self._lock:
            idle, self._idle = self._idle, []
        for decoder in idle:
            decoder.kill()


_pool = _Pool()


@contextmanager
def _lent(*, fresh: bool = False) -> Iterator[Decoder]:
    """Context manager that lends a child, one that waits unless `fresh`."""
    decoder = _pool.fresh() if fresh else _pool.taken()
    try:
        yield decoder
    except ImageError:  # an answer, or the child is dead
        _pool.put_back(decoder)
        raise
    except BaseException:  # the answer may still be under way
        decoder.kill()
        raise
    _pool.put_back(decoder)


def _answered(
    request: Mapping[str, Any], data: bytes, name: str
) -> tuple[dict[str, Any], NDArray[np.uint8] | None]:
    """Return a child's answer to a request."""
    time_limit()
    try:
        with _lent() as decoder:
            is_used = decoder.has_worked
            decoder.ask(request, data)
            return decoder.answer(name)
    except _CrashedError:
        if not is_used:
            raise
    # What an earlier image did to the child may have ended it, or it died while it waited.
    with _lent(fresh=True) as decoder:
        decoder.ask(request, data)
        return decoder.answer(name)


def size_in_child(name: str, kind: str, data: bytes) -> tuple[int, int]:
    """Return width and height of a file of `other_formats.PLUGINS`.

    Its decoder reads them, in a child.

    Raises:
        ImageError: the decoder does not know it; or see `decode_in_child`.
    """
    head, _ = _answered({"task": "size", "name": str(name), "format": kind}, data, name)
    width, height = int(head["width"]), int(head["height"])
    if width < 1 or height < 1:
        raise ImageError("{path}: cannot be decoded: {reason}", path=name, reason=Message("it has no size"))
    return width, height


def decode_in_child(
    name: str, kind: str, size: tuple[int, int], data: bytes
) -> tuple[NDArray[np.uint8], tuple[Message, ...]]:
    """Decode an image file; return RGB `[H, W, 3]`, upright, and notes.

    Args:
        name: the file, for messages.
        kind: its format.
        size: width and height by its header.
        data: its bytes.

    Raises:
        ImageError: it cannot be decoded; or the child crashed, or exceeded a limit.
        NoDecoderError: no child could be started.
    """
    request = {"task": "decode", "name": str(name), "format": kind, "size": list(size)}
    head, image = _answered(request, data, name)
    if image is None:
        raise ImageError("{path}: cannot be decoded: {reason}", path=name, reason=Message("it has no size"))
    return image, tuple(decode_message(note) for note in head.get("notes", ()))


def frames_from_child(name: str, most: int) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield names and images of the frames of a video.

    They are as those of `whylight.collection.video`.

    Args:
        name: path of the video.
        most: frames at most.

    Raises:
        ImageError, NoDecoderError: as by `decode_in_child`.
    """
    with _lent(fresh=True) as decoder:
        decoder.ask({"task": "frames", "name": name, "most": most})
        while True:
            head, image = decoder.answer(name)
            if DONE in head:
                return
            if image is not None:  # else a sign that it is still at work
                yield str(head["frame"]), image


def close_decoders() -> None:
    """End the children that wait for work."""
    _pool.close()


def time_limit() -> float:
    """Return the seconds that a child may take for an image.

    Raises:
        ImageError: the environment variable that replaces them is no positive number.
    """
    text = os.environ.get(TIME_VARIABLE)
    if not text:
        return DECODER_TIME_S
    with suppress(ValueError):
        if 0 < (value := float(text)) < math.inf:
            return value
    raise ImageError(
        "the environment variable {variable} is '{text}'; expected a positive number",
        variable=TIME_VARIABLE,
        text=text,
    )


def _not_started(reason: object) -> NoDecoderError:
    return NoDecoderError("the process that decodes cannot be started: {reason}", reason=reason)


def _shape(head: Any) -> tuple[int, int, int] | None:
    """Return the shape of an answer's image, or None.

    Raises:
        ValueError: the answer makes no sense.
    """
    if not isinstance(head, dict):
        raise ValueError("no answer")  # noqa: TRY004 (of what a child wrote, not of our own)
    shape = head.get(SHAPE)
    if shape is None:
        return None
    height, width, channels = map(int, shape)
    if not (height > 0 and width > 0 and channels == 3 and height * width <= MAX_PIXELS):
        raise ValueError("no image")
    return height, width, channels
