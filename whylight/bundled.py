"""Bundled pairs and sample images.

They are in `assets/` of the repository, in `whylight/assets/` of a wheel, and in `assets/` of the folder of a
frozen app (PyInstaller). Only there, a user's pair at `assets/model.onnx` takes precedence over the bundled
ones.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from whylight.errors import WhylightError
from whylight.images.files import find_images
from whylight.pair.metadata import gradient_path

GENERAL = "general"
"""EfficientNet-Lite0 for ImageNet's 1,000 classes, the default."""
CALTECH = "caltech"
"""This project's own network for Caltech-101."""
BUNDLED = (GENERAL, CALTECH)
"""Names of the bundled pairs."""
REPLACING = "model.onnx"
"""File name of a user's pair in the assets of a frozen app."""

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


def bundled_model(name: str = GENERAL) -> Path:
    """Return the forward graph of a bundled pair; its gradient graph is next to it.

    Raises:
        WhylightError: the file is missing, or `name` is none of `BUNDLED`.
    """
    if name not in BUNDLED:
        raise WhylightError(
            "there is no bundled model '{name}': expected one of {known}", name=name, known=", ".join(BUNDLED)
        )
    return asset(f"{name}.onnx")


def bundled_name(path: Path) -> str | None:
    """Return the name of the bundled pair whose forward graph is `path`, or None."""
    return path.stem if path.stem in BUNDLED and path.parent in _roots() else None


def find_model(model: str | os.PathLike[str] | None) -> Path:
    """Return the forward graph of a pair given by name or path.

    Names are those of the bundled pairs; a file of that name in the current folder takes precedence. None is
    General.
    """
    if model is None:
        return bundled_model()
    if model in BUNDLED and not Path(model).exists():
        return bundled_model(str(model))
    return Path(model)


def replacing_model() -> Path | None:
    """Return the forward graph that replaces the bundled ones, or None.

    It is looked for in a frozen app only.

    The files may be incomplete or invalid, which is reported when they are read.
    """
    frozen = _frozen_assets()
    if frozen is None:
        return None
    path = frozen / REPLACING
    return path if path.exists() or gradient_path(path).exists() else None


def default_model() -> Path:
    """Return the forward graph of the default pair."""
    return replacing_model() or bundled_model()


def sample_images() -> list[Path]:
    """Return the sample images, sorted by name; each is named after its class."""
    return list(find_images([asset("samples")]))


def _frozen_assets() -> Path | None:
    """Return the folder of the assets of a frozen app, or None."""
    frozen: str | None = getattr(sys, "_MEIPASS", None)
    return None if frozen is None else Path(frozen) / "assets"


def _roots() -> list[Path]:
    roots = [_PACKAGE / "assets", _PACKAGE.parent / "assets"]
    frozen = _frozen_assets()
    return roots if frozen is None else [frozen, *roots]
