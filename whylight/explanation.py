"""The result of explaining an image: probabilities, scores and maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from whylight.answers import SIMILARITY, SOFTMAX, answer_words
from whylight.detection.boxes import Box
from whylight.errors import Message
from whylight.methods.registry import METHODS
from whylight.placement import Placement
from whylight.segmentation.found import FoundRegions
from whylight.tensor_names import ACTIVATIONS
from whylight.view import View

_COARSE = 4
"""Rows or columns of a map, up to which it is said that it is coarse."""

_BY_PLACE = frozenset(("hirescam", "elementwise-grad-cam", "layercam"))
"""Methods whose map at a place follows from gradients and activations of that place alone."""
_BALANCED = 1e-3
"""Share of the largest evidence at a place that is no more than what a variance's small addend leaves."""
_EQUAL = 0.99999
"""Cosine from which two embeddings are one, but for rounding."""

_REPEATABLE = 0.9
"""Correlation between maps of different random masks, below which it is said."""


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
    answers: str = SOFTMAX
    """The kind of the answers, one of `whylight.answers.KINDS`."""
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
    """Which part of the image the network saw; None for the whole image."""
    input_size: tuple[int, int] | None = None
    """Height and width of the network's input; None if unknown."""
    placement: Placement | None = None
    """Where the cells of the layer look; None if its maps are to be resized to the input."""
    tensors: Mapping[str, NDArray[np.float32]]
    """The forward graph's outputs that the gradient graph takes: `activations` float32 `[1, C, h, w]`
    and, where the tail has skip connections around the target layer, further tensors named alike. Of a model
    without gradients there may be none."""
    place_weights: NDArray[np.float32] | None = None
    """For a detector, which of its P places count for each score, float32 `[M, P]`; else None."""
    boxes: tuple[Box, ...] | None = None
    """What a detector found in the image, the highest score first; None if that was not looked up."""
    regions: FoundRegions | None = None
    """What a segmenter found in the image; None if that was not looked up."""
    notes: tuple[Message, ...] = ()
    """What is to be known of the image as it was read (`whylight.images.decode.EncodedImage`)."""
    gradients: NDArray[np.float32] | None = None
    """Gradients of the scores with respect to the activations, float32 `[M, C, h, w]`, for use by other
    methods; None if there are too many scores or they were not needed. `Explainer.gradients` computes them
    then."""

    repeatability: NDArray[np.float32] | None = None
    """Estimated correlation of each map with one of other random masks, float32 `[M]` in 0..1; None if
    nothing of the method is random."""

    @property
    def map_placement(self) -> Placement | None:
        """Placement of the cells of these very maps.

        None if they are to be resized to the input: maps of methods that need no layer, and
        means of several maps.
        """
        placement = self.placement
        if placement is None or not self.method or self.maps.shape[1:] != placement.grid:
            return None
        return placement if METHODS[self.method].needs_layer else None

    @property
    def map_view(self) -> View | None:
        """View of the maps; None if they are to be resized to the whole image."""
        placement = self.map_placement
        if placement is None or self.input_size is None:
            return self.view
        return replace(self.view or View.whole(self.image_size, self.input_size), placement=placement)

    def maps_at_input(self, input_size: tuple[int, int]) -> NDArray[np.float32]:
        """Return the maps at the input, float32 `[M, H, W]`.

        Maps that are to be resized to it are returned as they are.
        """
        placement = self.map_placement
        if placement is None:
            return self.maps
        return np.stack([placement.resize(map_, input_size) for map_ in self.maps])

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

    def map_notes(self, score: int = 0) -> tuple[Message, ...]:
        """Return notes on a score's map: blank, balanced, class-blind, random, coarse."""
        if not self.method or self.maps.size == 0:
            return ()
        map_, label = self.maps[score], METHODS[self.method].label
        notes = []
        if not np.isfinite(map_).all():
            notes.append(
                Message(
                    "the {method} map has values that are no numbers, drawn as no evidence: the network "
                    "divides by zero for this image",
                    method=label,
                )
            )
        elif self.answers == SIMILARITY and self.probabilities[self.classes[score]] > _EQUAL:
            notes.append(
                Message(
                    "the image equals what it is compared with: nothing raises the likeness, and the map is "
                    "rounding"
                )
            )
        elif not map_.max() > 0:
            notes.append(
                Message(
                    "the {method} map is blank: no place has positive evidence. Ask what speaks against the "
                    "class, or choose another layer or method",
                    method=label,
                )
            )
        if self._is_balanced(score):
            notes.append(
                Message(
                    "the layer stands before a normalisation: at each of its places what is for an answer is "
                    "as much as what is against it, and {method} cannot tell the two apart. Choose the layer "
                    "behind the normalisation",
                    method=label,
                )
            )
        if not METHODS[self.method].class_specific:
            notes.append(
                Message(
                    "{method} does not know the class: its map shows what is strongest in the layer, "
                    "whatever was asked",
                    method=label,
                )
            )
        if self.repeatability is not None and self.repeatability[score] < _REPEATABLE:
            notes.append(
                Message(
                    "{method} draws random masks: other ones would give a map that correlates with this one "
                    "by about {correlation:.2f}",
                    method=label,
                    correlation=float(self.repeatability[score]),
                )
            )
        if min(map_.shape) <= _COARSE:
            notes.append(
                Message(
                    "the map has only {rows} x {columns} cells, so it tells places roughly; an earlier "
                    "layer has more",
                    rows=map_.shape[0],
                    columns=map_.shape[1],
                )
            )
        return tuple(notes)

    def _is_balanced(self, score: int) -> bool:
        """Return whether evidence for and against cancels at each place of a map.

        Then methods that multiply place by place say the same of both, see
        `whylight.layers.behind_normalisation`.
        """
        activations = self.tensors.get(ACTIVATIONS)
        if self.method not in _BY_PLACE or self.gradients is None or activations is None:
            return False
        products = self.gradients[score].astype(np.float64) * activations[0]
        sizes = np.abs(products).sum(axis=0)
        return bool(sizes.max() > 0 and (np.abs(products.sum(axis=0)) <= _BALANCED * sizes.max()).all())

    def only(self, scores: slice) -> Explanation:
        """Return the explanation of a subset of the scores."""
        return replace(
            self,
            classes=self.classes[scores],
            score_weights=self.score_weights[scores],
            maps=self.maps[scores],
            place_weights=None if self.place_weights is None else self.place_weights[scores],
            gradients=None if self.gradients is None else self.gradients[scores],
            repeatability=None if self.repeatability is None else self.repeatability[scores],
        )

    def __repr__(self) -> str:
        """Return a single line without arrays."""
        height, width = self.maps.shape[1:]
        likeliest = int(self.probabilities.argmax())
        answer = answer_words(float(self.probabilities[likeliest]), self.answers).replace(" %", "%")
        return (
            f"<Explanation of a {self.image_size[0]} x {self.image_size[1]} image: class {likeliest} "
            f"{answer}; {len(self.maps)} maps of {height} x {width} "
            f"for classes {list(self.classes)}, by {self.method or 'no method yet'}>"
        )
