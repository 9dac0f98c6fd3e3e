"""Reference results of the bundled pairs, stored in `assets/`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whylight.bundled import BUNDLED, asset, bundled_model, sample_images
from whylight.pair.metadata import gradient_path

RECORD = "self_test.json"
"""File in `assets/`, written by `make self-test-record` after a change of a bundled pair."""


class SelfTestError(Exception):
    """A result differs from the reference."""


def make_record() -> dict[str, Any]:
    """Compute the reference results as a JSON object: of all pairs, and of General."""
    from whylight.explainer import Explainer

    explainer = Explainer(bundled_model(), providers=["CPUExecutionProvider"])
    # The most confident prediction, which is the least sensitive to rounding.
    image = max(sample_images(), key=lambda path: float(explainer.predict(path).max()))
    explanation = explainer.explain(image, top=1)
    small = shrink(explanation.maps[0])
    return {
        "sha256": {path.name: digest(path) for path in pairs()},
        "picture": image.name,
        "class": int(explanation.classes[0]),
        "probability": round(float(explanation.probabilities[explanation.classes[0]]), 5),
        "map": [[float(f"{value:.6g}") for value in row] for row in small],
    }


def recorded() -> Any:
    """Read the reference results; raises `WhylightError` if missing."""
    return json.loads(asset(RECORD).read_text(encoding="utf-8"))


def digest(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shrink(map_: NDArray[np.float32], side: int = 7) -> NDArray[np.float32]:
    """Average a map `[h, w]` over at most `side` x `side` tiles, in row order."""
    rows = np.array_split(map_, min(side, map_.shape[0]), axis=0)
    return np.array(
        [[tile.mean() for tile in np.array_split(row, min(side, map_.shape[1]), axis=1)] for row in rows],
        np.float32,
    )


def pairs() -> list[Path]:
    """Return the files of the bundled pairs, each forward graph first."""
    forward = [bundled_model(name) for name in BUNDLED]
    return [file for path in forward for file in (path, gradient_path(path))]
