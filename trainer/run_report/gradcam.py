"""Grad-CAM as in the report: forward and backward hooks on the target layer.

With A `[N, C, h, w]` the target layer's activations and G the gradients of one score per image, a map is

    L = sum_k mean_ij(G_kij) A_k            (Selvaraju et al., arXiv:1610.02391, equations 1 and 2)

before the ReLU. The report averages over the channels k where the paper and pytorch-grad-cam sum; the
factor 1 / C cancels in the ReLU and min-max scaling that follow, so the images are the same. The maps here
are sums, so that they can be compared with the engine's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from whylight.errors import TrainingError


@dataclass(frozen=True, slots=True)
class GradCamResult:
    """Result of one pass over N images, on the network's device and detached."""

    logits: Tensor
    """float32 `[N, K]`."""
    classes: Tensor
    """int64 `[N]`: the explained class of each image."""
    activations: Tensor
    """float32 `[N, C, h, w]`."""
    gradients: Tensor
    """float32 `[N, C, h, w]`: gradients of each image's logit with respect to its activations."""

    @property
    def maps(self) -> Tensor:
        """Maps before the ReLU, not normalised, float32 `[N, h, w]`."""
        weights = self.gradients.mean(dim=(2, 3), keepdim=True)
        return (weights * self.activations).sum(dim=1)


class GradCam:
    """Context manager that explains `network` at `target_layer`.

    The network is put into evaluation mode. Hooks are registered on entry and removed on exit.
    """

    def __init__(self, network: nn.Module, target_layer: str) -> None:
        layers = dict(network.named_modules())
        if target_layer not in layers:
            known = ", ".join(name for name in layers if name)
            raise TrainingError(
                "the network has no layer '{target_layer}': expected one of {known}",
                target_layer=target_layer,
                known=known,
            )
        self._network = network.eval()
        self._layer = layers[target_layer]
        self._hooks: list[torch.utils.hooks.RemovableHandle] = []
        self._kept: dict[str, Tensor] = {}

    def __enter__(self) -> GradCam:
        self._hooks = [
            self._layer.register_forward_hook(self._keep_activations),
            self._layer.register_full_backward_pre_hook(self._keep_gradients),
        ]
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        self._kept = {}

    def _keep_activations(self, _: nn.Module, __: Any, output: Tensor) -> None:
        # With frozen parameters, the activations do not require gradients yet.
        self._kept["activations"] = output if output.requires_grad else output.requires_grad_()

    def _keep_gradients(self, _: nn.Module, gradients: Sequence[Tensor]) -> None:
        self._kept["gradients"] = gradients[0]

    def __call__(self, images: Tensor, classes: Sequence[int] | None = None) -> GradCamResult:
        """Explain normalised float32 images `[N, 3, H, W]`, each for one class.

        The default is the most likely class. Raises `TrainingError` outside the context, or if the logits do
        not depend on the layer.
        """
        if not self._hooks:
            raise TrainingError("GradCam is not entered: use it as `with GradCam(...) as explain:`")
        self._kept = {}
        with torch.enable_grad():
            logits = self._network(images)
            chosen = logits.argmax(1) if classes is None else torch.tensor(classes, device=logits.device)
            activations = self._kept.get("activations")
            if activations is None:
                raise TrainingError("the target layer was not run: no map can be made at it")
            # Images are independent in evaluation mode, so the gradient of the sum contains each image's
            # gradient. The backward pass ends at the target layer and does not touch any
            # parameter's `.grad`.
            scores = logits.gather(1, chosen[:, None])
            torch.autograd.grad(scores.sum(), activations, allow_unused=True)
        gradients = self._kept.get("gradients")
        if gradients is None:
            raise TrainingError("the logits do not depend on the target layer: no map can be made at it")
        return GradCamResult(logits.detach(), chosen, activations.detach(), gradients.detach())
