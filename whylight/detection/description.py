"""Description of a detector on its card: places, grids, the layer of each grid."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whylight.errors import CardError
from whylight.json_object import parse_object

CXCYWH, XYXY = BOX_FORMS = ("cxcywh", "xyxy")
"""Centre and size, or the upper left and lower right corner, in pixels of the network's input."""


SIDES = ("left", "top", "right", "bottom")


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorDescription:
    """Reading of a detector's scores `[K, P]` and boxes `[4, P]`."""

    places: int
    """P: the places at which it answers."""
    box_form: str = CXCYWH
    """One of `BOX_FORMS`."""
    needs_nms: bool = True
    """Whether several places answer for one thing."""
    grids: tuple[tuple[int, int], ...] = ()
    """Rows and columns of the maps whose cells the places are, in the order of the places; empty if
    unknown."""
    counts: tuple[int, ...] = ()
    """How many places each grid has, several a cell for several anchors; empty for as many a cell in each."""
    layers: tuple[str, ...] = ()
    """The deepest map that scores and boxes of each grid are both computed from; empty if unknown."""

    masks: tuple[int, ...] = ()
    """C, h and w of the prototypes of instance masks; empty for a detector without them."""

    def __post_init__(self) -> None:
        if self.places < 1 or self.box_form not in BOX_FORMS:
            raise CardError(
                "the card's detector has {places} places and boxes as '{form}'; expected one of {forms}",
                places=self.places,
                form=self.box_form,
                forms=", ".join(BOX_FORMS),
            )
        if self.counts and (len(self.counts) != len(self.grids) or sum(self.counts) != self.places):
            raise CardError(
                "the card's detector has {places} places, and grids of {counts}",
                places=self.places,
                counts=", ".join(map(str, self.counts)),
            )
        if len(self.layers) not in (0, len(self.grids)):
            raise CardError(
                "the card's detector names {layers} layers for {grids} grids",
                layers=len(self.layers),
                grids=len(self.grids),
            )

    @property
    def mask_parts(self) -> int:
        """P + h w: places and cells of the prototypes."""
        return self.places + (self.masks[1] * self.masks[2] if self.masks else 0)

    @property
    def mask_channels(self) -> tuple[str, ...]:
        """Names of the C prototypes."""
        return tuple(f"mask {index}" for index in range(self.masks[0] if self.masks else 0))

    @property
    def box_numbers(self) -> tuple[str, ...]:
        """Names of the four numbers of a box, in their order."""
        return SIDES if self.box_form == XYXY else ("centre x", "centre y", "width", "height")

    @property
    def sides(self) -> NDArray[np.float32]:
        """Left, top, right and bottom as linear forms of the four numbers, `[4, 4]`."""
        if self.box_form == XYXY:
            return np.eye(4, dtype=np.float32)
        return np.array([[1, 0, -0.5, 0], [0, 1, 0, -0.5], [1, 0, 0.5, 0], [0, 1, 0, 0.5]], np.float32)

    @property
    def places_of_grids(self) -> tuple[int, ...]:
        """The number of places of each grid."""
        cells = [rows * columns for rows, columns in self.grids]
        return self.counts or tuple(count * (self.places // sum(cells)) for count in cells)

    def layer_of(self, place: int) -> str | None:
        """Return the layer of a place's grid; None if unknown."""
        end = 0
        for layer, count in zip(self.layers, self.places_of_grids, strict=False):
            end += count
            if place < end:
                return layer
        return None

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: Any) -> DetectorDescription:
        """Parse what `to_json` made.

        Raises:
            CardError: it is something else.
        """
        return parse_object(
            found,
            "detector",
            lambda entries: cls(
                places=int(entries["places"]),
                box_form=str(entries.get("box_form", CXCYWH)),
                needs_nms=bool(entries.get("needs_nms", True)),
                grids=tuple((int(rows), int(columns)) for rows, columns in entries.get("grids", ())),
                counts=tuple(map(int, entries.get("counts", ()))),
                layers=tuple(map(str, entries.get("layers", ()))),
                masks=tuple(map(int, entries.get("masks", ()))),
            ),
        )
