"""Cache of adopted models, for `Explainer("resnet50.onnx")`."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from whylight.adoption.adopt import adopt, input_facts
from whylight.adoption.options import INPUT_OPTIONS
from whylight.adoption.transforms import transform_facts
from whylight.common.cache_folder import cache_folder
from whylight.errors import CommandHint, Message, ModelError, about_file
from whylight.pair.metadata import gradient_path

ASSUMED = "imagenet"
"""The preprocessing assumed where nothing says which it is."""

ADOPT_COMMAND = "whylight adopt {model} --out NAME.onnx --preprocessing NAME"

_log = logging.getLogger("whylight")


def adopted_pair(model: Path, options: Mapping[str, Any]) -> Path:
    """Return the forward graph of a model's pair, adopting the model if need be.

    A pair is reused for the same bytes, options and version of Whylight. Adoption is logged as a warning,
    with the options that were assumed.

    Args:
        model: an ONNX file.
        options: keyword arguments of `whylight.adopt`, those that are None left out.

    Raises:
        ModelError: the model cannot be adopted, or the pair cannot be written.
    """
    given = {key: value for key, value in options.items() if value is not None}
    out = cache_folder() / _key(model, given) / f"{model.stem}.onnx"
    if out.is_file() and (gradient_path(out).is_file() or given.get("without_gradients")):
        return out
    try:
        assumed = ""
        named = {key: given[key] for key in (*INPUT_OPTIONS, "size") if key in given}
        if input_facts(model, **named).mean is None:
            given["preprocessing"] = ASSUMED
            assumed = (
                f" Assumed preprocessing: {ASSUMED} (name another with preprocessing=..., or adopt it by "
                f"hand: {ADOPT_COMMAND.format(model=model)})."
            )
        _log.warning("%s is no Whylight pair: adopting it once, into %s.%s", model.name, out.parent, assumed)
        adopt(model, out, force=True, **given)  # the folder is named by the source
    except ModelError as error:
        command = ADOPT_COMMAND.format(model=model)
        error.message = Message(
            "{refusal}{hint}",
            refusal=about_file(model.name, error.message),
            hint=CommandHint("\nTo say more of it, adopt it first: {command}", command=command),
        )
        raise
    return out


def _key(model: Path, options: Mapping[str, Any]) -> str:
    """Return the pair's folder name: a hash of all that the pair depends on.

    These are the model's bytes, size and time of its external data, the options and Whylight's version.
    """
    transform = options.get("preprocessing")
    if transform is not None and not isinstance(transform, str):  # by what it does, not by where it lies
        options = {**options, "preprocessing": transform_facts(transform)}
    try:
        program = version("whylight")
    except PackageNotFoundError:
        program = "checkout"
    digest = hashlib.sha256(json.dumps([program, options], sort_keys=True, default=str).encode())
    with model.open("rb") as file:
        while block := file.read(2**22):
            digest.update(block)
    for data in sorted(model.parent.glob(f"{model.name}*data")):
        status = data.stat()
        digest.update(f"{data.name} {status.st_size} {status.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]
