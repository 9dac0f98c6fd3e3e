"""What methods that cover the picture ask of a model."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from explain.card import Card


class Classifier(Protocol):
    """Anything that answers pictures with logits: `explain.Explainer`, or whatever else runs a network.

    It need not be an ONNX model, nor have gradients. Called from one thread.
    """

    @property
    def card(self) -> Card:
        """Of it only `input_size` and `mean` are read."""

    def logits(self, images: NDArray[np.uint8], /) -> NDArray[np.float32]:
        """Logits `[N, K]` of RGB pictures `[N, H, W, 3]`, each answered as it would be by itself."""
