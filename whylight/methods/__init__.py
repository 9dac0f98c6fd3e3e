"""The methods: rules from activations and gradients to maps, one module a family.

A method takes activations `[C, h, w]` of one image and gradients `[M, C, h, w]` of its M scores, both
float32, and returns maps float32 `[M, h, w]`, not normalised: `whylight.drawing.heatmap.normalize_map` cuts
off negative evidence. After that, each is pytorch-grad-cam's method of the same name within 1e-4 (the eigen
methods up to their sign). Methods that need the image instead of gradients are in `whylight.perturbation`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from whylight.methods.channel_weights import grad_cam, grad_cam_of_means, grad_cam_plus_plus, xgrad_cam
from whylight.methods.eigen import eigen_gradcam, eigencam
from whylight.methods.elementwise import elementwise_grad_cam, hirescam, layercam

Method = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]
"""(activations `[C, h, w]`, gradients `[M, C, h, w]`) to maps `[M, h, w]`."""

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "grad-cam": grad_cam,
        "hirescam": hirescam,
        "elementwise-grad-cam": elementwise_grad_cam,
        "grad-cam++": grad_cam_plus_plus,
        "xgrad-cam": xgrad_cam,
        "layercam": layercam,
        "eigencam": eigencam,
        "eigen-gradcam": eigen_gradcam,
    }
)
"""The methods by the names that the command line and the window use."""

WITHOUT_GRADIENTS = ("score-cam", "ablation-cam", "occlusion", "rise")
"""The further methods, which run the network hundreds of times in place of its gradients: those of
`whylight.perturbation`, by name, which itself builds upon the engine."""

WITHOUT_LAYERS = ("occlusion", "rise")
"""Those of them that need no activations either."""

OF_MEANS: Mapping[str, Method] = MappingProxyType({"grad-cam": grad_cam_of_means})
"""The methods that need no more of the gradients than their means over the places, `[M, C]`."""
