"""Parse a description from a card's JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from whylight.errors import CardError

Parsed = TypeVar("Parsed")


def parse_object(found: Any, kind: str, parse: Callable[[Mapping[str, Any]], Parsed]) -> Parsed:
    """Parse a part of a card that describes a kind of model.

    Args:
        found: what the JSON holds there.
        kind: `detector` or the like, for messages.
        parse: takes the object; a missing or unfit entry may raise KeyError, TypeError or ValueError.

    Raises:
        CardError: it is no object, or an entry is missing or unfit.
    """
    if not isinstance(found, Mapping):
        raise CardError(
            "the card's {kind} is a JSON {type}; expected an object", kind=kind, type=type(found).__name__
        )
    try:
        return parse(found)
    except (KeyError, TypeError, ValueError) as error:
        raise CardError("the card's {kind} is invalid: {reason}", kind=kind, reason=repr(error)) from error
