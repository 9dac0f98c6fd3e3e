"""An embedding model in words; ONNX is not needed for it."""

from __future__ import annotations

from whylight.answers import SIMILARITY
from whylight.errors import Message
from whylight.pair.card import Card


def describe_embedder(card: Card) -> Message | None:
    """Return a model of embeddings in words; None for other models."""
    if card.answers != SIMILARITY:
        return None
    if card.references:
        return Message("embeddings, compared with {count:,}", count=len(card.classes))
    return Message("embeddings of {count:,} numbers", count=len(card.classes))
