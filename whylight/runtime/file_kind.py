"""Recognise files that are no ONNX models by their first bytes."""

from __future__ import annotations

import re
from pathlib import Path

from whylight.errors import Message, ModelError

_HEAD_BYTES = 512
_LFS = b"version https://git-lfs.github.com/spec/"
_RUNTIME_PREFIX = re.compile(r"^\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : ")
_WHERE = re.compile(r"^(Load model from .*? failed:|Exception during initialization: )", re.DOTALL)
_EXPORT = Message("export the model to ONNX first")


def refuse_other_files(path: Path) -> None:
    """Refuse a file whose first bytes show that it is no ONNX model.

    Raises:
        ModelError: it is empty, a Git LFS pointer, a web page, text, or a model of another program.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise ModelError(
            "{path}: cannot be read: {reason}", path=path, reason=error.strerror or error
        ) from error
    what = _kind(head)
    if what is not None:
        raise ModelError("{path}: {what}", path=path, what=what)


def unloadable(path: Path, error: Exception) -> ModelError:
    """Return the refusal of an ONNX file that the runtime cannot load."""
    if "protobuf" in str(error).lower() or "Error parsing message" in str(error):
        return ModelError(
            "{path}: the file is truncated or damaged: it does not hold a whole ONNX model. Copy or download "
            "it again",
            path=path,
        )
    return ModelError(
        "{path}: ONNX Runtime cannot load it: {reason}", path=path, reason=runtime_reason(error)
    )


def runtime_reason(error: Exception) -> str:
    """Return what an error of ONNX Runtime says, without its number and the path."""
    return _WHERE.sub("", _RUNTIME_PREFIX.sub("", str(error)))


def _kind(head: bytes) -> Message | None:
    """Return what a file is by its first bytes, or None where it may be a model."""
    if not head:
        return Message("the file is empty")
    if head.startswith(_LFS):
        return Message(
            "this is a Git LFS pointer and not the model itself; run git lfs pull in its repository to get it"
        )
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head")):
        return Message("this is a web page and no ONNX model: a download gave the page in place of the file")
    if head.startswith(b"PK\x03\x04"):
        return Message(
            "this is a ZIP archive and no ONNX model, such as a PyTorch checkpoint or a Keras file; "
            "{way_out}",
            way_out=_EXPORT,
        )
    if head.startswith(b"\x80") and head[1:2] in b"\x02\x03\x04\x05":
        return Message("this is a Python pickle and no ONNX model; {way_out}", way_out=_EXPORT)
    if head.startswith(b"\x89HDF"):
        return Message("this is an HDF5 file and no ONNX model; {way_out}", way_out=_EXPORT)
    if head[4:8] == b"TFL3":
        return Message(
            "this is a TensorFlow Lite model and no ONNX model; python -m tf2onnx.convert --tflite converts "
            "it"
        )
    if _is_text(head):
        return Message("this is text and no ONNX model")
    return None


def _is_text(head: bytes) -> bool:
    """Return whether bytes are text: UTF-8 without control characters."""
    try:
        decoded = head[:-4].decode() if len(head) == _HEAD_BYTES else head.decode()
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\r\n\f" for character in decoded)
