"""Scores of an image seen through masks, without rounding the masked image.

A forward graph takes images of whole levels, so a masked image would be rounded, which changes channel scores
of Score-CAM by up to a logit. What lies between the levels and the network is linear in each pixel
(`whylight.pair.preprocessing`), so masks are applied behind it:

    N(k x + (1 - k) c) = k N(x) + (1 - k) N(c)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from whylight.errors import Message
from whylight.perturbation.estimate import apply_masks, mean_colour, weighted_logits
from whylight.perturbation.input_resize import at_input
from whylight.protocols import Classifier, OpenClassifier
from whylight.runtime.session import open_session
from whylight.tensor_names import IMAGE, LOGITS

if TYPE_CHECKING:
    import onnxruntime

    Parts = tuple[onnxruntime.InferenceSession, onnxruntime.InferenceSession]

_opened: WeakKeyDictionary[object, Parts | None] = WeakKeyDictionary()
"""Sessions of each model, which several images share."""

MaskedScores = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Takes masks `[N, H, W]`, the weight of the image at each pixel, and returns scores `[N, M]`."""


def masked_scores(
    model: Classifier, image: NDArray[np.uint8], score_weights: NDArray[np.float32]
) -> MaskedScores:
    """Return a function from masks to scores.

    What is masked has the card's mean colour; padding is kept.

    Args:
        model: a model. One whose graph cannot be read, or does not take `[N, 3, h, w]`, gets masked images
            rounded to whole levels.
        image: RGB uint8 `[H, W, 3]`.
        score_weights: float32 `[M, K]`.
    """
    seen, colour = at_input(model, image), mean_colour(model)
    parts = _parts(model)
    if parts is None:
        return lambda kept: weighted_logits(
            seen.model.logits(apply_masks(seen.image, seen.without_padding(kept), colour)), score_weights
        )
    stage, network = parts
    (network_input,) = network.get_inputs()
    levels = np.stack([seen.image, np.zeros_like(seen.image), np.full_like(seen.image, 255)])
    shown, black, white = (stage.run(None, {IMAGE: one[None]})[0] for one in levels)
    # The colour is fractional, and the stage may swap channels: it is mixed of black and white ones.
    hidden = black + (white - black) * _channels_of(stage, seen.image, colour)
    difference = shown - hidden

    def scores(kept: NDArray[np.float32]) -> NDArray[np.float32]:
        masked = np.asarray(seen.without_padding(kept)[:, None] * difference + hidden, np.float32)
        return weighted_logits(network.run([LOGITS], {network_input.name: masked})[0], score_weights)

    return scores


def _channels_of(
    stage: onnxruntime.InferenceSession, image: NDArray[np.uint8], colour: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return a colour in 0..1 in the order of the network's channels, `[1, 3, 1, 1]`."""
    found = np.zeros((1, 3, 1, 1), np.float32)
    (black,) = stage.run(None, {IMAGE: np.zeros_like(image)[None]})
    for channel in range(3):
        pure = np.zeros_like(image)
        pure[..., channel] = 255
        changed = np.abs(stage.run(None, {IMAGE: pure[None]})[0] - black).max(axis=(2, 3), keepdims=True) > 0
        found += changed * colour[channel] / np.float32(255)
    return found


def _parts(model: Classifier) -> Parts | None:
    """Return sessions of the input stage and of the network behind it, or None."""
    if not hasattr(model, "to_pair"):
        return None
    if model not in _opened:
        _opened[model] = _split(model)  # type: ignore[arg-type]
    return _opened[model]


def _split(model: OpenClassifier) -> Parts | None:
    import onnx

    from whylight.graphs.editor import set_output
    from whylight.graphs.extraction import subgraph
    from whylight.pair.input_stage import extract_input_stage, is_looped

    forward = model.to_pair().forward
    if is_looped(forward):
        return None
    network = onnx.ModelProto()
    network.CopyFrom(forward)
    found = extract_input_stage(network, model.card.input_size)
    if found.item_shape != (3, *model.card.input_size):
        return None
    set_output(network, LOGITS)
    stage = subgraph(forward, list(forward.graph.input), [onnx.ValueInfoProto(name=found.output)])
    name = Message("'{model}'", model=model.model_path.name)
    return open_session(stage, [model.provider], name), open_session(network, [model.provider], name)
