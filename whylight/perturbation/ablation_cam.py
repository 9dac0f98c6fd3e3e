"""Ablation-CAM: Desai and Ramaswamy, WACV 2020.

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
"""Rows a run of the tail: it is small beside the network."""


def ablation_cam(
    model: OpenClassifier, image: NDArray[np.uint8], explanation: Explanation, *, batch: int = TAIL_BATCH
) -> Iterator[PerturbationResult]:
    """Channels weighted by how far the score falls without them; C runs of the network's tail.

        alpha_mk = s_m - s_m(A with A_k = 0)
        L_mij    = sum_k  alpha_mk A_kij

    The paper and pytorch-grad-cam divide by the score, which for a positive one changes nothing that a scaled
    map shows, and for a negative one would turn evidence round; here the fall itself is the weight. As in
    the paper a channel is set to zero; pytorch-grad-cam sets it to -10,000,000 where activations can be
    negative, which no network has learned to answer.

    The image is needed only where the tail takes more of the network than the activations, such as a skip
    connection around the target layer. An estimate's maps are of the channels done so far.

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
