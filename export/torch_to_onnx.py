"""Export a PyTorch network to ONNX, with its target layer's activations as output."""

from __future__ import annotations

import onnx
import torch
from torch import Tensor, nn

from whylight.adoption.torch_module import export_onnx
from whylight.errors import ExportError, ModelError
from whylight.tensor_names import ACTIVATIONS, LOGITS

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
        return export_onnx(tapped, example, [LOGITS, ACTIVATIONS], input_name=IMAGES, root="network")
    except ModelError as error:
        raise ExportError(error.message) from error
