"""Compare gradients of piecewise smooth networks, whose gradient jumps at kinks.

The gradient of a network with ReLU, MaxPool, Clip, Abs, HardSwish or TopK jumps where a unit lies at its
kink. A unit within rounding of one may be put on either side by two correct programs, and their gradients
then differ by far more than rounding. A tolerance wide enough for such jumps would let wrong gradients pass.

So the tolerance here is tight, and a difference beyond it is accepted only if it is *shown* to be a jump: the
reference computes in float64, names the units within rounding of their kinks, and gives the gradient with any
of them on the other side. Some choice of sides has to give the gradient that was found, within the same
tight tolerance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

GRADIENT_TOLERANCE = 1e-5
"""Largest difference of a gradient computed in float32, relative to the largest gradient of its score."""
NEAR = 1e-5
"""How near to its kink a unit has to lie, relative to the largest value of its tensor, for rounding in
float32 to decide its side."""
MOST_KINKS = 64
"""Units that are tried on their other side, the nearest first."""


@dataclass(frozen=True, slots=True)
class Kink:
    """A unit that lies within rounding of the place where its slope jumps."""

    unit: str
    """Operation and place, for messages: `relu 2 at (0, 14, 3, 3)`."""
    distance: float
    """From the kink, relative to the largest absolute value of the unit's tensor."""


class PiecewiseReference(Protocol):
    """Gradients in float64 with a choice of sides at kinks."""

    @property
    def kinks(self) -> Sequence[Kink]:
        """The units within `NEAR` of their kinks, the nearest first, `MOST_KINKS` at most."""

    def gradients(self, flipped: Sequence[int] = ()) -> NDArray[np.float64]:
        """Gradients `[M, ...]` of M scores, with these of `kinks` on their other side."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Difference between a gradient and its reference."""

    difference: float
    """Largest absolute difference over the largest absolute gradient of the score; over all scores the
    largest. With the units of `flipped` on their other side."""
    unexplained: float
    """The same with every unit on the side where float64 puts it."""
    flipped: tuple[Kink, ...]
    """The units that account for what was beyond the tolerance."""
    reference: NDArray[np.float64]
    """The gradients compared with, `[M, ...]`, these units flipped."""


def agree(
    found: NDArray[np.float32], reference: PiecewiseReference, *, tolerance: float = GRADIENT_TOLERANCE
) -> Agreement:
    """Compare gradients `[M, ...]` of M scores with a reference that knows its kinks.

    Args:
        found: what was computed, usually in float32.
        reference: the same in float64.
        tolerance: up to which the difference is rounding; beyond it, kinks are tried. The caller judges
            `Agreement.difference` by the same.
    """
    exact = reference.gradients()
    unexplained = relative_difference(found, exact)
    if unexplained <= tolerance or not np.isfinite(found).all() or not reference.kinks:
        return Agreement(unexplained, unexplained, (), exact)

    # A gradient is linear in the side of each unit, and nearly so in the sides of a few: a least-squares fit
    # tells which units were decided otherwise.
    alone = [reference.gradients((kink,)) - exact for kink in range(len(reference.kinks))]
    effects = np.stack([effect.ravel() for effect in alone], axis=1)
    shares = np.linalg.lstsq(effects, (found - exact).ravel(), rcond=None)[0]
    chosen = {int(kink) for kink in np.flatnonzero(shares > 0.5)}
    best, at_best = _with(reference, chosen, found)

    # Units of which one feeds another are not independent: toggle single ones as long as that helps.
    improved = True
    while improved and not best <= tolerance:
        improved = False
        for kink in np.argsort(-np.abs(shares)):
            trial = chosen ^ {int(kink)}
            difference, at_trial = _with(reference, trial, found)
            if difference < best:
                chosen, best, at_best, improved = trial, difference, at_trial, True
    if not best < unexplained:
        return Agreement(unexplained, unexplained, (), exact)
    return Agreement(best, unexplained, tuple(reference.kinks[kink] for kink in sorted(chosen)), at_best)


def relative_difference(found: NDArray[np.floating], expected: NDArray[np.floating]) -> float:
    """Return the largest difference of any row `[M, ...]`, relative to the row.

    It is divided by the largest absolute value of the row.

    A row of zeros is measured by the largest of all rows; NaN gives NaN.
    """
    difference = np.abs(found - expected).reshape(len(expected), -1).max(axis=1)
    size = np.abs(expected).reshape(len(expected), -1).max(axis=1)
    size = np.where(size > 0, size, size.max() or 1.0)
    return float((difference / size).max())


def _with(
    reference: PiecewiseReference, flipped: set[int], found: NDArray[np.float32]
) -> tuple[float, NDArray[np.float64]]:
    gradients = reference.gradients(sorted(flipped))
    return relative_difference(found, gradients), gradients
