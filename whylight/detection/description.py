"""Description of a detector on its card: places, grids, the layer of each grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whylight.errors import CardError

BOX_METHOD = "layercam"
"""Default method for boxes. A box depends on few cells of its map, over which Grad-CAM's means say little."""

CXCYWH, XYXY = BOX_FORMS = ("cxcywh", "xyxy")
"""Centre and size, or the upper left and lower right corner, in pixels of the network's input."""


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
    """The layer explained for boxes of each grid; empty for the card's own layer."""

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
    def places_of_grids(self) -> tuple[int, ...]:
        """The number of places of each grid."""
        cells = [rows * columns for rows, columns in self.grids]
        return self.counts or tuple(count * (self.places // sum(cells)) for count in cells)

    def layer_of(self, place: int) -> str | None:
        """Return the layer of a place's grid; None for the card's own."""
        end = 0
        for layer, count in zip(self.layers, self.places_of_grids, strict=False):
            end += count
            if place < end:
                return layer
        return None

    def places_near(
        self, row: float, column: float, input_size: tuple[int, int], centres: NDArray[np.floating]
    ) -> tuple[int, ...]:
        """Return the places of the cells around a position, of the finest grid first.

        Args:
            row, column: the position in pixels of the network's input.
            input_size: its height and width.
            centres: centres of the boxes of all places, rows and columns in the input, `[P, 2]`. Where a cell
                has several anchors, they tell whether anchors or cells come first in the order of the places.

        Returns:
            One place for each grid and anchor; none if the grids are unknown.
        """
        found, begin = [], 0
        for (rows, columns), count in zip(self.grids, self.places_of_grids, strict=True):
            cells = rows * columns
            anchors = count // cells
            at_row = min(max(int(row * rows / input_size[0]), 0), rows - 1)
            at_column = min(max(int(column * columns / input_size[1]), 0), columns - 1)
            # Cells of the grid's places if anchors come first, and if cells do.
            orders = [np.tile(np.arange(cells), anchors), np.repeat(np.arange(cells), anchors)]
            order = min(
                orders, key=lambda cell_of: _distance(cell_of, columns, centres[begin:], input_size, rows)
            )
            here = np.flatnonzero(order == at_row * columns + at_column) + begin
            found.append((cells, [int(place) for place in here]))
            begin += count
        found.sort(key=lambda grid: -grid[0])
        return tuple(place for _, places in found for place in places)

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: Any) -> DetectorDescription:
        """Parse what `to_json` made.

        Raises:
            CardError: it is something else.
        """
        if not isinstance(found, Mapping):
            raise CardError(
                "the card's detector is a JSON {type}; expected an object", type=type(found).__name__
            )
        try:
            return cls(
                places=int(found["places"]),
                box_form=str(found.get("box_form", CXCYWH)),
                needs_nms=bool(found.get("needs_nms", True)),
                grids=tuple((int(rows), int(columns)) for rows, columns in found.get("grids", ())),
                counts=tuple(map(int, found.get("counts", ()))),
                layers=tuple(map(str, found.get("layers", ()))),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise CardError("the card's detector is invalid: {reason}", reason=repr(error)) from error


def _distance(
    cell_of: NDArray[np.int64],
    columns: int,
    centres: NDArray[np.floating],
    input_size: tuple[int, int],
    rows: int,
) -> float:
    """Return the mean distance of boxes' centres from the cells they would belong to."""
    middles = np.stack([cell_of // columns + 0.5, cell_of % columns + 0.5], axis=1)
    middles *= np.array([input_size[0] / rows, input_size[1] / columns])
    return float(np.abs(np.asarray(centres[: len(cell_of)], np.float64) - middles).mean())
