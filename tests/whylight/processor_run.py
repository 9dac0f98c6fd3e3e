"""Explain a sample with the bundled pair and save what came of it, for `test_processors.py`."""

from __future__ import annotations

import sys

import numpy as np

from whylight.bundled import bundled_model, sample_images
from whylight.explainer import Explainer
from whylight.images.decode import read_image


def main(path: str) -> None:
    """Write logits `[K]`, activations `[1, C, h, w]`, and of two classes maps `[2, h, w]`."""
    explainer = Explainer(bundled_model("caltech"), ["CPUExecutionProvider"])
    explanation = explainer.explain(read_image(sample_images()[0]), classes=[0, 1])
    np.savez(
        path,
        logits=explanation.logits,
        activations=explanation.tensors["activations"],
        maps=explanation.maps,
    )


if __name__ == "__main__":
    main(sys.argv[1])
