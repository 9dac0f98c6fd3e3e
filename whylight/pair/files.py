"""Read and write the two graphs of a pair."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import numpy as np
import onnx

from whylight.common.atomic_file import flush_to_disk, part_path, remove_stale
from whylight.common.hashing import sha256_of
from whylight.common.paths import is_file
from whylight.errors import CommandHint, Message, ModelError
from whylight.graphs.builder import LARGEST_MESSAGE, model_size
from whylight.pair.build import Pair
from whylight.pair.card import Card
from whylight.pair.metadata import (
    data_path,
    gradient_path,
    lacks_gradients,
    metadata_of,
    require_same_model,
)
from whylight.runtime.external_weights import without_weights
from whylight.runtime.file_kind import refuse_other_files, unloadable

_FORCE = CommandHint(", or replace it with --force")


def save_pair(pair: Pair, path: str | os.PathLike[str]) -> None:
    """Write `NAME.onnx` and `NAME.gradient.onnx`; both or neither is replaced.

    Weights of a graph of more than 1 GB are written to `NAME.onnx.data`. If a model without gradients
    replaces a pair, the old gradient graph is removed.

    Raises:
        ModelError: the folder is not writable, or the name does not end in `.onnx`.
    """
    path = Path(path)
    if path.suffix != ".onnx" or path.stem.endswith(".gradient"):
        raise ModelError(
            "{name}: a pair cannot be written as that; expected a name that ends in .onnx", name=path.name
        )
    parts: dict[Path, Path] = {}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for target in (path, gradient_path(path)):
            remove_stale(target)
            remove_stale(data_path(target))
        # Write all files under temporary names.
        for target, model in ((gradient_path(path), pair.gradient), (path, pair.forward)):
            if model is None:
                continue
            if model_size(model) > LARGEST_MESSAGE:
                weights = data_path(target)
                parts[weights] = part_path(weights)
                model = _write_weights(model, parts[weights], weights.name)
            parts[target] = part_path(target)
            with parts[target].open("wb") as file:
                file.write(model.SerializeToString(deterministic=True))
                flush_to_disk(file)
        # Everything is written: rename, and remove a gradient graph that is no longer valid.
        for target, part in parts.items():
            part.replace(target)
        if pair.gradient is None:
            for left in (gradient_path(path), data_path(gradient_path(path))):
                left.unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(
            "{path}: the pair cannot be written: {reason}", path=path, reason=error.strerror or error
        ) from error
    finally:
        for part in parts.values():
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def require_replaceable(path: Path, source: Path) -> None:
    """Refuse to replace anything at `path` but a pair of the same source.

    Args:
        path: the forward graph that is to be written.
        source: the file that the pair is made of.

    Raises:
        ModelError: something else lies at `path`, or where the gradient graph or weights would go.
    """
    targets = [path, gradient_path(path)]
    targets += [data_path(target) for target in targets]
    present = [target for target in targets if os.path.lexists(target)]
    kept = [source, *_weights_of(source)]
    for target in present:
        if any(_is_same_file(target, file) for file in kept):
            raise ModelError(
                "{target}: is the model itself, which would be replaced; give the pair another name{hint}",
                target=target,
                hint=_FORCE,
            )
    if present and not _is_pair_of(path, source):
        raise ModelError(
            "{target}: there is such a file already, and it is no pair of '{source}'; give the pair another "
            "name{hint}",
            target=present[0],
            source=source.name,
            hint=_FORCE,
        )


def _is_pair_of(path: Path, source: Path) -> bool:
    """Return whether a forward graph was adopted from the bytes of `source`."""
    try:
        card = Card.from_metadata(metadata_of(onnx.load(path, load_external_data=False)))
        return bool(card.source) and card.source == sha256_of(source)
    except Exception:  # whatever is wrong with it, it is none
        return False


def _weights_of(source: Path) -> list[Path]:
    """Return the files that hold a model's external weights."""
    try:
        model = onnx.load(source, load_external_data=False)
    except Exception:  # whoever reads it says what is wrong
        return []
    return [
        source.parent / entry.value
        for tensor in model.graph.initializer
        for entry in tensor.external_data
        if entry.key == "location"
    ]


def _is_same_file(one: Path, other: Path) -> bool:
    """Return whether two paths lead to one file, through links and letter case."""
    try:
        return one.samefile(other)
    except OSError:
        return False


def _write_weights(model: onnx.ModelProto, file: Path, location: str) -> onnx.ModelProto:
    """Write large weights to a separate file; return the model that refers to it."""
    light, heavy = without_weights(model)
    stubs = {tensor.name: tensor for tensor in light.graph.initializer}
    with file.open("wb") as stream:
        for name, value in heavy.items():
            entries = {"location": location, "offset": stream.tell(), "length": value.nbytes}
            del stubs[name].external_data[:]
            for key, entry in entries.items():
                stubs[name].external_data.add(key=key, value=str(entry))
            stream.write(np.ascontiguousarray(value).data)
        flush_to_disk(stream)
    return light


def load_pair(path: Path) -> Pair:
    """Read a pair, given the path of its forward graph.

    Raises:
        ModelError: a file is missing or is not an ONNX model, or the two do not belong together.
        CardError: the forward graph has no valid card.
    """
    forward = _load(path, Message("forward graph"))
    Card.from_metadata(metadata_of(forward))
    if lacks_gradients(metadata_of(forward)):
        return Pair(forward, None)
    gradient = _load(gradient_path(path), Message("gradient graph"))
    require_same_model(path, metadata_of(forward), metadata_of(gradient))
    return Pair(forward, gradient)


def _load(path: Path, what: Message) -> onnx.ModelProto:
    if not is_file(path):
        raise ModelError(
            "{path}: there is no {what}; a pair is NAME.onnx and NAME.gradient.onnx", what=what, path=path
        )
    refuse_other_files(path)
    try:
        return onnx.load(path)
    except Exception as error:  # protobuf's errors have no common public type
        raise unloadable(path, error) from error
