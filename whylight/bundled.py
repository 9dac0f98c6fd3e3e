"""The bundled pair and the sample images.

The repository keeps them in `assets/`, a wheel in `whylight/assets/`, and a frozen app (PyInstaller) in
`assets/` of its folder. There, and only there, the bundled pair has a folder of its own, `assets/bundled/`: a
pair that a user puts at `assets/model.onnx` is used in its place and never overwrites it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from whylight.errors import WhylightError
from whylight.images.files import find_images
from whylight.pair.metadata import gradient_path

_PACKAGE = Path(__file__).resolve().parent


def asset(name: str) -> Path:
    """The path of `assets/<name>`, a file or a folder; raises `WhylightError` where there is none."""
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
    """The forward graph of the pair that Whylight was shipped with; its gradient graph lies beside it."""
    shipped = _shipped_apart()
    return asset("model.onnx") if shipped is None else shipped


def replacing_model() -> Path | None:
    """The forward graph of the pair that the user of a frozen app has put in place of the bundled one.

    None where there is no such pair; that it is half missing or broken is for its reader to find out.
    """
    shipped = _shipped_apart()
    if shipped is None:
        return None
    path = shipped.parents[1] / shipped.name
    return path if path.exists() or gradient_path(path).exists() else None


def default_model() -> Path:
    """The forward graph of the pair to be used unless another is named."""
    return replacing_model() or bundled_model()


def sample_images() -> list[Path]:
    """The sample images, sorted by name; each is named after its class in the bundled model."""
    return list(find_images([asset("samples")]))


def _shipped_apart() -> Path | None:
    """The forward graph of the bundled pair where it has a folder of its own."""
    paths = (root / "bundled" / "model.onnx" for root in _roots())
    return next((path for path in paths if path.exists()), None)


def _roots() -> list[Path]:
    roots = [_PACKAGE / "assets", _PACKAGE.parent / "assets"]
    frozen: str | None = getattr(sys, "_MEIPASS", None)
    return roots if frozen is None else [Path(frozen) / "assets", *roots]
