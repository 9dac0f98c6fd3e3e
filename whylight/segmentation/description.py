"""Description of a segmenter on its card: the grid of places at which it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from whylight.errors import CardError
from whylight.json_object import parse_object

BLANK = "blank"
"""Class of the steps of a text line that say nothing new."""
_BACKGROUND = frozenset(("background", "__background__", "bg", "other", "void", "hintergrund", BLANK))


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmenterDescription:
    """Reading of a segmenter's scores `[K, P]`, which lie row by row on a grid."""

    grid: tuple[int, int]
    """Rows and columns of places; P is their product. They cover the network's input."""
    is_line: bool = False
    """Whether the places are the steps of a line of text (CTC), and the first class says "nothing new"."""

    def __post_init__(self) -> None:
        if min(self.grid) < 1:
            raise CardError("the card's segmenter has a grid of {grid}", grid=self.grid)

    @property
    def places(self) -> int:
        """P, the number of places."""
        return self.grid[0] * self.grid[1]

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {"grid": list(self.grid), **({"is_line": True} if self.is_line else {})}

    @classmethod
    def from_json(cls, found: Any) -> SegmenterDescription:
        """Parse what `to_json` made.

        Raises:
            CardError: it is something else.
        """
        return parse_object(found, "segmenter", cls._of)

    @classmethod
    def _of(cls, entries: Mapping[str, Any]) -> SegmenterDescription:
        rows, columns = entries["grid"]
        return cls(grid=(int(rows), int(columns)), is_line=bool(entries.get("is_line", False)))


def background_class(class_names: Sequence[str]) -> int | None:
    """Return the index of the class that is called background; None if there is none."""
    return next((index for index, name in enumerate(class_names) if name.lower() in _BACKGROUND), None)
