"""Adoption of a PyTorch module, compared with the module itself.

torch is imported when a module is given, and not before.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnx

from whylight.adoption.compare_with_module import compare_with_module
from whylight.adoption.module_answers import answering, copied, first_line
from whylight.adoption.module_names import restore_module_names
from whylight.adoption.transforms import transform_facts
from whylight.errors import ModelError
from whylight.graphs.builder import OPSET
from whylight.images.geometry import GREY
from whylight.pair.build import Pair, bind
from whylight.pair.files import require_replaceable, save_pair
from whylight.tensor_names import LOGITS

if TYPE_CHECKING:
    import torch

IMAGES = "images"
"""Name of the input of an exported module."""


def is_module(model: object) -> bool:
    """Return whether `model` is a `torch.nn.Module`; does not import torch."""
    return any(
        f"{base.__module__}.{base.__qualname__}" == "torch.nn.modules.module.Module"
        for base in type(model).__mro__
    )


def adopt_module(
    module: torch.nn.Module,
    out: str | os.PathLike[str] | None,
    adopt_file: Callable[..., Pair],
    *,
    example: Any = None,
    preprocessing: object = None,
    classes: object = None,
    name: str | None = None,
    force: bool = False,
    **options: Any,
) -> Pair:
    """Make a pair of a PyTorch classifier; see `whylight.adopt`.

    Raises:
        ModelError: the module cannot be exported or adopted, or the pair differs from it.
    """
    network = copied(module)
    facts = {} if preprocessing is None or isinstance(preprocessing, str) else transform_facts(preprocessing)
    if (
        not isinstance(preprocessing, str)
        and "values" not in facts
        and not {"mean", "value_range"} & set(options)
    ):
        raise ModelError(
            "the module does not say how its images are scaled: give preprocessing, the transform that they "
            "go through or the name of a preset, or mean and std"
        )
    shape = _shape(example, options.get("size") or facts.get("size"), grey=facts.get("colours") == GREY)
    labels = _labels(network, classes, options.pop("labels", None))
    with tempfile.TemporaryDirectory(prefix="whylight-") as folder:
        path = Path(folder) / f"{name or type(module).__name__}.onnx"
        if out is not None and not force and Path(out).exists():
            require_replaceable(Path(out), path)
        onnx.save(to_onnx(network, shape), path)
        pair = adopt_file(
            path,
            None,
            labels=labels,
            name=name or type(module).__name__,
            preprocessing=preprocessing,
            **options,
        )
        verification = compare_with_module(network, pair, Path(folder) / "pair.onnx")
    notes = pair.card.notes.replace(f"'{path.name}' ", "a PyTorch module ")
    card = replace(pair.card, notes=notes, verification={**pair.card.verification, **verification}, source="")
    pair = bind(pair.forward, pair.gradient, card)
    if out is not None:
        save_pair(pair, Path(out))
    return pair


def to_onnx(network: torch.nn.Module, shape: tuple[int, int, int]) -> onnx.ModelProto:
    """Export a classifier from `images` `[N, C, h, w]` to `logits` `[N, K]`.

    Inner tensors are named after the modules that compute them.

    Args:
        network: in evaluation mode, float32 on the CPU.
        shape: `(C, h, w)` of its images.

    Raises:
        ModelError: it cannot be run on such images, or PyTorch cannot export it.
    """
    import torch

    example = torch.zeros(2, *shape)  # the exporter takes a batch of one for constant
    scoring = answering(network)
    try:
        with torch.no_grad():
            scoring(example)
    except Exception as error:  # whatever a stranger's module raises
        raise ModelError(
            "the module cannot be run on images {shape}: {reason}",
            shape=list(example.shape),
            reason=f"{type(error).__name__}: {first_line(error)}",
        ) from error
    if isinstance(network, torch.jit.ScriptModule):
        return _export_traced(network, example)
    try:
        return export_onnx(scoring, example, [LOGITS], input_name=IMAGES, root="network")
    except ModelError as error:
        # A trace would take the one branch that a module happens to take on zeros.
        if "data-dependent" in error.message:
            raise
        with contextlib.suppress(ModelError):
            return _export_traced(scoring, example)
        raise


def _export_traced(network: torch.nn.Module, example: torch.Tensor) -> onnx.ModelProto:
    """Export by PyTorch's older exporter.

    It runs a module once and records what that does. It takes TorchScript, and modules that the other
    refuses.

    Raises:
        ModelError: it cannot export the module either.
    """
    import torch

    try:
        with _silenced(), tempfile.TemporaryDirectory(prefix="whylight-") as folder:
            path = Path(folder) / "traced.onnx"
            torch.onnx.export(
                network,
                (example,),
                path,
                dynamo=False,
                opset_version=OPSET,
                input_names=[IMAGES],
                output_names=[LOGITS],
                dynamic_axes={IMAGES: {0: "N"}, LOGITS: {0: "N"}},
            )
            return onnx.load(path)
    except Exception as error:
        raise ModelError("PyTorch cannot export the network: {reason}", reason=first_line(error)) from error


def export_onnx(
    network: torch.nn.Module, example: torch.Tensor, outputs: Sequence[str], *, input_name: str, root: str
) -> onnx.ModelProto:
    """Export a module with a dynamic number of images.

    Args:
        network: in evaluation mode.
        example: input `[2, 3, h, w]`.
        outputs: names of its outputs.
        input_name: name of its input.
        root: name of the module within `network` after whose modules tensors are named.

    Raises:
        ModelError: PyTorch cannot export it.
    """
    import torch

    try:
        with _silenced():
            program = torch.onnx.export(
                network,
                (example,),
                dynamo=True,
                opset_version=OPSET,
                input_names=[input_name],
                output_names=list(outputs),
                dynamic_shapes=({0: torch.export.Dim("N")},),
                verbose=False,
            )
    except torch.onnx.errors.OnnxExporterError as error:
        # The reason proper lies beneath pages of advice.
        reason = first_line(error.__cause__ or error)
        raise ModelError("PyTorch cannot export the network: {reason}", reason=reason) from error
    if program is None:
        raise ModelError("PyTorch's exporter returned nothing")
    model: onnx.ModelProto = program.model_proto
    restore_module_names(model, root)
    return model


def _shape(example: Any, size: tuple[int, int] | None, *, grey: bool) -> tuple[int, int, int]:
    """Return `(C, h, w)` of the input.

    It has one channel if the example has, or if the transform makes grey.
    """
    if example is not None:
        if getattr(example, "ndim", 0) != 4 or example.shape[1] not in (1, 3):
            raise ModelError(
                "the example is {shape}; expected images [N, 3, h, w], or [N, 1, h, w] in grey",
                shape=list(getattr(example, "shape", [])),
            )
        channels, height, width = (int(length) for length in example.shape[1:])
        return channels, height, width
    if size is not None:
        return 1 if grey else 3, *size
    raise ModelError("the module's input size is not known: give an example [N, 3, h, w], or size=(h, w)")


def _labels(network: Any, classes: object, labels: object) -> object:
    """Return the names of the classes: as given, or those of a transformers model."""
    given = classes if classes is not None else labels
    if isinstance(given, Mapping):
        return [str(given[index]) for index in range(len(given))]
    if given is not None:
        return given
    known = getattr(getattr(network, "config", None), "id2label", None)
    return [str(known[index]) for index in range(len(known))] if isinstance(known, Mapping) else None


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """Suppress what the exporter prints and logs; its errors say why it failed."""
    disabled = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
