"""The engine: a pair of graphs in, explanations out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explain import bundled
from explain.errors import ImageError, QuestionError
from explain.explanation import Explanation
from explain.images import read_image
from explain.opening import open_pair
from explain.questions import argued_for, why
from explain.running import check_method, map_scores, remap, run_forward, run_gradient

if TYPE_CHECKING:
    from explain.pair import Pair
    from explain.relayering import LayerChoice, Layers

Image = str | os.PathLike[str] | NDArray[np.uint8]


class Explainer:
    """A model that explains its decisions.

    Safe to call from several threads. The gradient graph is small, so every question after the
    first about the same picture costs about a millisecond (`score`).

    Args:
        model_path: the forward graph of a pair, its gradient graph beside it; None for the bundled pair.
        providers: ONNX Runtime execution providers in order of preference; None for CUDA where it
            is to be had, else the CPU. The one really in use is `provider`, and `provider_reason` says why it
            is not the first of them.
        layer: name of the layer to explain instead of the pair's own (see `layers`).
        threads: of the CPU for one run; None for one a core. With 1, callers in several threads get more
            pictures done than one that goes through them.

    Raises:
        ModelError: a file of the pair is missing, broken, or does not belong to the other; or there is no
            such layer.
        CardError: the forward graph has no card, or an unfit one.
    """

    def __init__(
        self,
        model_path: str | os.PathLike[str] | None = None,
        providers: Sequence[str] | None = None,
        *,
        layer: str | None = None,
        threads: int | None = None,
    ) -> None:
        self.model_path = bundled.bundled_model() if model_path is None else Path(model_path)
        self._providers, self.threads = providers, threads
        self._open(None)
        if layer is not None and layer != self.layer:
            self._open(self._layers.pair_at(layer))

    @property
    def layer(self) -> str:
        """The layer that is explained."""
        return self.card.target_layer

    def layers(self) -> list[LayerChoice]:
        """The layers that could be explained, in the order in which they are computed.

        The first asking takes some tenths of a second: the model is read, and run to see its shapes.

        Raises:
            ModelError: the model's files cannot be read any more.
        """
        return [replace(choice, is_target=choice.name == self.layer) for choice in self._layers.choices]

    def with_layer(self, layer: str) -> Explainer:
        """An explainer of the same model that explains another layer; this one stays as it is.

        Probabilities are the same. Takes some tenths of a second; nothing is written.

        Args:
            layer: name of one of `layers`.

        Raises:
            ModelError: there is no such layer, or no gradient reaches it; or the model's files cannot be read
                any more.
            UnsupportedOperatorError: an operator behind it has no differentiation rule.
        """
        other = copy(self)
        other._open(self._layers.pair_at(layer))
        return other

    def with_threads(self, threads: int | None) -> Explainer:
        """This explainer, or one of the same model and layer, whose runs take so many threads of the CPU."""
        if threads == self.threads:
            return self
        other = copy(self)
        other.threads = threads
        other._open(self._relayered)
        return other

    def pair(self) -> Pair:
        """The model's two graphs, read from their files unless another layer than theirs is explained.

        Raises:
            ModelError: the model's files cannot be read any more.
        """
        from explain.pair import load_pair

        return self._relayered or load_pair(self.model_path)

    def _open(self, relayered: Pair | None) -> None:
        self._pair = open_pair(self.model_path, self._providers, relayered, threads=self.threads)
        self._relayered = relayered
        self.card = self._pair.card
        self.provider = self._pair.provider
        self.provider_reason = self._pair.provider_reason

    @cached_property
    def _layers(self) -> Layers:
        from explain.pair import load_pair
        from explain.relayering import Layers

        return Layers(load_pair(self.model_path))

    @property
    def class_count(self) -> int:
        """K, the number of classes."""
        return len(self.card.classes)

    def predict(self, image: Image) -> NDArray[np.float32]:
        """Probabilities float32 `[K]` of a picture (a path, or RGB uint8 `[H, W, 3]`).

        Raises:
            ImageError: the picture cannot be read.
        """
        return softmax(self.logits(_pixels(image)[None])[0])

    def logits(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Logits float32 `[N, K]` of a batch of RGB pictures uint8 `[N, H, W, 3]`, all of one size.

        The memory that the runtime takes grows with N.

        Raises:
            ImageError: the array is of another type or shape.
        """
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3 or images.size == 0:
            raise ImageError(
                f"the pictures are {images.dtype} {list(images.shape)}; expected RGB uint8 [N, H, W, 3]"
            )
        return cast(NDArray[np.float32], self._pair.forward.run(["logits"], {"image": images})[0])

    def explain(
        self,
        image: Image,
        classes: Sequence[int] | None = None,
        top: int = 5,
        method: str = "grad-cam",
    ) -> Explanation:
        """Predict a picture's classes and map the evidence for some of them.

        Args:
            image: a path, or RGB uint8 `[H, W, 3]`.
            classes: indexes of the classes to explain; None for the `top` most probable.
            top: how many, where `classes` is None; at most K count.
            method: a name from `explain.methods.METHODS`.

        Returns:
            Maps float32 `[M, h, w]`, not normalised, and what else the forward pass gave.

        Raises:
            ImageError: the picture cannot be read.
            QuestionError: there is no such class or method, or `top` is below 1.
        """
        check_method(method)
        if classes is None and top < 1:
            raise QuestionError(f"top is {top}; expected at least 1")
        weights = None if classes is None else self._one_hot_rows(classes)
        started = perf_counter()
        pixels = _pixels(image)
        decoded = perf_counter()
        logits, tensors = run_forward(self._pair, pixels)
        answered = perf_counter()
        if weights is None:
            best = np.argsort(-logits, kind="stable")[:top]
            weights = self._one_hot_rows([int(index) for index in best])
        mapped = map_scores(self._pair, tensors, weights, method)
        return Explanation(
            probabilities=softmax(logits),
            logits=logits,
            classes=argued_for(weights),
            score_weights=weights,
            maps=mapped.maps,
            method=method,
            timings_ms={
                **mapped.timings_ms,
                "decode": 0.0 if isinstance(image, np.ndarray) else 1000 * (decoded - started),
                "forward": 1000 * (answered - decoded),
            },
            provider=self.provider,
            provider_reason=self.provider_reason,
            image_size=(pixels.shape[0], pixels.shape[1]),
            tensors=tensors,
            gradients=mapped.gradients,
        )

    def score(
        self, explanation: Explanation, score_weights: ArrayLike, method: str = "grad-cam"
    ) -> Explanation:
        """Ask further questions of an explained picture, through the gradient graph alone.

        Args:
            explanation: an answer of this very model.
            score_weights: the scores as linear forms of the logits, `[M, K]` (see `explain.questions`).
            method: a name from `explain.methods.METHODS`.

        Raises:
            QuestionError: the weights have another shape or are not finite, or there is no such method.
        """
        check_method(method)
        weights = np.asarray(score_weights, np.float32)
        if weights.ndim != 2 or weights.shape[0] < 1 or weights.shape[1] != self.class_count:
            raise QuestionError(
                f"score weights have shape {weights.shape}; expected [M, {self.class_count}], M >= 1"
            )
        if not np.isfinite(weights).all():
            raise QuestionError("score weights must be finite numbers")
        mapped = map_scores(self._pair, explanation.tensors, weights, method)
        return replace(
            explanation,
            classes=argued_for(weights),
            score_weights=weights,
            maps=mapped.maps,
            method=method,
            timings_ms=mapped.timings_ms,
            gradients=mapped.gradients,
        )

    def remap(self, explanation: Explanation, method: str) -> Explanation:
        """Map the same scores by another method.

        No graph runs where the explanation has kept its gradients; else the gradient graph does.

        Args:
            explanation: an answer of this very model.
            method: a name from `explain.methods.METHODS`.

        Raises:
            QuestionError: there is no such method.
        """
        check_method(method)
        if explanation.gradients is None:
            mapped = map_scores(self._pair, explanation.tensors, explanation.score_weights, method)
        else:
            mapped = remap(explanation.tensors, explanation.gradients, method)
        return replace(
            explanation,
            maps=mapped.maps,
            method=method,
            timings_ms=mapped.timings_ms,
            gradients=mapped.gradients,
        )

    def gradients(self, explanation: Explanation) -> NDArray[np.float32]:
        """Gradients float32 `[M, C, h, w]` of the explained scores with respect to the activations.

        Those that the explanation has kept, or else anew through the gradient graph.
        """
        if explanation.gradients is not None:
            return explanation.gradients
        return run_gradient(self._pair, explanation.tensors, explanation.score_weights)

    def _one_hot_rows(self, classes: Sequence[int]) -> NDArray[np.float32]:
        if len(classes) == 0:
            raise QuestionError("no class to explain; expected at least one")
        return np.concatenate([why(index, self.class_count) for index in classes])


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of logits along the last axis; any finite logits, however large."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return cast(NDArray[np.float32], powers / powers.sum(axis=-1, keepdims=True))


def _pixels(image: Image) -> NDArray[np.uint8]:
    if not isinstance(image, np.ndarray):
        return read_image(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise ImageError(f"the picture is {image.dtype} {list(image.shape)}; expected RGB uint8 [H, W, 3]")
    return image
