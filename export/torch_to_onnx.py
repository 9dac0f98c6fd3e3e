"""Export a PyTorch network to ONNX, with its target layer's activations as output."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator

import onnx
import torch
from torch import Tensor, nn

from whylight.errors import ExportError
from whylight.graphs.builder import OPSET
from whylight.tensor_names import ACTIVATIONS, LOGITS

from .tensor_names import restore_module_names

IMAGES = "pictures"


class WithActivations(nn.Module):
    """Network that returns its target layer's output in addition to the logits."""

    def __init__(self, network: nn.Module, target_layer: str) -> None:
        super().__init__()
        self.network = network
        self._target = network.get_submodule(target_layer)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits `[N, K]` and activations `[N, C, h, w]`."""
        kept: list[Tensor] = []
        hook = self._target.register_forward_hook(lambda _module, _inputs, output: kept.append(output))
        try:
            logits = self.network(images)
        finally:
            hook.remove()
        return logits, kept[-1]


def to_onnx(network: nn.Module, target_layer: str, input_size: tuple[int, int]) -> onnx.ModelProto:
    """Export a network in evaluation mode.

    Args:
        network: maps normalised float32 `[N, 3, h, w]` to logits `[N, K]`.
        target_layer: name of the module whose output is explained.
        input_size: height h and width w in pixels.

    Returns:
        A graph from `pictures` to `logits` and `activations`, with dynamic N. PyTorch's exporter folds every
        BatchNorm into its convolution except the one behind the target layer, whose input is an output.

    Raises:
        ExportError: PyTorch cannot export the network.
    """
    try:
        tapped = WithActivations(network, target_layer).eval()
    except AttributeError as error:
        raise ExportError(
            "the network has no layer '{target_layer}' to explain", target_layer=target_layer
        ) from error
    # Two images, since the exporter treats a batch of one as constant.
    example = torch.zeros(2, 3, *input_size)
    try:
        with _silenced():
            program = torch.onnx.export(
                tapped,
                (example,),
                dynamo=True,
                opset_version=OPSET,
                input_names=[IMAGES],
                output_names=[LOGITS, ACTIVATIONS],
                dynamic_shapes=({0: torch.export.Dim("N")},),
                verbose=False,
            )
    except torch.onnx.errors.OnnxExporterError as error:
        raise ExportError("PyTorch cannot export the network: {reason}", reason=error) from error
    if program is None:
        raise ExportError("PyTorch's exporter returned nothing")
    model = program.model_proto
    restore_module_names(model, "network")
    return model


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """Suppress the exporter's progress output and deprecation warnings."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
