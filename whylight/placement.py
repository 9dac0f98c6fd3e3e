"""Placement of a map's cells in the network's input.

Resizing a map to the image, as is customary, puts the middle of cell i of h at `(i + 1/2) H / h`. Behind
strided convolutions with padding a cell does not look there: of a ResNet-50, cell i looks at pixel `32 i`,
and the resized map lies 15.5 of 224 pixels too far to the lower right. Origin and stride are those of the
centres of receptive fields (Araujo, Norris and Sim, *Computing Receptive Fields of Convolutional Neural
Networks*, Distill 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whylight.errors import CardError, Message

_NEGLIGIBLE = 0.01
"""Pixels by which no one sees a map shifted."""

RECEPTIVE_FIELD, RESIZED = "receptive-field", "resized"
PLACEMENTS = (RECEPTIVE_FIELD, RESIZED)
"""Where maps are drawn: where the cells look, or resized to the image, as pytorch-grad-cam does."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Centres of the receptive fields of a map's cells.

    Cell (i, j) looks at the pixel `origin + (i, j) * stride` of the input, where 0 is the middle of the first
    pixel. Each pair is of rows and columns.
    """

    grid: tuple[int, int]
    """h and w of the map."""
    origin: tuple[float, float]
    stride: tuple[float, float]

    def shift(self, input_size: tuple[int, int]) -> tuple[float, float]:
        """Pixels by which the map lies below and right of the resized one."""
        down, right = (
            start + step * (cells - 1) / 2 - (side - 1) / 2
            for start, step, cells, side in zip(self.origin, self.stride, self.grid, input_size, strict=True)
        )
        return down, right

    def is_centred(self, input_size: tuple[int, int]) -> bool:
        """Whether resizing the map to the input puts each cell where it looks."""
        sides = zip(self.stride, self.grid, input_size, strict=True)
        stretched = [abs(step * cells - side) for step, cells, side in sides]
        return max(*map(abs, self.shift(input_size)), *stretched) < _NEGLIGIBLE

    def weights(self, axis: int, pixels: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the matrix `[len(pixels), cells]` of linear interpolation.

        It is constant beyond the outer cells.

        Args:
            axis: 0 for rows, 1 for columns.
            pixels: positions in the input, 0 at the middle of its first pixel.
        """
        at = np.clip((pixels - self.origin[axis]) / self.stride[axis], 0, self.grid[axis] - 1)
        return np.asarray(np.maximum(0, 1 - np.abs(at[:, None] - np.arange(self.grid[axis]))), np.float32)

    def resize(self, map_: NDArray[np.float32], input_size: tuple[int, int]) -> NDArray[np.float32]:
        """Enlarge a map `[h, w]` of the grid to the input `[H, W]` bilinearly."""
        rows, columns = (
            self.weights(axis, np.arange(side, dtype=np.float64)) for axis, side in enumerate(input_size)
        )
        return np.asarray(rows @ map_.astype(np.float32, copy=False) @ columns.T, np.float32)

    def to_json(self) -> dict[str, Sequence[float]]:
        """As a JSON object."""
        return {"grid": self.grid, "origin": self.origin, "stride": self.stride}

    @classmethod
    def from_json(cls, value: Any) -> Placement:
        """Read what `to_json` makes.

        Raises:
            CardError: it is something else.
        """
        names = ("grid", "origin", "stride")
        is_pair = isinstance(value, dict) and all(
            isinstance(value.get(name), list)
            and len(value[name]) == 2
            and all(isinstance(entry, int | float) for entry in value[name])
            for name in names
        )
        if not is_pair or min(value["grid"]) < 1 or min(value["stride"]) <= 0:
            raise CardError(
                "the model card's {name} is {value!r:.80}; expected {expected}",
                name="placement",
                value=value,
                expected=Message("grid, origin and stride, two numbers each"),
            )
        grid = tuple(int(entry) for entry in value["grid"])
        origin, stride = (tuple(float(entry) for entry in value[name]) for name in names[1:])
        return cls(grid, origin, stride)  # type: ignore[arg-type]
