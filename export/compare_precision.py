"""Accuracy and speed of a lower-precision pair relative to the fp32 pair."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from whylight.explainer import Explainer
from whylight.faithfulness.sanity_check import rank_correlation
from whylight.images.decode import read_image

AGREEMENT = 0.99
"""Minimum fraction of images for which both pairs predict the same class."""
RANK_CORRELATION = 0.98
"""Minimum mean of Spearman's rank correlation between the maps of both pairs for the same class."""
SPEED = 2.2
"""Expected speed-up of an 8-bit pair on CPUs with VNNI; reported but not required, since it depends on the
machine."""

_ROUNDS, _RUNS = 15, 3

OnImage = Callable[[int, int], None]
"""Called with the number of completed images and the total."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Differences between a pair and the fp32 pair of the same network."""

    images: int
    agreement: float
    """Fraction of images for which both predict the same class."""
    rank_correlation: float
    """Spearman's rank correlation of the maps for the fp32 pair's class, averaged over the images."""
    lowest_rank_correlation: float
    top_1: float | None
    """Accuracy of the pair on these images; None if their classes are not known."""
    exact_top_1: float | None
    """Accuracy of the fp32 pair on these images; likewise."""
    speed: float
    """Speed-up of the forward graph over that of the fp32 pair on this CPU; median over rounds."""

    def failures(self) -> list[str]:
        """Describe the criteria that are not met."""
        found = []
        if not self.agreement >= AGREEMENT:
            found.append(
                f"it names the exact pair's class on {self.agreement:.2%} of {self.images:,} images, "
                f"expected {AGREEMENT:.0%}"
            )
        if not self.rank_correlation >= RANK_CORRELATION:
            found.append(
                f"the rank correlation of its maps is {self.rank_correlation:.4f}, "
                f"expected {RANK_CORRELATION:g}"
            )
        return found

    def figures(self) -> Mapping[str, float]:
        """Return the figures for the model card."""
        known = {"top_1": self.top_1, "exact_top_1": self.exact_top_1}
        return {
            "compared_pictures": self.images,
            "agreement_with_exact": self.agreement,
            "map_rank_correlation": self.rank_correlation,
            "lowest_map_rank_correlation": self.lowest_rank_correlation,
            "speed_of_forward": self.speed,
            **{name: value for name, value in known.items() if value is not None},
        }


def compare(
    exact: Explainer, rounded: Explainer, samples: Sequence[tuple[Path, int]], on_image: OnImage
) -> Comparison:
    """Compare two pairs of the same network.

    Args:
        exact: the fp32 pair.
        rounded: the pair of lower precision.
        samples: held-out images and their labels, below 0 where these are not known.
        on_image: called after each image.
    """
    correlations, same, hits, exact_hits = [], 0, 0, 0
    for done, (path, label) in enumerate(samples, start=1):
        image = read_image(path)
        expected = exact.explain(image, top=1)
        found = rounded.explain(image, classes=expected.classes)
        correlations.append(rank_correlation(expected.maps[0], found.maps[0]))
        named = int(found.logits.argmax())
        same += named == expected.classes[0]
        hits += named == label
        exact_hits += expected.classes[0] == label
        on_image(done, len(samples))
    labelled = all(label >= 0 for _, label in samples)
    return Comparison(
        images=len(samples),
        agreement=same / len(samples),
        rank_correlation=float(np.mean(correlations)),
        lowest_rank_correlation=min(correlations),
        top_1=hits / len(samples) if labelled else None,
        exact_top_1=exact_hits / len(samples) if labelled else None,
        speed=_speed(exact, rounded, read_image(samples[0][0])),
    )


def _speed(exact: Explainer, rounded: Explainer, image: np.ndarray) -> float:
    """Measure the speed-up in alternating rounds, so that disturbances affect both."""

    def answer(explainer: Explainer) -> float:
        times = []
        for _ in range(_RUNS + 1):
            started = perf_counter()
            explainer.logits(image[None])
            times.append(perf_counter() - started)
        return statistics.median(times[1:])  # the first run warms the caches

    return statistics.median(answer(exact) / answer(rounded) for _ in range(_ROUNDS))
