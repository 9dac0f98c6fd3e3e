"""Ablation-CAM (Desai and Ramaswamy, WACV 2020).

doi 10.1109/WACV45572.2020.9093360.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from whylight.explanation import Explanation
from whylight.methods.channel_weights import weighted_sum
from whylight.perturbation.estimate import PerturbationResult, activations_of, batches, weighted_logits
from whylight.perturbation.network_tail import open_tail
from whylight.protocols import OpenClassifier

TAIL_BATCH = 32
"""Batch size of the tail, which is small compared with the network."""


def ablation_cam(
    model: OpenClassifier, image: NDArray[np.uint8], explanation: Explanation, *, batch: int = TAIL_BATCH
) -> Iterator[PerturbationResult]:
    """Weight channels by the drop of the score without them; C runs of the tail.

        alpha_mk = s_m - s_m(A with A_k = 0)
        L_mij    = sum_k  alpha_mk A_kij

    The paper and pytorch-grad-cam divide by the score. For positive scores this does not change a scaled map,
    and for negative ones it would invert the evidence; here the drop itself is the weight. As in the paper,
    channels are set to zero; pytorch-grad-cam sets them to -10,000,000 if activations can be negative, which
    is far outside the range that networks are trained on.

    The image is only needed if the tail takes other tensors than the activations, such as a skip connection
    around the target layer. Maps of an estimate include the channels done so far.

    Raises:
        ModelError: the forward graph's tail cannot be cut out (see `whylight.perturbation.network_tail`).
        QuestionError: the model has no layer with a map.
    """
    activations = activations_of(explanation, "Ablation-CAM")
    tail = open_tail(model, image, explanation)
    channels = activations.shape[1]
    weights = np.zeros((len(explanation.score_weights), channels), np.float32)
    whole = weighted_logits(tail.logits(activations), explanation.score_weights)
    for part in batches(channels, batch):
        ablated = np.repeat(activations, part.stop - part.start, axis=0)
        ablated[np.arange(len(ablated)), np.arange(part.start, part.stop)] = 0
        fallen = weighted_logits(tail.logits(ablated), explanation.score_weights)
        weights[:, part] = (whole - fallen).T
        yield PerturbationResult(weighted_sum(weights, activations[0]), part.stop, channels)
