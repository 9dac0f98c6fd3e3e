"""A PyTorch module of any kind: a copy of it, and the scores among its answers.

torch is imported when a module is given, and not before.
"""

from __future__ import annotations

import copy
import re
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from whylight.errors import ModelError

if TYPE_CHECKING:
    import torch

_WRAPPERS = {"OptimizedModule": "_orig_mod", "DataParallel": "module", "DistributedDataParallel": "module"}
"""Attributes that hold the module itself, by the classes of what `torch.compile` and several devices need."""
_USUAL_NAMES = ("logits", "scores", "out", "output", "outputs", "pred", "preds", "predictions", "y_hat")
"""Names of scores in a dictionary."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def copied(module: torch.nn.Module) -> torch.nn.Module:
    """Copy a module: in evaluation mode, float32, on the CPU, without what wraps it."""
    inner = module
    while wrapped := _WRAPPERS.get(type(inner).__name__):
        inner = getattr(inner, wrapped)
    return duplicate(inner, "float32").eval()


def duplicate(module: torch.nn.Module, precision: str) -> torch.nn.Module:
    """Copy a module to the CPU, in the precision `float32` or `float64`.

    Raises:
        ModelError: it cannot be copied.
    """
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript's weights are no leaves; it is said of their gradients
        return _deep_copy(module).to("cpu", getattr(torch, precision))


def _deep_copy(module: torch.nn.Module) -> torch.nn.Module:
    import torch

    # Weights computed from others, as the old `weight_norm` keeps them, are refused by deepcopy.
    computed = {
        id(value): value.detach().clone()
        for part in module.modules()
        for value in vars(part).values()
        if isinstance(value, torch.Tensor) and not value.is_leaf
    }
    try:
        return copy.deepcopy(module, computed)
    except Exception as error:  # whatever a stranger's module raises
        raise ModelError("the module cannot be copied: {reason}", reason=first_line(error)) from error


def answering(network: torch.nn.Module) -> torch.nn.Module:
    """Wrap a module so that it returns its scores alone, in evaluation mode.

    These are `[N, K]`, or `[N, K, h, w]` of a segmenter.
    """
    import torch

    class Answering(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, images: torch.Tensor) -> Any:
            scores = _scores_of(self.network(images))
            return scores.flatten(1) if scores.shape[2:] == (1, 1) else scores

    return Answering().eval()


def _scores_of(answer: Any) -> Any:
    """Return the scores among the answers of a module.

    These are a tensor `[N, K]`, or `[N, K, 1, 1]`, or where there is none `[N, K, h, w]`. Of several, one by
    a usual name counts, else the first of such a shape; a loss is none, nor are features beside scores.

    Raises:
        TypeError: there is no tensor of such a shape.
    """
    found: list[Any]
    if getattr(answer, "logits", None) is not None:  # transformers
        found = [answer.logits]
    elif isinstance(answer, Mapping):
        named = [answer[name] for name in _USUAL_NAMES if name in answer]
        found = [*named, *answer.values()]
    else:
        found = list(answer) if isinstance(answer, tuple | list) else [answer]
    shapes = [tuple(getattr(tensor, "shape", ())) for tensor in found]
    for tensor, shape in zip(found, shapes, strict=True):
        if len(shape) == 2 or (len(shape) == 4 and shape[2:] == (1, 1)):
            return tensor
    for tensor, shape in zip(found, shapes, strict=True):
        if len(shape) == 4:
            return tensor
    kinds = [list(shape) or type(tensor).__name__ for tensor, shape in zip(found, shapes, strict=True)]
    raise TypeError(
        f"expected scores [N, K], or [N, K, h, w] of a segmenter, got {kinds}; "
        "a detector is adopted as an ONNX file"
    )


def first_line(error: BaseException) -> str:
    """The first line of a message, without a terminal's colours."""
    lines = [line.strip() for line in _COLOURS.sub("", str(error)).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
