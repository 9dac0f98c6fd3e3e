"""Deletion and insertion: Petsiuk, Das and Saenko (RISE), BMVC 2018.

arXiv 1806.07421, section 3.3.

Deletion takes the image away, strongest evidence first: a true map makes the probability fall early, so a
small area under the curve is good. Insertion puts it back into a blurred copy: a large area is good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.errors import QuestionError
from whylight.explainer import Explainer
from whylight.faithfulness.pixel_ranking import class_probabilities, evidence_ranks
from whylight.perturbation.estimate import BATCH, batches, mean_colour
from whylight.perturbation.input_resize import resize_to_input

STEPS = 32
"""Points of a curve besides its start. The paper takes 224."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The probability of a class while an image is taken away or put back; it grows as it is measured."""

    fractions: NDArray[np.float32]
    """Share of the pixels changed at each point so far, rising from 0; 1 at the end."""
    probabilities: NDArray[np.float32]
    """Of the class at each point so far."""
    total: int
    """Points of the whole curve."""

    @property
    def complete(self) -> bool:
        """Whether all points are measured."""
        return len(self.fractions) == self.total

    @property
    def area(self) -> float:
        """Under the curve by the trapezoidal rule, 0 to 1; of what is measured so far."""
        return float(np.trapezoid(self.probabilities, self.fractions))


def blurred(_explainer: Explainer, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The image under the paper's blur: a Gaussian of 5 pixels' deviation, cut off at 11 x 11."""
    return np.asarray(cv2.GaussianBlur(image, (11, 11), 5), np.uint8)


def mean_filled(explainer: Explainer, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The card's mean colour everywhere: the zero of the normalised input."""
    return np.broadcast_to(np.rint(mean_colour(explainer)).astype(np.uint8), image.shape)


REPLACEMENTS: Mapping[str, Callable[[Explainer, NDArray[np.uint8]], NDArray[np.uint8]]] = MappingProxyType(
    {"mean": mean_filled, "blurred": blurred}
)
"""What a pixel that is taken away leaves behind, or what it is put back into."""


def deletion(
    explainer: Explainer,
    image: NDArray[np.uint8],
    map_: NDArray[np.float32],
    class_index: int,
    *,
    steps: int = STEPS,
    replacement: str = "mean",
    batch: int = BATCH,
) -> Iterator[Curve]:
    """Take the pixels away, strongest evidence first; yield the curve after every batch.

    Args:
        explainer: the model.
        image: RGB uint8 `[H, W, 3]`; what is deleted is deleted at the card's input size.
        map_: `[h, w]`, not normalised.
        class_index: the class whose probability is watched.
        steps: how many times pixels are taken away, equally many each time.
        replacement: a name from `REPLACEMENTS`.
        batch: images a forward run.

    Raises:
        QuestionError: there is no such class or replacement, or `steps` is below 1.
    """
    resized, other = _images(explainer, image, replacement, class_index, steps)
    return _walk(explainer, resized, other, map_, class_index, steps, batch)


def insertion(
    explainer: Explainer,
    image: NDArray[np.uint8],
    map_: NDArray[np.float32],
    class_index: int,
    *,
    steps: int = STEPS,
    replacement: str = "blurred",
    batch: int = BATCH,
) -> Iterator[Curve]:
    """Put the pixels back, strongest evidence first; all else is as with `deletion`."""
    resized, other = _images(explainer, image, replacement, class_index, steps)
    return _walk(explainer, other, resized, map_, class_index, steps, batch)


def _images(
    explainer: Explainer, image: NDArray[np.uint8], replacement: str, class_index: int, steps: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    if replacement not in REPLACEMENTS:
        raise QuestionError(
            "there is no replacement '{replacement}'; there are {known}",
            replacement=replacement,
            known=", ".join(REPLACEMENTS),
        )
    if not 0 <= class_index < explainer.class_count or steps < 1:
        raise QuestionError(
            "a curve of class {index} in {steps} steps was asked for; expected class 0 to {last} "
            "and at least 1 step",
            index=class_index,
            steps=steps,
            last=explainer.class_count - 1,
        )
    resized = resize_to_input(explainer, image)
    return resized, REPLACEMENTS[replacement](explainer, resized)


def _walk(
    explainer: Explainer,
    start: NDArray[np.uint8],
    end: NDArray[np.uint8],
    map_: NDArray[np.float32],
    class_index: int,
    steps: int,
    batch: int,
) -> Iterator[Curve]:
    """From one image to the other, strongest evidence first."""
    ranks = evidence_ranks(map_, start.shape[:2])
    changed = np.rint(np.linspace(0, ranks.size, steps + 1)).astype(np.int64)
    fractions = (changed / ranks.size).astype(np.float32)
    found = np.zeros(0, np.float32)
    for part in batches(steps + 1, batch):
        is_changed = ranks < changed[part, None, None]
        images = np.where(is_changed[..., None], end, start)
        found = np.concatenate([found, class_probabilities(explainer, images, class_index, batch)])
        yield Curve(fractions[: part.stop], found, steps + 1)
