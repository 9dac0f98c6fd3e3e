"""Description of a segmenter on its card: the grid of places at which it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from whylight.errors import CardError

_BACKGROUND = frozenset(("background", "__background__", "bg", "other", "void", "hintergrund"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmenterDescription:
    """Reading of a segmenter's scores `[K, P]`, which lie row by row on a grid."""

    grid: tuple[int, int]
    """Rows and columns of places; P is their product. They cover the network's input."""

    def __post_init__(self) -> None:
        if min(self.grid) < 1:
            raise CardError("the card's segmenter has a grid of {grid}", grid=self.grid)

    @property
    def places(self) -> int:
        """P, the number of places."""
        return self.grid[0] * self.grid[1]

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {"grid": list(self.grid)}

    @classmethod
    def from_json(cls, found: Any) -> SegmenterDescription:
        """Parse what `to_json` made.

        Raises:
            CardError: it is something else.
        """
        if not isinstance(found, Mapping):
            raise CardError(
                "the card's segmenter is a JSON {type}; expected an object", type=type(found).__name__
            )
        try:
            rows, columns = found["grid"]
            return cls(grid=(int(rows), int(columns)))
        except (KeyError, TypeError, ValueError) as error:
            raise CardError("the card's segmenter is invalid: {reason}", reason=repr(error)) from error


def background_class(class_names: Sequence[str]) -> int | None:
    """Return the index of the class that is called background; None if there is none."""
    return next((index for index, name in enumerate(class_names) if name.lower() in _BACKGROUND), None)
