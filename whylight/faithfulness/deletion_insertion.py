"""Deletion and insertion (RISE: Petsiuk, Das and Saenko, BMVC 2018).

arXiv 1806.07421, section 3.3. Deletion removes pixels, strongest evidence first: with a faithful map the
probability drops early, so a small area under the curve is good. Insertion restores pixels in a blurred copy:
a large area is good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.errors import QuestionError
from whylight.faithfulness.pixel_ranking import Score, class_probabilities, evidence_ranks
from whylight.perturbation.estimate import BATCH, batches, mean_colour
from whylight.perturbation.input_resize import NetworkInput, at_input
from whylight.protocols import AnsweringClassifier, Classifier

STEPS = 32
"""Points of a curve after its start. The paper uses 224."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Probability of a class during deletion or insertion; grows while it is measured."""

    fractions: NDArray[np.float32]
    """Fraction of pixels changed at each point so far, from 0 to 1."""
    probabilities: NDArray[np.float32]
    """Probability of the class at each point so far."""
    total: int
    """Number of points of the complete curve."""

    @property
    def complete(self) -> bool:
        """Whether all points have been measured."""
        return len(self.fractions) == self.total

    @property
    def area(self) -> float:
        """Area under the curve so far by the trapezoidal rule, 0 to 1."""
        return float(np.trapezoid(self.probabilities, self.fractions))


def blurred(_explainer: Classifier, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Blur the image as in the paper: Gaussian, sigma 5 pixels, kernel 11 x 11."""
    return np.asarray(cv2.GaussianBlur(image, (11, 11), 5), np.uint8)


def mean_filled(explainer: Classifier, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fill the image with the card's mean colour, the zero of the normalised input."""
    return np.broadcast_to(np.rint(mean_colour(explainer)).astype(np.uint8), image.shape)


REPLACEMENTS: Mapping[str, Callable[[AnsweringClassifier, NDArray[np.uint8]], NDArray[np.uint8]]] = (
    MappingProxyType({"mean": mean_filled, "blurred": blurred})
)
"""Replacements for removed pixels."""


def deletion(
    explainer: AnsweringClassifier,
    image: NDArray[np.uint8],
    map_: NDArray[np.float32],
    class_index: int,
    *,
    steps: int = STEPS,
    replacement: str = "mean",
    batch: int = BATCH,
    score: Score | None = None,
) -> Iterator[Curve]:
    """Remove pixels, strongest evidence first; yields the curve after every batch.

    Args:
        explainer: the model.
        image: RGB uint8 `[H, W, 3]`; resized to the card's input size first.
        map_: `[h, w]`, not normalised.
        class_index: the class whose probability is measured.
        steps: number of steps, each removing the same number of pixels.
        replacement: a key of `REPLACEMENTS`.
        batch: images per forward pass.
        score: measured instead of the class's probability.

    Raises:
        QuestionError: there is no such class or replacement, or `steps` is below 1.
    """
    seen, other = _images(explainer, image, replacement, class_index, steps)
    return _walk(seen, seen.image, other, map_, class_index, steps, batch, score)


def insertion(
    explainer: AnsweringClassifier,
    image: NDArray[np.uint8],
    map_: NDArray[np.float32],
    class_index: int,
    *,
    steps: int = STEPS,
    replacement: str = "blurred",
    batch: int = BATCH,
    score: Score | None = None,
) -> Iterator[Curve]:
    """Restore pixels, strongest evidence first; otherwise as `deletion`."""
    seen, other = _images(explainer, image, replacement, class_index, steps)
    return _walk(seen, other, seen.image, map_, class_index, steps, batch, score)


def _images(
    explainer: AnsweringClassifier, image: NDArray[np.uint8], replacement: str, class_index: int, steps: int
) -> tuple[NetworkInput[AnsweringClassifier], NDArray[np.uint8]]:
    if replacement not in REPLACEMENTS:
        raise QuestionError(
            "there is no replacement '{replacement}'; there are {known}",
            replacement=replacement,
            known=", ".join(REPLACEMENTS),
        )
    if not 0 <= class_index < explainer.class_count or steps < 1:
        raise QuestionError(
            "cannot measure a curve of class {index} in {steps} steps; expected class 0 "
            "to {last} and at least 1 step",
            index=class_index,
            steps=steps,
            last=explainer.class_count - 1,
        )
    seen = at_input(explainer, image)
    other = REPLACEMENTS[replacement](explainer, seen.image)
    if seen.padding is not None:  # it is left as it is
        other = np.where(seen.padding[..., None], seen.image, other)
    return seen, other


def _walk(
    seen: NetworkInput[AnsweringClassifier],
    start: NDArray[np.uint8],
    end: NDArray[np.uint8],
    map_: NDArray[np.float32],
    class_index: int,
    steps: int,
    batch: int,
    score: Score | None,
) -> Iterator[Curve]:
    """Change one image into the other, strongest evidence first."""
    ranks = evidence_ranks(map_, start.shape[:2], seen.padding)
    pixels = ranks.size if seen.padding is None else int((~seen.padding).sum())
    changed = np.rint(np.linspace(0, pixels, steps + 1)).astype(np.int64)
    fractions = (changed / pixels).astype(np.float32)
    found = np.zeros(0, np.float32)
    for part in batches(steps + 1, batch):
        is_changed = ranks < changed[part, None, None]
        images = np.where(is_changed[..., None], end, start)
        values = class_probabilities(seen.model, images, class_index, batch, score)
        found = np.concatenate([found, values])
        yield Curve(fractions[: part.stop], found, steps + 1)
