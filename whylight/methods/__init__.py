"""Explanation methods: maps from activations and gradients, one module per family.

Gradient methods take activations `[C, h, w]` of one image and gradients `[M, C, h, w]` of its M scores, both
float32, and return maps float32 `[M, h, w]`, not normalised: `whylight.drawing.heatmap.normalize_map` clips
negative evidence. After that, each agrees with pytorch-grad-cam's method of the same name within 1e-4 (eigen
methods up to their sign). Methods that need the image instead of gradients are in `whylight.perturbation`
and are registered here.
"""

from __future__ import annotations

# Methods are listed in the order of these imports.
from whylight.methods import channel_weights, eigen, elementwise  # noqa: F401
from whylight.methods.registry import METHODS, Method, UnknownMethodError, method

__all__ = [
    "METHODS",
    "OF_BOXES",
    "WITHOUT_GRADIENTS",
    "WITHOUT_LAYERS",
    "Method",
    "UnknownMethodError",
    "method",
    "methods_of_gradients",
]

# Perturbation methods depend on the engine, which looks methods up here; their modules
# are therefore imported at the first call.
for _declared in (
    Method(
        name="score-cam",
        label="Score-CAM",
        summary="Channels weighted by the score of the image masked by each of them.",
        paper="Wang et al., Score-CAM, CVPR Workshops 2020, arXiv:1910.01279",
        needs="image",
        function="whylight.perturbation.score_cam:score_cam",
    ),
    Method(
        name="ablation-cam",
        label="Ablation-CAM",
        summary="Channels weighted by the drop of the score without each of them.",
        paper="Desai and Ramaswamy, Ablation-CAM, WACV 2020",
        needs="image",
        function="whylight.perturbation.ablation_cam:ablation_cam",
    ),
    Method(
        name="occlusion",
        label="Occlusion",
        summary="Drop of the score when a square of the image is covered.",
        paper="Zeiler and Fergus, Visualizing and Understanding CNNs, ECCV 2014, arXiv:1311.2901",
        needs="image",
        needs_layer=False,
        function="whylight.perturbation.occlusion:occlusion",
    ),
    Method(
        name="rise",
        label="RISE",
        summary="Mean of random masks, weighted by the score of the masked image.",
        paper="Petsiuk, Das and Saenko, RISE, BMVC 2018, arXiv:1806.07421",
        needs="image",
        needs_layer=False,
        function="whylight.perturbation.rise:rise",
    ),
    Method(
        name="d-rise",
        label="D-RISE",
        summary="Mean of random masks, weighted by how alike a box is found in the masked image.",
        paper="Petsiuk et al., Black-box Explanation of Object Detectors, CVPR 2021, arXiv:2006.03204",
        needs="boxes",
        needs_layer=False,
        function="whylight.perturbation.d_rise:d_rise",
    ),
):
    METHODS.add(_declared)

WITHOUT_GRADIENTS = tuple(name for name, entry in METHODS._methods.items() if entry.needs == "image")
"""Names of Whylight's perturbation methods, which need hundreds of forward passes but no gradients."""

WITHOUT_LAYERS = tuple(name for name in WITHOUT_GRADIENTS if not METHODS[name].needs_layer)
"""Names of the perturbation methods that need no activations either."""


OF_BOXES = tuple(name for name, entry in METHODS._methods.items() if entry.needs == "boxes")
"""Names of the methods for detectors alone, which need hundreds of forward passes but no gradients."""


def methods_of_gradients() -> tuple[str, ...]:
    """Return the names of all gradient methods, Grad-CAM first."""
    return tuple(name for name, entry in METHODS.items() if entry.needs == "gradients")
