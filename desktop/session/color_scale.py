"""Scale of the colour bar: the evidence drawn as 1."""

from __future__ import annotations

import threading
import weakref
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from whylight.explainer import Explainer
    from whylight.explanation import Explanation

COMPARED = 5
"""Number of most likely classes that share a scale."""


class Scale(Enum):
    """Scale on which a map is drawn."""

    ITSELF = "itself"
    """Each map has its own scale: its strongest evidence is 1, however weak."""
    CLASSES = "classes"
    """Common scale of the most likely classes of an image, if the method has gradients."""
    FOLDER = "folder"
    """Common scale of all images explained since the folder or model was opened."""
    ABSOLUTE = "absolute"
    """The same number of logits for all images (`whylight.drawing.scales`), if the method's maps have this
    unit."""


def strongest_colour(colour_map: str) -> str:
    """Return the word for the colour of the strongest evidence."""
    words = {
        "jet": QCoreApplication.translate("Colours", "red"),
        "turbo": QCoreApplication.translate("Colours", "red"),
        "viridis": QCoreApplication.translate("Colours", "yellow"),
        "inferno": QCoreApplication.translate("Colours", "yellow"),
        "magma": QCoreApplication.translate("Colours", "yellow"),
        "cividis": QCoreApplication.translate("Colours", "yellow"),
    }
    return words.get(colour_map, QCoreApplication.translate("Colours", "the last colour"))


def supports_scale(method: str, scale: Scale) -> bool:
    """Return whether a method's maps can be drawn on a scale."""
    from whylight.methods import METHODS

    if scale is Scale.CLASSES:  # hundreds of forward passes for each of the classes
        return METHODS[method].needs == "gradients"
    return scale is not Scale.ABSOLUTE or METHODS[method].additive


def strongest_evidence(explanation: Explanation) -> float:
    """Return the largest value in an explanation's maps; 0 if none is positive."""
    return float(explanation.seen_maps.max(initial=0))


class Scales:
    """Thread-safe record of the strongest evidence for common scales."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of_folder: dict[str, float] = {}
        self._of_classes: tuple[weakref.ref[NDArray[np.float32]], str, float] | None = None
        """The logits of an image, which all answers about it share; a method; what was found. No answer is
        kept alive: each of its arrays keeps all memory of the model's runs."""

    def forget(self) -> None:
        """Reset after opening another folder or model."""
        with self._lock:
            self._of_folder.clear()
            self._of_classes = None

    def update(self, method: str, strongest: float) -> None:
        """Record the strongest evidence of a map of the folder."""
        with self._lock:
            self._of_folder[method] = max(self._of_folder.get(method, 0.0), strongest)

    def strongest(self, explainer: Explainer, explanation: Explanation, scale: Scale) -> float:
        """Return the evidence drawn as 1.

        On common scales, it is at least the strongest in the explanation's own map. Raises `QuestionError` if
        the method has no absolute scale (`supports_scale`).
        """
        from whylight.drawing import scales

        if scale is Scale.ABSOLUTE:
            method = explanation.method
            return float(scales.strongest(explanation.maps[:1], scales.ABSOLUTE, method=method)[0])
        own = strongest_evidence(explanation)
        if scale is Scale.CLASSES and supports_scale(explanation.method, scale):
            return max(own, self._classes_strongest(explainer, explanation))
        if scale is Scale.FOLDER:
            with self._lock:
                return max(own, self._of_folder.get(explanation.method, 0.0))
        return own

    def _classes_strongest(self, explainer: Explainer, explanation: Explanation) -> float:
        with self._lock:
            known = self._of_classes
        if known is not None and known[0]() is explanation.logits and known[1] == explanation.method:
            return known[2]
        best = np.argsort(-explanation.probabilities, kind="stable")[:COMPARED]
        weights = np.eye(len(explanation.probabilities), dtype=np.float32)[best]
        strongest = strongest_evidence(explainer.map_for_weights(explanation, weights, explanation.method))
        with self._lock:
            self._of_classes = (weakref.ref(explanation.logits), explanation.method, strongest)
        return strongest
