"""File names and metadata of pairs; does not load models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from whylight.errors import ModelError

if TYPE_CHECKING:
    import onnx

PAIR_KEY = "whylight.pair"
"""Metadata key of both graphs: SHA-256 of the forward graph, including the card."""

GRADIENTS_KEY = "whylight.gradients"
NO_GRADIENTS = "none"
"""Metadata key, and its only value, of a forward graph without gradient graph."""


def gradient_path(forward_path: Path) -> Path:
    """Return the path of the gradient graph of `NAME.onnx`: `NAME.gradient.onnx`."""
    return forward_path.with_name(f"{forward_path.stem}.gradient.onnx")


def data_path(graph_path: Path) -> Path:
    """Return the path of the external weights of a large graph: `NAME.onnx.data`."""
    return graph_path.with_name(f"{graph_path.name}.data")


def metadata_of(model: onnx.ModelProto) -> dict[str, str]:
    """Return the metadata of a loaded graph as a dictionary."""
    return {entry.key: entry.value for entry in model.metadata_props}


def lacks_gradients(forward: Mapping[str, str]) -> bool:
    """Return whether a forward graph is marked as having no gradient graph."""
    return forward.get(GRADIENTS_KEY) == NO_GRADIENTS


def require_same_model(forward_path: Path, forward: Mapping[str, str], gradient: Mapping[str, str]) -> None:
    """Check by their metadata that two graphs belong together.

    Raises:
        ModelError: they do not, or the forward graph is not of a pair.
    """
    identifier = forward.get(PAIR_KEY)
    if identifier is None or gradient.get(PAIR_KEY) != identifier:
        raise ModelError(
            "'{model}' and '{gradient}' are not of the same model; copy both files of a pair "
            "together, or export it again",
            model=forward_path.name,
            gradient=gradient_path(forward_path).name,
        )
