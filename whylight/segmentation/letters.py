"""Letters that a recogniser of text lines read, each with the step it was read at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whylight.answers import SOFTMAX, answers_of
from whylight.segmentation.description import BLANK, SegmenterDescription
from whylight.view import View


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter of a line of text."""

    sign: str
    class_index: int
    score: float
    """What the file answers for it at its step, 0..1."""
    step: int
    """Index of the step among the T at which the network answers."""
    spot: tuple[float, float]
    """Middle of the step, x and y in pixels of the image."""


def read_letters(
    scores: NDArray[np.float32],
    class_names: Sequence[str],
    description: SegmenterDescription,
    view: View,
) -> tuple[Letter, ...]:
    """Return the letters of a line by the best path, without blanks.

    The rule of connectionist temporal classification (Graves et al. 2006, section 3.2): a sign that is
    repeated without a blank in between counts once. What lies in the padding of the image is not read.

    Args:
        scores: logits `[K, T]` of one image.
        class_names: the K signs; the first is the blank, or the one called so.
        description: of the recogniser.
        view: of the image.
    """
    answers = answers_of(scores.T, SOFTMAX, of_logarithm=False)  # [T, K]
    best = answers.argmax(axis=1)
    blank = class_names.index(BLANK) if BLANK in class_names else 0
    letters: list[Letter] = []
    before = blank
    for step, index in enumerate(best):
        x, inside = _column(step, description, view)
        score = float(answers[step, index])
        if index != blank and inside:
            letter = Letter(class_names[index], int(index), score, step, (x, view.image_size[0] / 2))
            if index != before:
                letters.append(letter)
            elif score > letters[-1].score:
                letters[-1] = letter
        before = int(index) if inside else blank
    return tuple(letters)


def _column(step: int, description: SegmenterDescription, view: View) -> tuple[float, bool]:
    """Return the x of a step's middle in the image, and whether the image is there."""
    at = (step + 0.5) * view.input_size[1] / description.grid[1] - view.offset[1]
    x = at * view.image_size[1] / view.resized[1]
    return float(np.clip(x, 0, view.image_size[1] - 1)), bool(0 <= x < view.image_size[1])
