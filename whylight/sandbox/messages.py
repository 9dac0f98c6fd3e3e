"""Errors and messages as JSON, between a child process and its parent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from whylight import errors
from whylight.errors import CommandHint, Message, ModelError, UnsupportedOperatorError, WhylightError

_EXTRA_ATTRIBUTES = ("op_type", "node_name")


def encode_error(error: WhylightError) -> dict[str, Any]:
    """Return an error as plain values."""
    extra = {name: getattr(error, name) for name in _EXTRA_ATTRIBUTES if hasattr(error, name)}
    return {"type": type(error).__name__, "message": _encode(error.message), "extra": extra}


def decode_error(record: dict[str, Any]) -> WhylightError:
    """Return the error of `encode_error`; of an unknown type, a `ModelError`."""
    kind = getattr(errors, str(record["type"]), ModelError)
    message = _decode(record["message"])
    if kind is UnsupportedOperatorError:
        extra = record["extra"]
        found = UnsupportedOperatorError(str(extra["op_type"]), str(extra["node_name"]))
        found.message = message
        return found
    if not (isinstance(kind, type) and issubclass(kind, WhylightError)):
        kind = ModelError
    error = kind(message)
    assert isinstance(error, WhylightError)
    return error


def encode_message(message: Message) -> Any:
    """Return a message as plain values."""
    return _encode(message)


def decode_message(record: Any) -> Message:
    """Return the message of `encode_message`."""
    message = _decode(record)
    return message if isinstance(message, Message) else Message("{text}", text=message)


def _encode(value: object) -> Any:
    if isinstance(value, Message):
        fields = {name: _encode(field) for name, field in value.fields.items()}
        return {"message": value.template, "hint": isinstance(value, CommandHint), "fields": fields}
    if isinstance(value, (list, tuple)):
        return {"items": [_encode(item) for item in value]}
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Path):
        return str(value)
    try:  # numbers of NumPy, so that their format stays one of numbers
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value)


def _decode(value: Any) -> Any:
    if isinstance(value, dict) and "items" in value:
        return tuple(_decode(item) for item in value["items"])
    if isinstance(value, dict):
        kind = CommandHint if value["hint"] else Message
        return kind(value["message"], **{name: _decode(field) for name, field in value["fields"].items()})
    return value
