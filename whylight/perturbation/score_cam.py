"""Score-CAM (Wang et al., CVPR Workshops 2020, arXiv 1910.01279)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from whylight.answers import softmax
from whylight.explanation import Explanation
from whylight.methods.channel_weights import weighted_sum
from whylight.perturbation.estimate import (
    BATCH,
    PerturbationResult,
    activations_of,
    apply_masks,
    batches,
    mean_colour,
    scores,
)
from whylight.perturbation.input_resize import at_input
from whylight.protocols import Classifier

# As in pytorch-grad-cam; masks of constant channels become zeros.
_EPSILON = 1e-8


def score_cam(
    model: Classifier, image: NDArray[np.uint8], explanation: Explanation, *, batch: int = BATCH
) -> Iterator[PerturbationResult]:
    """Weight channels by the score of the image masked by them; C forward passes.

        H_k      = min-max of A_k, enlarged to the input's size   (equations 5 and 6)
        alpha_mk = softmax over k of s_m(H_k * image)             (algorithm 1)
        L_mij    = sum_k  alpha_mk A_kij

    Masked areas have the card's mean colour, the zero of the normalised input. As in pytorch-grad-cam, the
    score of the empty image is not subtracted, since the softmax would cancel it. Unlike there, masked images
    are rounded to integers, since the forward graph takes uint8.

    Maps of an estimate include the channels done so far.

    Raises:
        QuestionError: the model has no layer with a map.
    """
    activations = activations_of(explanation, "Score-CAM")[0]
    seen = at_input(model, image)
    colour = mean_colour(model)
    channels = len(activations)
    found = np.full((len(explanation.score_weights), channels), -np.inf, np.float32)
    for part in batches(channels, batch):
        masks = _enlarged(activations[part], model.card.input_size)
        masks -= masks.min(axis=(1, 2), keepdims=True)
        masks /= masks.max(axis=(1, 2), keepdims=True) + np.float32(_EPSILON)
        masked = apply_masks(seen.image, seen.without_padding(masks), colour)
        answers = scores(seen.model, masked, explanation.score_weights)
        found[:, part] = answers.T
        yield PerturbationResult(weighted_sum(softmax(found), activations), part.stop, channels)


def _enlarged(maps: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Resize `[N, h, w]` to `[N, H, W]` bilinearly with aligned corners.

    This is PyTorch's `UpsamplingBilinear2d`.
    """
    rows = _interpolation(maps.shape[1], size[0])
    columns = _interpolation(maps.shape[2], size[1])
    wide = np.einsum("nhw,Ww->nhW", maps, columns)
    return np.asarray(np.einsum("nhW,Hh->nHW", wide, rows), np.float32)


def _interpolation(short: int, long: int) -> NDArray[np.float32]:
    """Matrix `[long, short]` of linear interpolation with aligned end points."""
    places = np.linspace(0, short - 1, long)
    return np.asarray(np.maximum(0, 1 - np.abs(places[:, None] - np.arange(short))), np.float32)
