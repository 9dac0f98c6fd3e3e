"""Comparison of a pair with the PyTorch module that it was made of.

Gradients are compared with those of autograd in float64.

torch is imported when a module is given, and not before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from whylight.adoption.image_input import LUMA
from whylight.adoption.module_answers import answering, duplicate
from whylight.bundled import sample_images
from whylight.errors import ModelError
from whylight.images.decode import read_image
from whylight.images.geometry import BGR, GREY, RGB
from whylight.inference.open_pair import open_pair
from whylight.pair.build import Pair
from whylight.pair.card import Card
from whylight.runtime.session import CPU
from whylight.tensor_names import (
    ACTIVATIONS,
    GRADIENTS,
    IMAGE,
    IMAGE_INDEX,
    LOGITS,
    PLACE_SCORES,
    PLACE_WEIGHTS,
    SCORE_WEIGHTS,
)

if TYPE_CHECKING:
    import torch

CHECKED_IMAGES = 3
CHECKED_CLASSES = 3
"""Classes whose gradients are compared on each image: the likeliest."""
ANSWERS_TOLERANCE = 1e-3
"""Largest allowed difference of logits, relative to the largest."""
_MAXIMA = ("GlobalMaxPool", "MaxPool", "ReduceMax")
GRADIENTS_TOLERANCE = 1e-2
"""Largest allowed Euclidean distance of gradients from autograd's, relative to their length. Single units at
a kink, which rounding moves to its other side, stay below it."""
SAME = 1e-3
"""Largest difference of a tensor of the module from the activations, relative to the largest, at which it is
taken for the same tensor."""


def compare_with_module(network: torch.nn.Module, pair: Pair, path: Path) -> Mapping[str, float]:
    """Compare a pair's answers and gradients with the module's in float64.

    The tensor of the module that the pair explains is found by its values among all that the module computes.
    Where the module's answers are a function of the pair's logits, such as their softmax, its gradients are
    those of what leads back to logits. Of a segmenter the scores of all places are compared, if the module
    answers at the places of the pair's grid, and the gradients of sums over places.

    Args:
        network: the module, in evaluation mode, float32 on the CPU.
        pair: the pair made of it.
        path: name of the pair for messages.

    Returns:
        The largest relative differences: `module_logits` if the module answers at the same places, and
        `module_gradients` if the tensor was found.

    Raises:
        ModelError: they are too large.
    """
    import torch

    opened = open_pair(path, [CPU], pair)
    card = pair.card
    exact = answering(duplicate(network, "float64"))
    for part in exact.modules():
        if getattr(part, "inplace", False) is True:
            part.inplace = False  # type: ignore[assignment]  # it would write over the tensor that is looked for
    for parameter in exact.parameters():
        if parameter.is_leaf:  # those of TorchScript's copies are none
            parameter.requires_grad_(False)
    has_maxima = any(node.op_type in _MAXIMA for node in pair.forward.graph.node)
    logits_gap, gradients_gap, compared = 0.0, 0.0, 0
    for file in sample_images()[:CHECKED_IMAGES]:
        # At the input's size nothing is resized, neither here nor there.
        pixels = _resized(read_image(file), card.input_size)
        outputs = list(opened.outputs)
        made = dict(zip(outputs, opened.forward.run(outputs, {IMAGE: pixels[None]}), strict=True))
        images = torch.from_numpy(_as_module_takes(pixels, card))
        with _Recording() as recording:
            answers = exact(images.requires_grad_())[0].flatten(1 if card.segmenter else 0)
        logits = made[LOGITS if card.segmenter is None else PLACE_SCORES][0]
        if answers.shape[1:] != logits.shape[1:]:
            return {}  # a segmenter that enlarges its map at the end
        ending, gap = closest_ending(answers.detach().numpy(), logits)
        logits_gap = max(logits_gap, gap)
        found = recording.find(made[ACTIVATIONS]) if opened.gradient is not None else None
        if opened.gradient is None or found is None:
            continue
        tensor, to_map = found
        overall = logits if card.segmenter is None else logits.mean(axis=1)
        weights = _contrasts(overall) if ending in _SOFTMAXES else _likeliest(overall)
        asked = {IMAGE_INDEX: np.zeros(len(weights), np.int64), SCORE_WEIGHTS: weights}
        scores = _as_logits(answers, ending, len(logits))
        if card.segmenter is not None:
            of_places = np.linspace(0.5, 1.5, card.segmenter.places, dtype=np.float32) / card.segmenter.places
            asked[PLACE_WEIGHTS] = np.tile(of_places, (len(weights), 1))
            scores = scores @ torch.from_numpy(of_places).double()
        given = {name: made[name] for name in opened.tail_inputs}
        (gradients,) = opened.gradient.run([GRADIENTS], given | asked)
        for row, weight in zip(gradients, weights, strict=True):
            chosen = np.flatnonzero(weight)
            score = (scores[chosen] * torch.from_numpy(weight[chosen]).double()).sum()
            if not score.isfinite():  # an answer of exactly 0 or 1
                continue
            (expected,) = torch.autograd.grad(score, tensor, retain_graph=True)
            reference = to_map(expected)[0].numpy()
            gap = _gap(row, reference)
            if gap > GRADIENTS_TOLERANCE and has_maxima:
                values = made[ACTIVATIONS][0]
                gap = _gap(over_ties(row, values), over_ties(reference, values))
            gradients_gap = max(gradients_gap, gap)
            compared += 1
    if not logits_gap <= ANSWERS_TOLERANCE:
        raise ModelError(
            "the pair's logits differ from the module's by {gap:.1e} of the largest, allowed {allowed:.0e}",
            gap=logits_gap,
            allowed=ANSWERS_TOLERANCE,
        )
    if not gradients_gap <= GRADIENTS_TOLERANCE:
        raise ModelError(
            "the pair's gradients differ from autograd's by {gap:.1e} of their length, allowed {allowed:.0e}",
            gap=gradients_gap,
            allowed=GRADIENTS_TOLERANCE,
        )
    figures = {"module_logits": logits_gap}
    return figures | ({"module_gradients": gradients_gap} if compared else {})


def _as_module_takes(pixels: NDArray[np.uint8], card: Card) -> NDArray[np.float64]:
    """Return an image `[h, w, 3]` as the module's input `[1, C, h, w]`."""
    values = (pixels / 255 - np.array(card.mean)) / np.array(card.std)
    colours = RGB if card.input is None else card.input.colours
    if colours == GREY:
        values = values @ np.array(LUMA)[:, None]
    elif colours == BGR:
        values = values[..., ::-1]
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])


_PLAIN, _SOFTMAX, _LOG_SOFTMAX, _SIGMOID, _EXPONENTIAL = (
    "",
    "softmax",
    "log-softmax",
    "sigmoid",
    "exponential",
)
_SOFTMAXES = (_SOFTMAX, _LOG_SOFTMAX)


def closest_ending(answers: NDArray[np.float64], logits: NDArray[np.float32]) -> tuple[str, float]:
    """Return by which function a module's answers follow from a pair's logits.

    Args:
        answers: `[K]`, or `[1]` of two classes by one score; `[K, P]` at P places.
        logits: `[K]` or `[K, P]`.

    Returns:
        Its name, and the difference from the module's answers, relative to the largest.
    """
    own = logits.astype(np.float64)
    if len(answers) == 1 and len(own) == 2:
        own = own[1:]  # logits (-z, z) of a score z
    if len(answers) != len(own):
        return _PLAIN, float("inf")
    log_shares = own - np.logaddexp.reduce(own, axis=0)
    with np.errstate(over="ignore"):
        of_ending: dict[str, NDArray[np.float64]] = {
            _PLAIN: own,
            _SOFTMAX: np.exp(log_shares),
            _LOG_SOFTMAX: log_shares,
            _SIGMOID: 1 / (1 + np.exp(-own)),
            _EXPONENTIAL: np.exp(own),
        }
    gaps = {ending: _relative(values, answers) for ending, values in of_ending.items()}
    ending = min(gaps, key=lambda name: np.inf if np.isnan(gaps[name]) else gaps[name])
    return ending, gaps[ending]


def _as_logits(answers: torch.Tensor, ending: str, count: int) -> torch.Tensor:
    """Return a module's answers as logits.

    Those of a softmax may differ by what all classes have in common.
    """
    import torch

    scores = answers
    if ending in (_SOFTMAX, _EXPONENTIAL):
        scores = answers.log()
    elif ending == _SIGMOID:
        scores = answers.log() - torch.log1p(-answers)
    return torch.cat([-scores, scores]) if len(scores) == 1 and count == 2 else scores


def _likeliest(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights `[n, K]` of the likeliest classes, one each."""
    return np.eye(len(logits), dtype=np.float32)[np.argsort(-logits)[:CHECKED_CLASSES]]


def _contrasts(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights `[n, K]` of the likeliest classes, each against one other.

    A softmax keeps differences alone.
    """
    order = np.argsort(-logits)
    other = min(CHECKED_CLASSES, len(order) - 1)
    weights = np.zeros((other, len(logits)), np.float32)
    weights[np.arange(other), order[:other]] = 1
    weights[:, order[other]] = -1
    return weights


def _gap(found: NDArray[np.floating], expected: NDArray[np.floating]) -> float:
    """Return the length of the difference, relative to that of what is expected."""
    return float(np.linalg.norm(found - expected)) / (float(np.linalg.norm(expected)) or 1.0)


def over_ties(gradient: NDArray[np.floating], values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return a gradient `[C, h, w]`, averaged over equal values of a channel.

    Of a maximum that several places share, every program may take another one: of a channel that a ReLU left
    at zero (fastai's networks end with a global MaxPool), PyTorch takes the first place, and others share it
    among all. What they have in common is the sum.
    """
    averaged = np.array(gradient, np.float64)
    for row, channel in zip(averaged.reshape(len(values), -1), values.reshape(len(values), -1), strict=True):
        _, group = np.unique(channel, return_inverse=True)
        row[:] = (np.bincount(group, weights=row) / np.bincount(group))[group]
    return averaged


class _Recording:
    """Keeps every tensor of four or three dimensions that a module computes."""

    def __init__(self) -> None:
        self._tensors: list[torch.Tensor] = []

    def __enter__(self) -> _Recording:
        import torch
        from torch.overrides import TorchFunctionMode

        tensors = self._tensors

        class Mode(TorchFunctionMode):
            def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                made = func(*args, **(kwargs or {}))
                if isinstance(made, torch.Tensor) and made.requires_grad and made.ndim in (3, 4):
                    tensors.append(made)
                return made

        self._mode = Mode()
        self._mode.__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *exception: object) -> None:
        self._mode.__exit__(*exception)  # type: ignore[no-untyped-call]

    def find(
        self, activations: NDArray[np.float32]
    ) -> tuple[torch.Tensor, Callable[[torch.Tensor], torch.Tensor]] | None:
        """Return the last tensor equal to the activations, and its conversion to a map."""
        _, channels, height, width = activations.shape
        for tensor in reversed(self._tensors):
            for to_map in _LAYOUTS:
                try:
                    as_map = to_map(tensor.detach(), channels, height, width)
                except (RuntimeError, IndexError):
                    continue
                if as_map.shape == activations.shape and _relative(as_map.numpy(), activations) <= SAME:
                    return tensor, lambda value, to_map=to_map: to_map(value, channels, height, width)
        return None


def _channels_first(tensor: Any, _channels: int, _height: int, _width: int) -> Any:
    return tensor


def _channels_last(tensor: Any, _channels: int, _height: int, _width: int) -> Any:
    return tensor.permute(0, 3, 1, 2)


def _tokens(tensor: Any, channels: int, height: int, width: int) -> Any:
    """`[N, n, C]`, where the first tokens may be no places."""
    return tensor[:, tensor.shape[1] - height * width :].permute(0, 2, 1).reshape(-1, channels, height, width)


_LAYOUTS = (_channels_first, _channels_last, _tokens)


def _resized(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    import cv2

    height, width = size
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _relative(found: NDArray[Any], expected: NDArray[Any]) -> float:
    return float(np.abs(found - expected).max() / (np.abs(expected).max() or 1.0))
