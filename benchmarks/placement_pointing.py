"""The grid pointing game with maps placed where their cells look, or resized.

    python -m benchmarks.placement_pointing PHOTOGRAPHS [--model general|FILE...] [--mosaics 60]

Four photographs of which a model is sure, each of another class, make a mosaic
(`whylight.faithfulness.composites.mosaic`; Boehle, Fritz and Schiele, CVPR 2021). The map of each class
should lie on its own photograph: counted are strongest places there, and the share of positive evidence.
Needs neither labels nor annotations.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whylight import Explainer
from whylight.faithfulness.composites import mosaic
from whylight.faithfulness.pointing_game import energy_inside, pointing_game_hits
from whylight.images.decode import read_image
from whylight.images.files import find_images
from whylight.placement import PLACEMENTS

METHODS = ("grad-cam", "layercam")
_SURE = 0.7
"""Probability of a photograph's class from which on it is used."""


def main() -> None:
    """Print a line for each model, method and placement."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--model", nargs="+", default=["general"])
    parser.add_argument("--mosaics", type=int, default=60)
    arguments = parser.parse_args()
    images = [read_image(path) for path in sorted(find_images([arguments.photographs]))]
    for model in arguments.model:
        explainers = {placement: Explainer(model, placement=placement) for placement in PLACEMENTS}
        sure = _sure_ones(next(iter(explainers.values())), images)
        random = np.random.default_rng(0)
        found: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for _ in range(arguments.mosaics):
            chosen = random.choice(list(sure), 4, replace=False)
            image, places = mosaic([sure[index] for index in chosen])
            for placement, explainer in explainers.items():
                for method in METHODS:
                    explained = explainer.explain(image, [int(index) for index in chosen], method=method)
                    for map_, place in zip(explained.maps, places, strict=True):
                        hit = pointing_game_hits(map_, place, 0, explained.map_view)
                        energy = energy_inside(map_, place, explained.map_view)
                        found.setdefault((method, placement), []).append((float(hit), energy))
        for (method, placement), values in found.items():
            mean, error = np.mean(values, axis=0), np.std(values, axis=0) / np.sqrt(len(values))
            print(
                f"{model}  {method:9} {placement:16} strongest place {mean[0]:.3f} ± {error[0]:.3f}, "
                f"evidence {mean[1]:.3f} ± {error[1]:.3f}, of {len(values)}"
            )


def _sure_ones(explainer: Explainer, images: list[NDArray[np.uint8]]) -> dict[int, NDArray[np.uint8]]:
    """Return an image of each class that the model is sure of, by class."""
    found: dict[int, NDArray[np.uint8]] = {}
    for image in images:
        answers = explainer.predict(image)
        if answers.max() >= _SURE:
            found.setdefault(int(answers.argmax()), image)
    return found


if __name__ == "__main__":
    main()
