"""pytorch-grad-cam's class of each method."""

from __future__ import annotations

from pytorch_grad_cam import (
    EigenCAM,
    EigenGradCAM,
    GradCAM,
    GradCAMElementWise,
    GradCAMPlusPlus,
    HiResCAM,
    LayerCAM,
    XGradCAM,
)

ORACLES = {
    "grad-cam": GradCAM,
    "hirescam": HiResCAM,
    "elementwise-grad-cam": GradCAMElementWise,
    "grad-cam++": GradCAMPlusPlus,
    "xgrad-cam": XGradCAM,
    "layercam": LayerCAM,
    "eigencam": EigenCAM,
    "eigen-gradcam": EigenGradCAM,
}
OF_ARBITRARY_SIGN = {"eigencam", "eigen-gradcam"}
