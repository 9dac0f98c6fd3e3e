"""Explain ONNX image classifiers. Needs neither torch nor Qt.

    from whylight import Explainer

    explanation = Explainer("model.onnx").explain("image.jpg")

OpenCV reads its size limit for images once, while it is imported, so it is set here: this runs
before any module of the package can import it. `whylight.images.headers` refuses such an image earlier
and with a better message; this is the second fence, should a header say less than its decoder finds.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from whylight.images.limits import MAX_PIXELS

if TYPE_CHECKING:
    from whylight.adoption import adopt
    from whylight.explainer import Explainer
    from whylight.explanation import Explanation
    from whylight.pair.card import Card

__all__ = ["MAX_PIXELS", "Card", "Explainer", "Explanation", "adopt"]

os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))
# What is wrong with an image is said once, by ImageError, and not by OpenCV on stderr as well.
os.environ.setdefault("OPENCV_LOG_LEVEL", "FATAL")
# ONNX Runtime's builds carry a telemetry client (seen in 1.32); nothing here talks to anybody.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

_HOMES = {"adopt": "adoption", "Card": "pair.card", "Explainer": "explainer", "Explanation": "explanation"}


def __getattr__(name: str) -> Any:
    # Imported on first use, so that whoever needs one light module does not load the runtime.
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'whylight' has no attribute '{name}'")
    return getattr(import_module(f"whylight.{_HOMES[name]}"), name)
