"""Steps of adopting a foreign ONNX classifier: examine, preview, adopt."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from whylight.tensor_names import LOGITS

if TYPE_CHECKING:
    import onnxruntime

    from whylight.adoption import PreparedModel

MOST_PREVIEWED = 3
"""Number of classes in a preview."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The user's choices for a model."""

    preprocessing: str
    layer: str | None = None
    """Name of the layer; None is the default."""
    labels: Path | None = None
    """File of class names; None uses the model's own, or else numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Foreign:
    """A model that can be adopted, with its recognised properties."""

    path: Path
    network: PreparedModel
    size: tuple[int, int]
    """Height and width of its input."""
    class_count: int
    presets: dict[str, str]
    """Descriptions of the preprocessing presets, by name."""
    layers: tuple[str, ...]
    """Layers that can be explained, deepest first."""
    default_layer: str
    sessions: dict[bool, onnxruntime.InferenceSession] = field(default_factory=dict)
    """Sessions for previews by channel order: RGB and, on demand, BGR."""


def examine(path: Path) -> Foreign:
    """Recognise a model; raises `ModelError` if it is not an image classifier."""
    from whylight.adoption import prepare
    from whylight.adoption.preprocessing_presets import PRESET_NOTES

    network = prepare(path)
    default, _why = network.default_layer
    layers = [layer.name for layer in reversed(network.layers) if layer.is_cut]
    size, count = network.image.size, network.scores.classes
    return Foreign(path, network, size, count, dict(PRESET_NOTES), tuple(layers), default.name)


def preview(foreign: Foreign, image: NDArray[np.uint8], choices: Choices) -> str:
    """Return the model's prediction for these choices, as one line."""
    import cv2

    from whylight.adoption import prepare
    from whylight.adoption.class_names import labels_from_metadata, numbered, read_labels
    from whylight.adoption.preprocessing_presets import PRESETS
    from whylight.answers import answers_of
    from whylight.graphs.in_memory import open_in_memory

    preset = PRESETS[choices.preprocessing]
    if preset.bgr not in foreign.sessions:
        network = prepare(foreign.path, bgr=True) if preset.bgr else foreign.network
        foreign.sessions[preset.bgr] = open_in_memory(network.model, optimise=True)
    session = foreign.sessions[preset.bgr]
    height, width = foreign.size
    values = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    values = (values - np.asarray(preset.mean, np.float32)) / np.asarray(preset.std, np.float32)
    feed = {session.get_inputs()[0].name: np.ascontiguousarray(values.transpose(2, 0, 1)[None])}
    scores = foreign.network.scores
    logits = session.run([LOGITS], feed)[0][0]
    probabilities = answers_of(logits, scores.kind, of_logarithm=scores.of_logarithm)
    count = foreign.class_count
    if choices.labels is None:
        names: Sequence[str] = labels_from_metadata(foreign.network.metadata, count) or numbered(count)
    else:
        names = read_labels(choices.labels, count)
    best = np.argsort(-probabilities, kind="stable")[:MOST_PREVIEWED]
    return ", ".join(f"{names[index]} {100 * probabilities[index]:.0f} %" for index in best)


def adopt(foreign: Foreign, choices: Choices, folder: Path) -> Path:
    """Write a pair under `folder` and return its forward graph.

    An earlier pair from the same file is replaced; one from another file of the same name is not. Raises
    `ModelError`.
    """
    from whylight import adoption

    source = hashlib.sha256(os.fsencode(foreign.path.absolute())).hexdigest()[:8]
    out = folder / source / f"{foreign.path.stem}.onnx"
    adoption.adopt(
        foreign.path,
        out,
        preprocessing=choices.preprocessing,
        layer=choices.layer,
        labels=choices.labels,
        force=True,  # the folder is named by the source
    )
    return out
