"""Bundled pair and sample images.

They are in `assets/` of the repository, in `whylight/assets/` of a wheel, and in `assets/` of the folder of a
frozen app (PyInstaller). Only there, the bundled pair is in a separate folder, `assets/bundled/`: a user's
pair at `assets/model.onnx` takes precedence without overwriting it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from whylight.errors import WhylightError
from whylight.images.files import find_images
from whylight.pair.metadata import gradient_path

_PACKAGE = Path(__file__).resolve().parent


def asset(name: str) -> Path:
    """Return the path of `assets/<name>`, a file or folder; raises `WhylightError`."""
    roots = _roots()
    for root in roots:
        path = root / name
        if path.exists():
            return path
    looked = " or ".join(str(root) for root in roots)
    raise WhylightError(
        "the asset '{name}' is missing: looked in {places}. Install Whylight again", name=name, places=looked
    )


def bundled_model() -> Path:
    """Return the forward graph of the bundled pair; its gradient graph is next to it."""
    shipped = _shipped_apart()
    return asset("model.onnx") if shipped is None else shipped


def replacing_model() -> Path | None:
    """Return the forward graph that replaces the bundled one in a frozen app, or None.

    The files may be incomplete or invalid, which is reported when they are read.
    """
    shipped = _shipped_apart()
    if shipped is None:
        return None
    path = shipped.parents[1] / shipped.name
    return path if path.exists() or gradient_path(path).exists() else None


def default_model() -> Path:
    """Return the forward graph of the default pair."""
    return replacing_model() or bundled_model()


def sample_images() -> list[Path]:
    """Return the sample images, sorted by name; each is named after its class."""
    return list(find_images([asset("samples")]))


def _shipped_apart() -> Path | None:
    """Return the forward graph of the bundled pair in its separate folder, if any."""
    paths = (root / "bundled" / "model.onnx" for root in _roots())
    return next((path for path in paths if path.exists()), None)


def _roots() -> list[Path]:
    roots = [_PACKAGE / "assets", _PACKAGE.parent / "assets"]
    frozen: str | None = getattr(sys, "_MEIPASS", None)
    return roots if frozen is None else [Path(frozen) / "assets", *roots]
