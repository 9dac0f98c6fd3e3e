"""The result of explaining an image: probabilities, scores and maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from whylight.errors import Message
from whylight.view import View


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explanation:
    """Explanation of one image, with unscaled maps (see `whylight.drawing.heatmap`).

    It keeps tensors of the forward pass, so that `Explainer.map_for_weights` can explain other scores of the
    image with the gradient graph alone.
    """

    probabilities: NDArray[np.float32]
    """The model's answers in 0..1, float32 `[K]`; they add up to one where it chooses one of K classes
    (`whylight.answers`)."""
    logits: NDArray[np.float32]
    """float32 `[K]`."""
    classes: tuple[int, ...]
    """Indices of the explained classes, one per map; for a contrast `e_a - e_b`, the class `a`."""
    score_weights: NDArray[np.float32]
    """The explained scores as linear forms of the logits, float32 `[M, K]`."""
    maps: NDArray[np.float32]
    """One map per score, float32 `[M, h, w]`, not normalised; `[M, 0, 0]` if not computed yet."""
    method: str
    """Name of the method that computed the maps (`grad-cam`); empty if not computed yet."""
    timings_ms: Mapping[str, float]
    """Milliseconds of each part: `decode` (0 for an array), `forward`, `gradient`, `maps`."""
    provider: str
    """The execution provider in use (`CPUExecutionProvider`)."""
    provider_reason: Message
    """The reason why the first requested provider is not used; empty if it is."""
    image_size: tuple[int, int]
    """Height and width of the image in pixels."""
    view: View | None = None
    """Which part of the image the network saw, and so where the maps lie on it; None for the whole image."""
    tensors: Mapping[str, NDArray[np.float32]]
    """The forward graph's outputs that the gradient graph takes: `activations` float32 `[1, C, h, w]`
    and, where the tail has skip connections around the target layer, further tensors named alike. Of a model
    without gradients there may be none."""
    notes: tuple[Message, ...] = ()
    """What is to be known of the image as it was read (`whylight.images.decode.EncodedImage`)."""
    gradients: NDArray[np.float32] | None = None
    """Gradients of the scores with respect to the activations, float32 `[M, C, h, w]`, for use by other
    methods; None if there are too many scores or they were not needed. `Explainer.gradients` computes them
    then."""

    @property
    def seen_maps(self) -> NDArray[np.float32]:
        """The maps without the cells that lie on padding alone, `[M, h, w]`."""
        if self.view is None:
            return self.maps
        rows, columns = self.view.cells((self.maps.shape[1], self.maps.shape[2]))
        return self.maps[:, rows, columns]

    @property
    def all_notes(self) -> tuple[Message, ...]:
        """Notes on the image as it was read, and on what the model saw of it."""
        unseen = None if self.view is None else self.view.note
        return self.notes if unseen is None else (*self.notes, unseen)

    def only(self, scores: slice) -> Explanation:
        """Return the explanation of a subset of the scores."""
        return replace(
            self,
            classes=self.classes[scores],
            score_weights=self.score_weights[scores],
            maps=self.maps[scores],
            gradients=None if self.gradients is None else self.gradients[scores],
        )

    def __repr__(self) -> str:
        """Return a single line without arrays."""
        height, width = self.maps.shape[1:]
        likeliest = int(self.probabilities.argmax())
        return (
            f"<Explanation of a {self.image_size[0]} x {self.image_size[1]} image: class {likeliest} "
            f"{float(self.probabilities[likeliest]):.1%}; {len(self.maps)} maps of {height} x {width} "
            f"for classes {list(self.classes)}, by {self.method or 'no method yet'}>"
        )
