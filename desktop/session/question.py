"""Questions about an explained image, as score weights and text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from whylight.detection.boxes import Box


class Kind(Enum):
    """Kinds of question."""

    WHY = "why"
    AGAINST = "against"
    RATHER = "rather"


class RegionKind(Enum):
    """Kinds of regions."""

    WHOLE = "whole"
    """All places where the class is found."""
    PATCH = "patch"
    """Connected places around a spot."""
    BEST = "best"
    """The place where the class, which is found nowhere, scores highest."""
    LETTER = "letter"
    """The step of a letter."""


@dataclass(frozen=True, slots=True)
class Region:
    """Places of a segmenter that a question is about; equal if they are the same."""

    kind: RegionKind
    place: int
    """The first of these places."""
    weights: NDArray[np.float32] = field(compare=False, repr=False)
    """Weight of each place, float32 `[P]`; they add up to one."""
    share: float = field(compare=False)
    """Share of the image, 0..1."""
    letter: int | None = None
    """Index of the letter of a line of text."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a class: why, why rather than another, or what is against it."""

    class_index: int
    kind: Kind = Kind.WHY
    other: int | None = None
    """The other class, for `Kind.RATHER`."""
    box: Box | None = None
    """Of a detector: the box whose class it is."""
    is_found: bool = True
    """Whether the class was found at the box or region; if not, the question is why it is not there."""
    region: Region | None = None
    """Of a segmenter: the places that are asked about."""
    is_likeness: bool = False
    """Whether the class is a reference, and the question is what is alike it."""
    is_number: bool = False
    """Whether the answer is a number that the image raises or lowers, and no class that it is or is not."""

    @property
    def classes(self) -> tuple[int, ...]:
        """Indexes of the class asked about, and of the other one, if any."""
        return (self.class_index,) if self.other is None else (self.class_index, self.other)

    def score_weights(self, class_count: int) -> NDArray[np.float32]:
        """Return the score as a linear form of the K logits, float32 `[1, K]`."""
        from whylight.score_weights import class_weights, contrast_weights, counter_weights

        if self.kind is Kind.RATHER and self.other is not None:
            return contrast_weights(self.class_index, self.other, class_count)
        return (counter_weights if self.kind is Kind.AGAINST else class_weights)(
            self.class_index, class_count
        )

    def subject(self, classes: Sequence[str]) -> str:
        """Return what the question is about: `sunflower`, `sunflower rather than lotus`."""
        name = classes[self.class_index]
        if self.kind is Kind.RATHER and self.other is not None:
            words = QCoreApplication.translate("Question", "{name} rather than {other}")
            return words.format(name=name, other=classes[self.other])
        return name

    def evidence(self, classes: Sequence[str]) -> str:
        """Return what a map of it shows: `evidence for sunflower`, `evidence against ...`."""
        if self.is_likeness and self.kind is Kind.AGAINST:
            words = QCoreApplication.translate("Question", "evidence against likeness to {subject}")
        elif self.is_likeness:
            words = QCoreApplication.translate("Question", "evidence for likeness to {subject}")
        elif self.is_number and self.kind is Kind.AGAINST:
            words = QCoreApplication.translate("Question", "evidence that lowers {subject}")
        elif self.is_number:
            words = QCoreApplication.translate("Question", "evidence that raises {subject}")
        elif self.kind is Kind.AGAINST:
            words = QCoreApplication.translate("Question", "evidence against {subject}")
        else:
            words = QCoreApplication.translate("Question", "evidence for {subject}")
        return words.format(subject=self.subject(classes))

    def words(self, classes: Sequence[str]) -> str:
        """Return the question as text."""
        name = classes[self.class_index]
        if self.is_likeness:
            words = (
                QCoreApplication.translate("Question", "What is unlike {subject}?")
                if self.kind is Kind.AGAINST
                else QCoreApplication.translate("Question", "What is alike {subject}?")
            )
            return words.format(subject=self.subject(classes))
        if self.is_number:
            words = (
                QCoreApplication.translate("Question", "What lowers {subject}?")
                if self.kind is Kind.AGAINST
                else QCoreApplication.translate("Question", "What raises {subject}?")
            )
            return words.format(subject=self.subject(classes))
        if not self.is_found and self.kind is Kind.WHY:
            return QCoreApplication.translate("Question", "Why is no {name} found here?").format(name=name)
        if self.kind is Kind.AGAINST:
            return QCoreApplication.translate("Question", "What speaks against {name}?").format(name=name)
        if self.region is not None and self.region.kind in (RegionKind.PATCH, RegionKind.LETTER):
            return QCoreApplication.translate("Question", "Why {subject} here?").format(
                subject=self.subject(classes)
            )
        return QCoreApplication.translate("Question", "Why {subject}?").format(subject=self.subject(classes))
