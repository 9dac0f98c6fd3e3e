"""From logits to probabilities."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of logits along the last axis; any finite logits, however large."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return cast(NDArray[np.float32], powers / powers.sum(axis=-1, keepdims=True))
