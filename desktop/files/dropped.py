"""Content of drops, pastes and command lines: images, folders, a model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData

MODEL_SUFFIX = ".onnx"


@dataclass(frozen=True, slots=True)
class Incoming:
    """Files and folders to look for images in, and a model to open."""

    paths: tuple[Path, ...]
    model: Path | None

    def __bool__(self) -> bool:
        return bool(self.paths) or self.model is not None


def incoming(mime: QMimeData) -> Incoming:
    """Sort the local files of a drop or paste; other content is ignored."""
    return sort_paths(Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile())


def sort_paths(paths: Iterable[Path]) -> Incoming:
    """Separate a model, recognised by its suffix, from images and folders."""
    files = list(paths)
    models = [path for path in files if path.suffix.lower() == MODEL_SUFFIX]
    return Incoming(tuple(path for path in files if path not in models), models[0] if models else None)
