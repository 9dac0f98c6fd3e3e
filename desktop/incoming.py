"""What a drop or a paste brings: local files and folders, one of them perhaps a model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData

MODEL_SUFFIX = ".onnx"


@dataclass(frozen=True, slots=True)
class Incoming:
    """Files and folders to look for pictures in, and a model to open."""

    paths: tuple[Path, ...]
    model: Path | None

    def __bool__(self) -> bool:
        return bool(self.paths) or self.model is not None


def incoming(mime: QMimeData) -> Incoming:
    """Sort the local files of a drop or paste; anything else in it is passed over."""
    files = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    models = [path for path in files if path.suffix.lower() == MODEL_SUFFIX]
    paths = tuple(path for path in files if path not in models)
    return Incoming(paths, models[0] if models else None)
