"""The methods: rules from activations and gradients to maps, one module a family.

A method of gradients takes activations `[C, h, w]` of one image and gradients `[M, C, h, w]` of its M scores,
both float32, and returns maps float32 `[M, h, w]`, not normalised: `whylight.drawing.heatmap.normalize_map`
cuts off negative evidence. After that, each is pytorch-grad-cam's method of the same name within 1e-4 (the
eigen methods up to their sign). Methods that need the image instead of gradients are in
`whylight.perturbation`, and are declared here.
"""

from __future__ import annotations

# The order of import is the order in which the methods are listed.
from whylight.methods import channel_weights, eigen, elementwise  # noqa: F401
from whylight.methods.registry import METHODS, Method, UnknownMethodError, method

__all__ = [
    "METHODS",
    "WITHOUT_GRADIENTS",
    "WITHOUT_LAYERS",
    "Method",
    "UnknownMethodError",
    "method",
    "methods_of_gradients",
]

# The further methods run the network hundreds of times in place of its gradients. They build upon the engine,
# which itself looks methods up here, and so are imported when they are first called.
for _declared in (
    Method(
        name="score-cam",
        label="Score-CAM",
        summary="Channels weighted by the score of the image seen through each of them.",
        paper="Wang et al., Score-CAM, CVPR Workshops 2020, arXiv:1910.01279",
        needs="image",
        function="whylight.perturbation.score_cam:score_cam",
    ),
    Method(
        name="ablation-cam",
        label="Ablation-CAM",
        summary="Channels weighted by how far the score falls without each of them.",
        paper="Desai and Ramaswamy, Ablation-CAM, WACV 2020",
        needs="image",
        function="whylight.perturbation.ablation_cam:ablation_cam",
    ),
    Method(
        name="occlusion",
        label="Occlusion",
        summary="How far the score falls where a square of the image is covered.",
        paper="Zeiler and Fergus, Visualizing and Understanding CNNs, ECCV 2014, arXiv:1311.2901",
        needs="image",
        needs_layer=False,
        function="whylight.perturbation.occlusion:occlusion",
    ),
    Method(
        name="rise",
        label="RISE",
        summary="The mean of random masks, each weighted by the score of the image seen through it.",
        paper="Petsiuk, Das and Saenko, RISE, BMVC 2018, arXiv:1806.07421",
        needs="image",
        needs_layer=False,
        function="whylight.perturbation.rise:rise",
    ),
):
    METHODS.add(_declared)

WITHOUT_GRADIENTS = tuple(name for name, entry in METHODS._methods.items() if entry.needs == "image")
"""The names of Whylight's own methods that run the network hundreds of times in place of its gradients."""

WITHOUT_LAYERS = tuple(name for name in WITHOUT_GRADIENTS if not METHODS[name].needs_layer)
"""Those of them that need no activations either."""


def methods_of_gradients() -> tuple[str, ...]:
    """Return the names of all methods that make maps of activations and gradients, Grad-CAM first."""
    return tuple(name for name, entry in METHODS.items() if entry.needs == "gradients")
