"""D-RISE (Petsiuk et al., CVPR 2021, arXiv 2006.03204)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from whylight.answers import answers_of
from whylight.detection.boxes import overlap
from whylight.detection.description import CXCYWH
from whylight.errors import QuestionError
from whylight.explanation import Explanation
from whylight.perturbation.estimate import BATCH, PerturbationResult, apply_masks, mean_colour
from whylight.perturbation.input_resize import at_input
from whylight.perturbation.random_masks import average_masks
from whylight.protocols import Detector
from whylight.score_weights import explained_classes
from whylight.tensor_names import BOXES, PLACE_SCORES


def d_rise(
    model: Detector,
    image: NDArray[np.uint8],
    explanation: Explanation,
    *,
    masks: int = 1000,
    grid: int = 16,
    shown: float = 0.5,
    seed: int = 0,
    batch: int = BATCH,
) -> Iterator[PerturbationResult]:
    """Average random masks weighted by how alike a box is found in the masked images.

        s(d, masked) = max over places j of  IoU(d, d_j) cos(p_d, p_j) max_k p_jk

    d is the box explained, with the answers p_d of all classes at its place (equations 3 to 6). The answers
    hold the objectness, so that the best of them stands for it. Masks are RISE's, of finer cells; the mean
    of the similarities is subtracted, as there. The box may be found at another place.

    Args:
        model: a detector.
        image: RGB uint8 `[H, W, 3]`.
        explanation: the image's explanation. The box of each score is that of its largest place weight, or,
            if it has none, that of the place where its class scores highest.
        masks: the number of masks and forward passes. The paper uses 5,000.
        grid: rows and columns of the mask patterns, 16 in the paper.
        shown: probability with which a cell is shown.
        seed: seed of the masks.
        batch: images per forward pass.

    Yields:
        Estimates with maps `[M, H, W]` of the card's input size, over the masks so far.

    Raises:
        QuestionError: the model is no detector, or a number is out of range.
    """
    if model.card.detector is None:
        raise QuestionError("'{model}' is no detector: D-RISE explains boxes alone", model=model.card.name)
    seen, colour = at_input(model, image), mean_colour(model)
    answers, corners = _detections(model, explanation.tensors[PLACE_SCORES], explanation.tensors[BOXES])
    places = _places(explanation)
    targets = [(corners[0, place], answers[0, :, place]) for place in places]

    def likeness(drawn: NDArray[np.float32]) -> NDArray[np.float32]:
        masked = apply_masks(seen.image, seen.without_padding(drawn), colour)
        found = _detections(model, *cast(Any, seen.model).at_places(masked))
        return np.asarray(
            [
                [_similarity(box, vector, one, beside) for box, vector in targets]
                for one, beside in zip(*found, strict=True)
            ],
            np.float32,
        )

    yield from average_masks(
        likeness, model.card.input_size, masks=masks, grid=grid, shown=shown, seed=seed, batch=batch
    )


def _places(explanation: Explanation) -> list[int]:
    """Return the place of each score's box."""
    if explanation.place_weights is not None:
        return [int(place) for place in explanation.place_weights.argmax(axis=1)]
    scores = explanation.tensors[PLACE_SCORES][0]
    return [int(scores[index].argmax()) for index in explained_classes(explanation.score_weights)]


def _detections(
    model: Detector, scores: NDArray[np.float32], boxes: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return answers `[N, K, P]` and corners `[N, P, 4]` in pixels of the input."""
    card = model.card
    assert card.detector is not None
    if card.detector.box_form == CXCYWH:
        middle, half = boxes[:, :2], boxes[:, 2:] / 2
        boxes = np.concatenate([middle - half, middle + half], axis=1)
    return answers_of(scores, card.answers, of_logarithm=card.logits_are_logarithms), boxes.transpose(0, 2, 1)


def _similarity(
    box: NDArray[np.float32],
    vector: NDArray[np.float32],
    answers: NDArray[np.float32],
    corners: NDArray[np.float32],
) -> float:
    """Return the likeness of the most alike of all places, in 0..1."""
    lengths = np.linalg.norm(vector) * np.linalg.norm(answers, axis=0)
    cosine = vector @ answers / np.maximum(lengths, np.finfo(np.float32).tiny)
    return float((overlap(box, corners) * cosine * answers.max(axis=0)).max())
