"""Models that were tried in a child process, known by their bytes.

docs/decisions/0112-models-are-tried-in-a-child-process.md says which runs are isolated and why.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whylight import bundled
from whylight.common.atomic_file import write_text
from whylight.common.cache_folder import cache_folder
from whylight.common.hashing import sha256_of
from whylight.common.paths import is_file
from whylight.common.version import version
from whylight.errors import ModelError
from whylight.isolation.limits import limits_for
from whylight.isolation.process import run_isolated
from whylight.pair.metadata import gradient_path
from whylight.sandbox.program import is_isolated

_TRIED = "tried.json"
_MOST_TRIED = 1000
_TASKS = "whylight.isolation.tasks"


def require_openable(
    model: str | os.PathLike[str] | None,
    options: Mapping[str, Any] | None = None,
    *,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Open a model in a child process first, unless that was done before.

    It is adopted into the cache if need be. Bundled models are not tried. What passed is remembered by the
    SHA-256 of the model's files and the versions of Whylight and ONNX Runtime.

    Args:
        model: as for `whylight.Explainer`.
        options: keyword arguments of `whylight.Explainer`.
        cancelled: see `whylight.isolation.run_isolated`.

    Raises:
        ModelError: the model cannot be opened, or exceeds a limit.
    """
    if not is_isolated():
        return
    path = bundled.find_model(model)
    if bundled.bundled_name(path) is not None or not is_file(path):
        return  # a file that is missing is refused by what opens it
    given = {name: value for name, value in (options or {}).items() if value is not None}
    key = _key(path, given)
    tried = _tried()
    if key in tried:
        return
    folder = _made(cache_folder())
    run_isolated(
        f"{_TASKS}:open_model",
        {"model": str(path), "options": given},
        limits_for(path),
        name=path.name,
        writable=[] if folder is None else [folder],
        cancelled=cancelled,
    )
    if folder is not None:
        _remember(folder, [*tried, key])


def adopt_isolated(
    model: Path,
    out: Path,
    options: Mapping[str, Any],
    *,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Adopt a model in a child process; arguments and errors as of `whylight.adopt`."""
    if not is_isolated():
        from whylight.adoption.adopt import adopt

        adopt(model, out, **options)
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(
            "{path}: the model cannot be written: {reason}", path=out, reason=error.strerror or error
        ) from error
    run_isolated(
        f"{_TASKS}:adopt_model",
        {"model": str(model), "out": str(out), "options": _plain(options)},
        limits_for(model),
        name=model.name,
        writable=[out.parent],
        cancelled=cancelled,
    )


def examine_isolated(
    model: Path, options: Mapping[str, Any], *, cancelled: Callable[[], bool] | None = None
) -> None:
    """Prepare a model in a child process, as for adoption, to see that it can be.

    Args:
        model: an ONNX file.
        options: keyword arguments of `whylight.adoption.prepare.prepare`.
        cancelled: see `whylight.isolation.run_isolated`.

    Raises:
        ModelError: as by `prepare`; or the model exceeds a limit.
    """
    if not is_isolated() or not is_file(model):
        return
    run_isolated(
        f"{_TASKS}:examine_model",
        {"model": str(model), "options": _plain(options)},
        limits_for(model),
        name=model.name,
        cancelled=cancelled,
    )


def embed_texts_isolated(
    model: Path, texts: Sequence[str], *, cancelled: Callable[[], bool] | None = None
) -> NDArray[np.float32]:
    """Return an embedding of length one for each text, float32 `[N, D]`.

    Text model and tokenizer are opened and run in a child process, each time: there are few texts.

    Args:
        model: an ONNX file, as for `whylight.similarity.text_encoder.TextEncoder`.
        texts: the texts.
        cancelled: see `whylight.isolation.run_isolated`.

    Raises:
        ModelError: as by `TextEncoder`; or the model exceeds a limit.
        QuestionError: there is no text, or one is empty.
    """
    if not is_isolated():
        from whylight.similarity.text_encoder import TextEncoder

        return TextEncoder(model)(texts)
    rows = run_isolated(
        f"{_TASKS}:embed_texts",
        {"model": str(model), "texts": [*texts]},
        limits_for(model),
        name=model.name,
        cancelled=cancelled,
    )
    return np.asarray(rows, np.float32)


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: os.fspath(value) if isinstance(value, os.PathLike) else value
        for name, value in options.items()
        if value is not None
    }


def _key(path: Path, options: Mapping[str, Any]) -> str:
    import onnxruntime  # the packaged app knows no versions of packages but this way

    files = [path, *(each for each in (gradient_path(path),) if is_file(each))]
    try:
        hashes = [sha256_of(file) for file in files]
    except OSError as error:
        raise ModelError("{path}: cannot be read: {reason}", path=path, reason=error) from error
    facts = [hashes, dict(options), version(), onnxruntime.__version__]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def _tried() -> list[str]:
    try:
        found = json.loads((cache_folder() / _TRIED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [key for key in found if isinstance(key, str)] if isinstance(found, list) else []


def _remember(folder: Path, tried: list[str]) -> None:
    try:
        write_text(folder / _TRIED, json.dumps(tried[-_MOST_TRIED:], indent=0))
    except OSError:  # a cache that cannot be written: the model is tried again next time
        return


def _made(folder: Path) -> Path | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder
