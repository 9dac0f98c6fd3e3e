"""File names and metadata of a pair's two graphs, known without loading models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from whylight.errors import ModelError

if TYPE_CHECKING:
    import onnx

PAIR_KEY = "whylight.pair"
"""Metadata of both graphs: the SHA-256 of the forward graph, card included."""

GRADIENTS_KEY = "whylight.gradients"
NO_GRADIENTS = "none"
"""Metadata of a forward graph that has no gradient graph, and its only value."""


def gradient_path(forward_path: Path) -> Path:
    """Where the gradient graph of `NAME.onnx` lies: `NAME.gradient.onnx` beside it."""
    return forward_path.with_name(f"{forward_path.stem}.gradient.onnx")


def data_path(graph_path: Path) -> Path:
    """Where the weights of a graph lie that is larger than one message: `NAME.onnx.data` beside it."""
    return graph_path.with_name(f"{graph_path.name}.data")


def metadata_of(model: onnx.ModelProto) -> dict[str, str]:
    """The metadata of a loaded graph, by key."""
    return {entry.key: entry.value for entry in model.metadata_props}


def lacks_gradients(forward: Mapping[str, str]) -> bool:
    """Return whether a forward graph's metadata says that the model has no gradient graph."""
    return forward.get(GRADIENTS_KEY) == NO_GRADIENTS


def require_same_model(forward_path: Path, forward: Mapping[str, str], gradient: Mapping[str, str]) -> None:
    """Check by the metadata of both graphs that they belong together.

    Raises:
        ModelError: they do not, or the forward graph is of no pair.
    """
    identifier = forward.get(PAIR_KEY)
    if identifier is None or gradient.get(PAIR_KEY) != identifier:
        raise ModelError(
            "'{model}' and '{gradient}' are not of the same model; copy both files of a pair "
            "together, or export it again",
            model=forward_path.name,
            gradient=gradient_path(forward_path).name,
        )
