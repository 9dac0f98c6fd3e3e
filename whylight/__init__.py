"""Explain ONNX image classifiers. Needs neither torch nor Qt.

import whylight

explainer = whylight.Explainer("resnet50.onnx")
result = explainer("cat.jpg", target="tabby")
result.save("cat.png")
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from whylight.errors import WhylightError
from whylight.images.limits import MAX_PIXELS

if TYPE_CHECKING:
    from whylight.adoption.adopt import adopt
    from whylight.explainer import Explainer
    from whylight.explanation import Explanation
    from whylight.methods import METHODS, Method, method
    from whylight.pair.card import Card
    from whylight.result import Result

    __version__: str

__all__ = [
    "MAX_PIXELS",
    "METHODS",
    "Card",
    "Explainer",
    "Explanation",
    "Method",
    "Result",
    "WhylightError",
    "__version__",
    "adopt",
    "method",
]

# OpenCV reads its limit of image sizes at import, so it is set before any module of the package imports it.
# `whylight.images.headers` rejects such images earlier and with a better message; this is a second check, in
# case a header understates the size.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))
# Errors in images are reported by ImageError only, not by OpenCV on stderr too.
os.environ.setdefault("OPENCV_LOG_LEVEL", "FATAL")
# ONNX Runtime's builds contain a telemetry client (seen in 1.32).
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

_HOMES = {
    "METHODS": "methods",
    "Card": "pair.card",
    "Explainer": "explainer",
    "Explanation": "explanation",
    "Method": "methods",
    "Result": "result",
    "adopt": "adoption",
    "method": "methods",
}


def __getattr__(name: str) -> Any:
    # Imported on first use, so that light modules do not load the runtime.
    from importlib import import_module

    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("whylight")
        except PackageNotFoundError:
            return "0+unknown"
    if name not in _HOMES:
        raise AttributeError(f"module 'whylight' has no attribute '{name}'")
    return getattr(import_module(f"whylight.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
