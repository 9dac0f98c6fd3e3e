"""A line about each method for its entry in the list."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from .explaining import is_slow


def method_title(label: str, name: str, recommended: str) -> str:
    """Return a method's entry in the list, which marks the recommended one."""
    if is_slow(name):
        return QCoreApplication.translate("MethodHints", "{method} (slow)").format(method=label)
    if name != recommended:
        return label
    return QCoreApplication.translate("MethodHints", "{method} (recommended)").format(method=label)


def method_hint(name: str, summary: str) -> str:
    """Return one line on a method, from the measurements in docs/faithfulness.md.

    `summary` is used for methods of other packages.
    """
    hints = {
        "grad-cam": QCoreApplication.translate(
            "MethodHints", "Which thing speaks for the class. In measurements the best at pointing to it."
        ),
        "grad-cam++": QCoreApplication.translate(
            "MethodHints",
            "Meant for several things of one class. Made for layers behind a ReLU; it may mislead at others.",
        ),
        "xgrad-cam": QCoreApplication.translate(
            "MethodHints",
            "Grad-CAM with other weights. Made for layers behind a ReLU; it may mislead at others.",
        ),
        "hirescam": QCoreApplication.translate(
            "MethodHints", "Like Grad-CAM, but each place by its own gradient. Finer, a little noisier."
        ),
        "elementwise-grad-cam": QCoreApplication.translate(
            "MethodHints",
            "Only the positive part of each place and channel. Mostly the same map as LayerCAM.",
        ),
        "layercam": QCoreApplication.translate(
            "MethodHints", "Which pixels hold the answer up. Also for earlier layers with finer maps."
        ),
        "eigencam": QCoreApplication.translate(
            "MethodHints",
            "What the network reacts to most. It knows no class: every question has the same map.",
        ),
        "eigen-gradcam": QCoreApplication.translate(
            "MethodHints", "EigenCAM of activations times gradients. Follows the class, but less surely."
        ),
        "score-cam": QCoreApplication.translate(
            "MethodHints", "Runs the model once for each channel: what remains of the answer behind its mask."
        ),
        "ablation-cam": QCoreApplication.translate(
            "MethodHints", "Runs the model's end once for each channel: what the answer loses without it."
        ),
        "occlusion": QCoreApplication.translate(
            "MethodHints", "Covers one place after the other: what the answer loses. Needs no gradients."
        ),
        "rise": QCoreApplication.translate(
            "MethodHints",
            "Covers 1,000 random patterns: which places the answer depends on. Coarse, no gradients.",
        ),
    }
    return hints.get(name, summary)
