"""Open the two graphs of a pair as sessions, or a forward graph without gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import onnxruntime

from whylight.answers import SIMILARITY
from whylight.common.paths import is_file
from whylight.errors import Message, ModelError
from whylight.methods.availability import PLACE_METHOD, methods_of
from whylight.pair.card import Card
from whylight.pair.metadata import gradient_path, lacks_gradients, require_same_model
from whylight.runtime.session import CPU, MEMORIES, default_providers, open_session, why_not
from whylight.tensor_names import (
    ACTIVATIONS,
    BOXES,
    CHANNEL_MEANS,
    FORWARD_OUTPUTS,
    IMAGE_INDEX,
    LOGITS,
    MASKS,
    PLACE_SCORES,
    PLACE_WEIGHTS,
    SCORE_WEIGHTS,
)

if TYPE_CHECKING:
    from whylight.pair.build import Pair

_QUESTION = (IMAGE_INDEX, SCORE_WEIGHTS, PLACE_WEIGHTS)
"""Inputs of the gradient graph that are not outputs of the forward graph."""


@dataclass(frozen=True, slots=True)
class OpenedPair:
    """The sessions of a pair."""

    forward: onnxruntime.InferenceSession
    gradient: onnxruntime.InferenceSession | None
    """None if the model has no gradients."""
    card: Card
    outputs: tuple[str, ...]
    """Requested outputs of the forward graph: logits, activations and other inputs of the tail. Models
    without gradients may have no activations."""
    tail_inputs: tuple[str, ...]
    """Outputs of the forward graph that are inputs of the gradient graph."""
    has_means: bool
    """Whether the gradient graph can compute means of gradients without the gradients
    (`whylight.autodiff.channel_means`)."""
    provider: str
    """The execution provider in use."""
    device: str
    """Device of the provider's tensors, in ONNX Runtime's terms (`whylight.runtime.session.MEMORIES`)."""
    provider_reason: Message
    """The reason why the first requested provider is not used; empty if it is."""

    @property
    def has_places(self) -> bool:
        """Whether scores are made at places, as those of detectors and segmenters are."""
        return PLACE_SCORES in self.outputs

    @property
    def methods(self) -> tuple[str, ...]:
        """Names of the available methods, the default first."""
        found = methods_of(
            gradients=self.gradient is not None,
            activations=ACTIVATIONS in self.outputs,
            boxes=self.card.detector is not None,
        )
        asks_a_place = self.card.detector is not None or self.card.segmenter is not None
        if not (asks_a_place or self.card.answers == SIMILARITY) or PLACE_METHOD not in found:
            return found
        return (PLACE_METHOD, *(name for name in found if name != PLACE_METHOD))


def open_pair(
    path: Path, providers: Sequence[str] | None, pair: Pair | None = None, *, threads: int | None = None
) -> OpenedPair:
    """Open the graphs of a pair, or the forward graph of a model without gradients.

    Args:
        path: file of the forward graph; the gradient graph is next to it.
        providers: ONNX Runtime execution providers in order of preference; None for CUDA if available, else
            the CPU.
        pair: the pair in memory; `path` is then only used in messages.
        threads: CPU threads per run; None for one per core.

    Raises:
        ModelError: a file of the pair is missing or invalid, or the files do not belong together.
        CardError: the forward graph has no valid card.
    """
    asked = default_providers() if providers is None else list(providers)
    tail = gradient_path(path)
    forward = open_session(path if pair is None else pair.forward, asked, f"'{path.name}'", threads=threads)
    card = Card.from_metadata(_metadata(forward))
    # Open the gradient graph, if the model has one.
    gradient = None
    if not lacks_gradients(_metadata(forward)):
        if pair is None and not is_file(tail):
            raise ModelError(
                "'{name}' has no gradient graph '{gradient}' beside it", name=path.name, gradient=tail.name
            )
        source = tail if pair is None or pair.gradient is None else pair.gradient
        gradient = open_session(source, asked, f"'{tail.name}'", threads=threads)
        require_same_model(path, _metadata(forward), _metadata(gradient))
    # Outputs that the gradient graph needs; a model without gradients may have no activations.
    taken = [] if gradient is None else [entry.name for entry in gradient.get_inputs()]
    tail_inputs = tuple(name for name in taken if name not in _QUESTION)
    made = {entry.name for entry in forward.get_outputs()}
    placed = [] if card.segmenter is None else [PLACE_SCORES]
    if card.detector is not None:
        placed = [PLACE_SCORES, BOXES, *([MASKS] if card.detector.masks else [])]
    outputs = tuple(dict.fromkeys([*FORWARD_OUTPUTS, *placed, *tail_inputs]))
    if gradient is None and ACTIVATIONS not in made:
        outputs = (LOGITS, *placed)
    if not made.issuperset(outputs):
        raise ModelError(
            "'{name}' lacks the outputs {outputs}", name=path.name, outputs=sorted(set(outputs) - made)
        )
    has_means = gradient is not None and CHANNEL_MEANS in {entry.name for entry in gradient.get_outputs()}
    used = cast(str, forward.get_providers()[0])
    device = MEMORIES.get(used, MEMORIES[CPU])
    reason = why_not(asked, used)
    return OpenedPair(forward, gradient, card, outputs, tail_inputs, has_means, used, device, reason)


def _metadata(session: onnxruntime.InferenceSession) -> Mapping[str, str]:
    return cast(Mapping[str, str], session.get_modelmeta().custom_metadata_map)
