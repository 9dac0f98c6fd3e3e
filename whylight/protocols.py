"""What methods that cover the image ask of a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from whylight.pair.card import Card

if TYPE_CHECKING:
    from whylight.pair.build import Pair


class Classifier(Protocol):
    """Anything that answers images with logits: `whylight.Explainer`, or whatever else runs a network.

    It need not be an ONNX model, nor have gradients. Called from one thread.
    """

    @property
    def card(self) -> Card:
        """Of it only `input_size` and `mean` are read."""

    def logits(self, images: NDArray[np.uint8], /) -> NDArray[np.float32]:
        """Logits `[N, K]` of RGB images `[N, H, W, 3]`, each answered as it would be by itself."""


class OpenClassifier(Classifier, Protocol):
    """One whose graphs can be looked into, such as `whylight.Explainer`."""

    @property
    def model_path(self) -> Path:
        """Of the forward graph."""

    @property
    def provider(self) -> str:
        """ONNX Runtime's execution provider that runs it."""

    def to_pair(self) -> Pair:
        """The graphs."""
