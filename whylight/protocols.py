"""Protocols of models for perturbation methods and parallel explaining."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from whylight.explanation import Explanation
from whylight.further_scores import ScoreExplainer
from whylight.images.decode import ImageLike
from whylight.pair.card import Card

if TYPE_CHECKING:
    from whylight.pair.build import Pair


class Classifier(Protocol):
    """An image classifier: `whylight.Explainer` or any object that computes logits.

    It need not be an ONNX model, nor have gradients. It is called from one thread.
    """

    @property
    def card(self) -> Card:
        """The model card, of which only `input_size`, `input` and `mean` are read."""

    def logits(self, images: NDArray[np.uint8], /) -> NDArray[np.float32]:
        """Return logits `[N, K]` of RGB images `[N, H, W, 3]`, independent of each other."""


class AnsweringClassifier(Classifier, Protocol):
    """A classifier whose answers can be measured, such as `whylight.Explainer`."""

    @property
    def class_count(self) -> int:
        """K, the number of classes."""

    def answers(self, images: NDArray[np.uint8], /) -> NDArray[np.float32]:
        """Return answers `[N, K]` of RGB images `[N, H, W, 3]`."""


class OpenClassifier(Classifier, Protocol):
    """A classifier whose graphs can be read, such as `whylight.Explainer`."""

    @property
    def model_path(self) -> Path:
        """The forward graph's file."""

    @property
    def provider(self) -> str:
        """ONNX Runtime's execution provider that runs it."""

    def to_pair(self) -> Pair:
        """The graphs."""


class Detector(OpenClassifier, Protocol):
    """A detector, such as `whylight.Explainer`."""

    def at_places(self, images: NDArray[np.uint8], /) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return scores and boxes of images: `whylight.Explainer.at_places`."""


class ImageExplainer(OpenClassifier, ScoreExplainer, Protocol):
    """A model that explains images from several threads: `whylight.Explainer`."""

    def explain(
        self,
        image: ImageLike,
        classes: Sequence[int] | None = None,
        top: int = 5,
        method: str | None = None,
    ) -> Explanation:
        """Explain an image: `whylight.Explainer.explain`."""

    def with_layer(self, layer: str) -> Self:
        """Return an explainer of another layer of the same model."""

    def with_threads(self, threads: int | None) -> Self:
        """Return an explainer whose runs take that many threads of the CPU."""
