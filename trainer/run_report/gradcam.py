"""Grad-CAM as the report has it: a forward and a backward hook on the target layer.

With A `[N, C, h, w]` the target layer's activations and G their gradients for one score an image, a map is

    L = sum_k mean_ij(G_kij) A_k            (Selvaraju et al., arXiv:1610.02391, equations 1 and 2)

before its ReLU. The report takes the mean over the channels k where the paper and pytorch-grad-cam take the
sum; the ReLU and the min-max scaling that follow make the factor 1 / C disappear, so the images are the
same. The maps here are the sums, so that they can be compared with the engine's.
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
    """What one pass of N images gives; all on the network's device and detached."""

    logits: Tensor
    """float32 `[N, K]`."""
    classes: Tensor
    """int64 `[N]`: the class explained, one an image."""
    activations: Tensor
    """float32 `[N, C, h, w]`."""
    gradients: Tensor
    """float32 `[N, C, h, w]`: of each image's own logit with respect to its activations."""

    @property
    def maps(self) -> Tensor:
        """float32 `[N, h, w]`, not normalised: no ReLU yet."""
        weights = self.gradients.mean(dim=(2, 3), keepdim=True)
        return (weights * self.activations).sum(dim=1)


class GradCam:
    """Explains `network`, put into evaluation mode, at `target_layer` while entered as a context manager.

    Entering sets the hooks and leaving removes them, whatever happens between.
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
        # Of a network with frozen parameters nothing asks for gradients yet.
        self._kept["activations"] = output if output.requires_grad else output.requires_grad_()

    def _keep_gradients(self, _: nn.Module, gradients: Sequence[Tensor]) -> None:
        self._kept["gradients"] = gradients[0]

    def __call__(self, images: Tensor, classes: Sequence[int] | None = None) -> GradCamResult:
        """Explain normalised float32 images `[N, 3, H, W]` for one class each, by default the likeliest.

        Raises `TrainingError` outside the context, or if the layer takes no part in the logits.
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
            # Images do not mix in evaluation mode, so the gradient of the sum holds each one's own. The
            # backward pass ends at the target layer: the layers before it cost nothing, and no parameter's
            # `.grad` is touched.
            scores = logits.gather(1, chosen[:, None])
            torch.autograd.grad(scores.sum(), activations, allow_unused=True)
        gradients = self._kept.get("gradients")
        if gradients is None:
            raise TrainingError("the logits do not depend on the target layer: no map can be made at it")
        return GradCamResult(logits.detach(), chosen, activations.detach(), gradients.detach())
