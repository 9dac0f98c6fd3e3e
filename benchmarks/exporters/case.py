"""An exported classifier and its owner's word on a few images, as files.

Made in the environment of the exporter, read in Whylight's. Nothing but NumPy is needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MODEL = "model.onnx"
_ARRAYS = "owner.npz"
_FACTS = "owner.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerCase:
    """An owner's inputs of a network, and its answers."""

    family: str
    """The tool, for readers."""
    name: str
    """The network."""
    tools: Mapping[str, str]
    """Versions of the owner's packages."""
    options: Mapping[str, Any]
    """Options of `whylight.adopt` that the files themselves do not say."""
    inputs: Sequence[NDArray[Any]]
    """The network's input for each image, `[C, h, w]` or `[h, w, C]`, as the owner computes it."""
    answers: Sequence[NDArray[Any]]
    """The network's answers for each image, `[K]`, as the owner's framework computes them."""

    def write(self, folder: Path) -> None:
        """Write everything but the model to `folder`."""
        np.savez(folder / _ARRAYS, inputs=np.stack(self.inputs), answers=np.stack(self.answers))
        facts = {"family": self.family, "name": self.name, "tools": self.tools, "options": self.options}
        (folder / _FACTS).write_text(json.dumps(facts, indent=1), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> OwnerCase:
        """Read what `write` wrote."""
        with np.load(folder / _ARRAYS) as arrays:
            inputs, answers = list(arrays["inputs"]), list(arrays["answers"])
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        return cls(**facts, inputs=inputs, answers=answers)
