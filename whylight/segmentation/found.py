"""Segments, the class of each place, and letters that were found in an image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whylight.segmentation.description import SegmenterDescription
from whylight.segmentation.letters import Letter, read_letters
from whylight.segmentation.regions import UNSEEN, Segment, find_segments, label_grid, seen_places
from whylight.view import View


@dataclass(frozen=True, slots=True, eq=False)
class FoundRegions:
    """Classes found in an image, and where; of a line of text also its letters."""

    labels: NDArray[np.int16]
    """Class of each place of the grid, int16 `[h, w]`; -1 on padding, and where none was found."""
    segments: tuple[Segment, ...]
    """The largest region first."""
    letters: tuple[Letter, ...] = ()
    """Of a reader of text lines, in reading order."""
    is_line: bool = False
    """Whether a line of text was read."""

    @property
    def text(self) -> str:
        """The text that was read."""
        return "".join(letter.sign for letter in self.letters)


def find_regions(
    scores: NDArray[np.float32],
    kind: str,
    class_names: tuple[str, ...],
    description: SegmenterDescription,
    view: View,
) -> FoundRegions:
    """Return what a segmenter found.

    Args:
        scores: logits `[K, P]` of one image.
        kind: of the answers (`whylight.answers.KINDS`).
        class_names: names of the K classes.
        description: of the segmenter.
        view: of the image.
    """
    seen = seen_places(description, view)
    labels = label_grid(scores, kind, description)
    return FoundRegions(
        np.where(seen, labels, UNSEEN).astype(np.int16),
        find_segments(scores, kind, class_names, seen),
        read_letters(scores, class_names, description, view) if description.is_line else (),
        description.is_line,
    )
