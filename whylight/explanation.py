"""The result of explaining an image: probabilities, scores and maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from whylight.errors import Message


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explanation:
    """One image explained. Nothing in it is scaled or coloured: see `whylight.drawing.heatmap` for that.

    The tensors of the forward pass stay with it, so that `Explainer.map_for_weights` can ask further
    questions of the same image through the gradient graph alone.
    """

    probabilities: NDArray[np.float32]
    """Softmax of the logits, float32 `[K]`."""
    logits: NDArray[np.float32]
    """float32 `[K]`."""
    classes: tuple[int, ...]
    """The explained class indexes, one a map; of a contrast `e_a - e_b`, the class `a` argued for."""
    score_weights: NDArray[np.float32]
    """The explained scores as linear forms of the logits, float32 `[M, K]`."""
    maps: NDArray[np.float32]
    """One map a score, float32 `[M, h, w]`, not normalised; `[M, 0, 0]` where none were made yet."""
    method: str
    """The method that made the maps, by its command-line name (`grad-cam`); empty where none did yet."""
    timings_ms: Mapping[str, float]
    """Milliseconds of each part: `decode` (0 for an array), `forward`, `gradient`, `maps`."""
    provider: str
    """The execution provider really in use (`CPUExecutionProvider`), not the one asked for."""
    provider_reason: Message
    """Why it is not the provider that was asked for first; empty where it is."""
    image_size: tuple[int, int]
    """Height and width of the image in pixels."""
    tensors: Mapping[str, NDArray[np.float32]]
    """The forward graph's outputs that the gradient graph takes: `activations` float32 `[1, C, h, w]`
    and, where the tail has skip connections around the target layer, further tensors named alike. Of a model
    without gradients there may be none."""
    notes: tuple[Message, ...] = ()
    """What is to be known of the image as it was read (`whylight.images.decode.EncodedImage`)."""
    gradients: NDArray[np.float32] | None = None
    """Of the scores with respect to the activations, float32 `[M, C, h, w]`, so that another method need not
    run the gradient graph; None where there are too many scores to keep them all, or where the maps were made
    without them. `Explainer.gradients` makes them then."""

    def only(self, scores: slice) -> Explanation:
        """Return the explanation of some of the scores."""
        return replace(
            self,
            classes=self.classes[scores],
            score_weights=self.score_weights[scores],
            maps=self.maps[scores],
            gradients=None if self.gradients is None else self.gradients[scores],
        )

    def __repr__(self) -> str:
        """Return a line, not the arrays."""
        height, width = self.maps.shape[1:]
        likeliest = int(self.probabilities.argmax())
        return (
            f"<Explanation of a {self.image_size[0]} x {self.image_size[1]} image: class {likeliest} "
            f"{float(self.probabilities[likeliest]):.1%}; {len(self.maps)} maps of {height} x {width} "
            f"for classes {list(self.classes)}, by {self.method or 'no method yet'}>"
        )


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of logits along the last axis; any finite logits, however large."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return cast(NDArray[np.float32], powers / powers.sum(axis=-1, keepdims=True))
