"""Names of the graphs' inputs and outputs, which are part of the file format."""

from __future__ import annotations

IMAGE = "image"
"""Input of the forward graph, uint8 `[N, H, W, 3]`, RGB."""

LOGITS = "logits"
"""Output of the forward graph, float32 `[N, K]`."""

ACTIVATIONS = "activations"
"""Output of the forward graph and input of the gradient graph, float32 `[N, C, h, w]`."""

IMAGE_INDEX = "image_index"
"""Input of the gradient graph, int64 `[M]`: the image of each score."""

SCORE_WEIGHTS = "score_weights"
"""Input of the gradient graph, float32 `[M, K]`: the scores as linear forms of the logits."""

PLACE_SCORES = "place_scores"
"""Output of a detector's forward graph, float32 `[N, K, P]`: the scores at each of P places."""

BOXES = "boxes"
"""Output of a detector's forward graph, float32 `[N, 4, P]`: the box of each place."""

MASKS = "mask_parts"
"""Output of a detector of masks, float32 `[N, C, P + h w]`: coefficients of places beside prototypes."""

PLACE_WEIGHTS = "place_weights"
"""Input of the gradient graph of scores with places, float32 `[M, P]`: which places count for each score."""

GRADIENTS = "gradients"
"""Output of the gradient graph, float32 `[M, C, h, w]`."""

CHANNEL_MEANS = "channel_means"
"""Optional output of the gradient graph, float32 `[M, C]`: spatial means of the gradients."""

WITH_GRADIENTS = "with_gradients"
"""Optional input of the gradient graph, bool, by default true: whether `gradients` are computed too."""

FORWARD_OUTPUTS = (LOGITS, ACTIVATIONS)
"""Outputs that every forward graph has, unless it has no gradients and no layer with a map."""
