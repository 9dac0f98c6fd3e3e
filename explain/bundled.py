"""What is shipped with Whylight: the bundled pair and the sample pictures.

The repository keeps them in `assets/`, a wheel in `explain/assets/`, and a frozen app (PyInstaller) in
`assets/` of the folder that it unpacks itself to.
"""

from __future__ import annotations

import sys
from pathlib import Path

from explain.errors import WhylightError
from explain.image_files import find_images

_PACKAGE = Path(__file__).resolve().parent


def asset(name: str) -> Path:
    """The path of `assets/<name>`, a file or a folder; raises `WhylightError` where there is none."""
    roots = _roots()
    for root in roots:
        path = root / name
        if path.exists():
            return path
    looked = " or ".join(str(root) for root in roots)
    raise WhylightError(f"the asset '{name}' is missing: looked in {looked}. Install Whylight again")


def bundled_model() -> Path:
    """The forward graph of the bundled pair; its gradient graph lies beside it."""
    return asset("model.onnx")


def sample_images() -> list[Path]:
    """The sample pictures, sorted by name; each is named after its class in the bundled model."""
    return list(find_images([asset("samples")]))


def _roots() -> list[Path]:
    roots = [_PACKAGE / "assets", _PACKAGE.parent / "assets"]
    frozen: str | None = getattr(sys, "_MEIPASS", None)
    return roots if frozen is None else [Path(frozen) / "assets", *roots]
