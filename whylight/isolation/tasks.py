"""Tasks of a child process: adopt, examine, open or run a model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

_GREY, _TRIED = 128, (48, 64)
"""Level, height and width of the image on which a model is tried."""


def adopt_model(model: str, out: str, options: Mapping[str, Any]) -> None:
    """Adopt a model and write its pair (`whylight.adoption.adopt`)."""
    from whylight.adoption.adopt import adopt

    adopt(Path(model), Path(out), **_with_tuples(options))


def examine_model(model: str, options: Mapping[str, Any]) -> None:
    """Prepare a model as for adoption, which runs it, and write nothing."""
    from whylight.adoption.prepare import file_facts, prepare

    chosen = _with_tuples(options)
    file_facts(Path(model), chosen.get("size"))
    prepare(Path(model), **chosen)


def open_model(model: str | None, options: Mapping[str, Any]) -> None:
    """Open a model as `Explainer` does, adopting it if need be, and explain an image."""
    from whylight.explainer import Explainer

    explainer = Explainer(model, ["CPUExecutionProvider"], **_with_tuples(options))
    image = np.full((*_TRIED, 3), _GREY, np.uint8)
    explanation = explainer.forward_only(image, top=1)
    if explainer.has_gradients:
        explainer.gradients(explanation)


def embed_texts(model: str, texts: list[str]) -> list[list[float]]:
    """Return embeddings of texts (`whylight.similarity.text_encoder`)."""
    from whylight.similarity.text_encoder import TextEncoder

    rows: list[list[float]] = TextEncoder(model)(texts).tolist()
    return rows


def _with_tuples(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with lists of JSON as the tuples that they were."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}
