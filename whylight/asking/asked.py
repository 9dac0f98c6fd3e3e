"""A question about an image, and the explainer that it is asked of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from whylight.box_questions import CLASS, BoxExplainer
from whylight.class_names import Target
from whylight.detection.boxes import Box
from whylight.errors import QuestionError
from whylight.explanation import Explanation
from whylight.images.decode import ImageLike
from whylight.methods import Method
from whylight.protocols import ImageExplainer
from whylight.region_questions import RegionLike
from whylight.segmentation.letters import Letter
from whylight.segmentation.regions import Segment
from whylight.tensor_names import PLACE_SCORES

Targets = Target | Box | Letter | Sequence[Target | Box] | None
"""What can be named as a target."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Arguments of `whylight.Explainer.__call__`, which describes them."""

    target: Targets = None
    rather_than: Target | None = None
    against: bool = False
    top: int = 1
    method: str | Method | None = None
    smooth: bool = False
    region: RegionLike | None = None
    at: tuple[float, float] | None = None
    question: str = CLASS
    fuse: bool = False

    @property
    def method_name(self) -> str | None:
        """Name of the method; None for the default.

        Raises:
            QuestionError: it is neither a method nor a text.
        """
        by = self.method.name if isinstance(self.method, Method) else self.method
        if by is not None and not isinstance(by, str):
            raise QuestionError("expected the name of a method; got a {type}", type=type(by).__name__)
        return by

    @property
    def is_contrast(self) -> bool:
        """Whether the target is asked about in contrast, which needs a target."""
        return self.rather_than is not None or self.against


class AskedExplainer(BoxExplainer, ImageExplainer, Protocol):
    """The parts of `whylight.Explainer` that answer questions."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the K classes."""

    @property
    def is_detector(self) -> bool:
        """Whether the model finds boxes."""

    @property
    def is_segmenter(self) -> bool:
        """Whether the model finds regions."""

    def find_boxes(self, image: ImageLike) -> tuple[Box, ...]:
        """Return the boxes found in an image."""

    def box_at(self, image: ImageLike, target: Target, at: tuple[float, float]) -> Box:
        """Return the box of a class at a spot of an image."""

    def segments_of(self, explanation: Explanation) -> tuple[Segment, ...]:
        """Return the classes found in an explained image."""

    def gradients(self, explanation: Explanation) -> NDArray[np.float32]:
        """Return gradients `[M, C, h, w]` of an explanation's scores by the activations."""

    def box_explainer(self, box: Box, layer: str | None = None, *, part: str = PLACE_SCORES) -> Self:
        """Return the explainer of a box's layer."""
