"""The part of an image that the network sees, on which its maps lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whylight.errors import Message
from whylight.placement import Placement

_NEARLY_ALL = 0.995


@dataclass(frozen=True, slots=True)
class View:
    """The rectangle of an image that the network's input covers.

    The image is resized to `resized` and laid on the input with its upper left corner at `offset`. What
    reaches beyond the input is cropped and was not seen; what it leaves free of the input is padding.
    """

    image_size: tuple[int, int]
    """Height and width of the image in pixels."""
    input_size: tuple[int, int]
    """Height and width of the network's input in pixels."""
    resized: tuple[int, int]
    """Height and width to which the image is resized, in pixels of the input."""
    offset: tuple[int, int]
    """Row and column of the resized image's corner in the input; negative where it is cropped."""
    placement: Placement | None = None
    """Where the cells of the maps look; None for maps that are to be resized to the input."""

    @classmethod
    def whole(cls, image_size: tuple[int, int], input_size: tuple[int, int]) -> View:
        """Return the view of a network whose input is the whole image, stretched."""
        return cls(image_size, input_size, input_size, (0, 0))

    @property
    def is_whole(self) -> bool:
        """Whether the input is the whole image and nothing else."""
        return self.resized == self.input_size and self.offset == (0, 0)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Top, left, bottom and right of what was seen, in pixels of the image."""
        (top, bottom), (left, right) = (self._seen(axis) for axis in (0, 1))
        return top, left, bottom, right

    def _seen(self, axis: int) -> tuple[float, float]:
        scale = self.image_size[axis] / self.resized[axis]
        start = max(0, -self.offset[axis]) * scale
        end = min(self.resized[axis], self.input_size[axis] - self.offset[axis]) * scale
        return start, end

    @property
    def note(self) -> Message | None:
        """The share of the image that was not seen, in words; None where all of it was."""
        top, left, bottom, right = self.box
        share = (bottom - top) * (right - left) / (self.image_size[0] * self.image_size[1])
        if share > _NEARLY_ALL:
            return None
        return Message("{share:.0%} of it was not seen by the model, and is dark", share=1 - share)

    def in_input(self) -> tuple[slice, slice]:
        """Rows and columns of the input that hold the image; the rest is padding."""
        rows, columns = (
            slice(max(0, at), min(whole, at + length))
            for at, length, whole in zip(self.offset, self.resized, self.input_size, strict=True)
        )
        return rows, columns

    def in_image(self, size: tuple[int, int] | None = None) -> tuple[slice, slice]:
        """Rows and columns of the image that were seen, at least one of each.

        Args:
            size: height and width at which the image is shown; None for its own.
        """
        height, width = size or self.image_size
        rows, columns = (
            _whole_pixels(*self._seen(axis), shown / self.image_size[axis], shown)
            for axis, shown in ((0, height), (1, width))
        )
        return rows, columns

    @property
    def padding(self) -> NDArray[np.bool_] | None:
        """Padding of the input, true there, bool `[h, w]`; None where there is none."""
        padding = np.ones(self.input_size, np.bool_)
        padding[self.in_input()] = False
        return padding if padding.any() else None

    def place(self, map_: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
        """Enlarge a map `[h, w]` of the input to the seen part of the image, bilinearly.

        Args:
            map_: covers the network's input, in any resolution; with `placement`, of its grid.
            size: height and width at which the image is shown.

        Returns:
            float32, of the size of `in_image(size)`.
        """
        part = self.in_image(size)
        rows, columns = (
            self._weights(axis, map_.shape[axis], self._places(axis, part[axis], size[axis]))
            for axis in (0, 1)
        )
        return np.asarray(rows @ map_.astype(np.float32, copy=False) @ columns.T, np.float32)

    def _weights(self, axis: int, cells: int, places: NDArray[np.float64]) -> NDArray[np.float32]:
        if self.placement is None:
            return _weights(cells, places)
        return self.placement.weights(axis, places * self.input_size[axis] - 0.5)

    def _places(self, axis: int, part: slice, shown: int) -> NDArray[np.float64]:
        """Positions of the shown pixels' centres in the input, 0 to 1."""
        at = (np.arange(part.start, part.stop) + 0.5) * self.resized[axis] / shown
        return np.asarray((at + self.offset[axis]) / self.input_size[axis])

    def cells(self, map_size: tuple[int, int]) -> tuple[slice, slice]:
        """Rows and columns of a map `[h, w]` that lie on the image, if only in part."""
        rows, columns = (
            slice(part.start * cells // whole, -(-part.stop * cells // whole))
            for part, cells, whole in zip(self.in_input(), map_size, self.input_size, strict=True)
        )
        return rows, columns

    def to_input(self, row: float, column: float) -> tuple[float, float]:
        """Position in the input, in pixels, of a position in the image."""
        at = [
            value * self.resized[axis] / self.image_size[axis] + self.offset[axis]
            for axis, value in ((0, row), (1, column))
        ]
        return at[0], at[1]


def _whole_pixels(start: float, end: float, scale: float, shown: int) -> slice:
    first = min(round(start * scale), shown - 1)
    return slice(first, max(first + 1, min(round(end * scale), shown)))


def _weights(cells: int, places: NDArray[np.float64]) -> NDArray[np.float32]:
    """Matrix `[places, cells]` of linear interpolation between centres, as OpenCV's."""
    at = np.clip(places * cells - 0.5, 0, cells - 1)
    return np.asarray(np.maximum(0, 1 - np.abs(at[:, None] - np.arange(cells))), np.float32)
