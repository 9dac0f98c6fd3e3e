"""Distance of a detector's maps from the places that count for its boxes.

For the best box of each image, a square of 16 pixels in its own mean colour is moved over the network's input
around the box. The places at which the box's score falls have a centre, and so has the map. Printed are the
distances between the two, with the map's cells at the centres of their receptive fields, and at the middles
of their parts of the image (resized). With `--deletion` it is the mean share of the score that is left
without the tenth that the map marks, as in `box_faithfulness.py`, which takes far fewer runs.

    python -m benchmarks.box_placement detector.onnx FOLDER --images 16
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import whylight
from benchmarks.box_faithfulness import share_left
from whylight.box_questions import GRID, one_hot_places
from whylight.detection.boxes import Box
from whylight.drawing.heatmap import normalize_map
from whylight.explanation import Explanation
from whylight.images.decode import read_image
from whylight.images.files import find_images
from whylight.perturbation import ScoresAtPlaces
from whylight.view import View

_SQUARE, _STEP, _AROUND = 16, 8, 40
_NAMES = ("receptive fields", "resized")
_STRONG = 0.3
"""Part of the largest value from which a place counts."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=16)
    parser.add_argument("--deletion", action="store_true")
    arguments = parser.parse_args()
    explainer = whylight.Explainer(arguments.model)
    found = []
    paths = sorted(find_images([arguments.folder]))
    for path in paths[:: max(1, len(paths) // arguments.images)]:
        image = read_image(path)
        for box in explainer.find_boxes(image)[:1]:
            if arguments.deletion:
                found.append(_shares_left(explainer, image, box))
                continue
            counts = _centre_that_counts(explainer, image, box)
            found.append([centre - counts for centre in _centres_of_maps(explainer, image, box)])
    if arguments.deletion:
        shares = np.array(found)
        print(f"{explainer.card.name}: {len(shares)} boxes, share of the score left: mean, median")
        for name, each in zip(_NAMES, shares.T, strict=True):
            print(f"{name:>20}: {each.mean():.3f}, {np.median(each):.3f}")
        return
    shifts = np.array(found)
    print(f"{explainer.card.name}: {len(shifts)} boxes, pixels of the input (down, right)")
    for name, each in zip(_NAMES, shifts.swapaxes(0, 1), strict=True):
        distances = np.linalg.norm(each, axis=1)
        print(
            f"{name:>20}: {each.mean(axis=0).round(1)} on average, {np.median(distances):.1f} away (median)"
        )


def _shares_left(explainer: whylight.Explainer, image: NDArray[np.uint8], box: Box) -> list[float]:
    """Share of the score left without what the map marks, for both placements."""
    explanation, size = _at_grid(explainer, image, box), (image.shape[0], image.shape[1])
    placements = (explainer.box_explainer(box, GRID).card.placement, None)
    noise = 1e-9 * np.random.default_rng(0).random(size)
    shares = []
    for placement in placements:
        drawn = replace(explanation, placement=placement)
        order = normalize_map(drawn.maps[0], size, drawn.map_view) + noise
        shares.append(share_left(explainer, image, box, order))
    return shares


def _at_grid(explainer: whylight.Explainer, image: NDArray[np.uint8], box: Box) -> Explanation:
    """Return a box's explanation at the map of its own stride, as it is."""
    detector = explainer.card.detector
    assert detector is not None
    weights = np.eye(explainer.class_count, dtype=np.float32)[[box.class_index]]
    places = one_hot_places([box], detector.places)
    at = explainer.box_explainer(box, GRID)
    return at.explain_scores(image, weights, "layercam", place_weights=places)


def _centre(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Centre of the strong values of `[h, w]`: row and column."""
    strong = np.where(values > _STRONG * values.max(), values, 0)
    rows, columns = np.mgrid[: strong.shape[0], : strong.shape[1]] + 0.5
    return np.array([(strong * rows).sum(), (strong * columns).sum()]) / strong.sum()


def _centres_of_maps(
    explainer: whylight.Explainer, image: NDArray[np.uint8], box: Box
) -> list[NDArray[np.float64]]:
    """Centre of a box's map in the input, by receptive fields and resized."""
    map_ = np.maximum(_at_grid(explainer, image, box).maps[0], 0)
    height, width = explainer.card.input_size
    placement = explainer.box_explainer(box, GRID).card.placement
    assert placement is not None
    resized = np.asarray(cv2.resize(map_, (width, height), interpolation=cv2.INTER_LINEAR))
    return [_centre(placement.resize(map_, (height, width))), _centre(resized)]


def _centre_that_counts(
    explainer: whylight.Explainer, image: NDArray[np.uint8], box: Box
) -> NDArray[np.float64]:
    """Centre in the input of the places at which covering lowers the box's score."""
    size = (image.shape[0], image.shape[1])
    view = explainer.card.view(size) or View.whole(size, explainer.card.input_size)
    seen, at = explainer.prepare(image), ScoresAtPlaces.of_box(explainer, box).of_inputs
    left, top, right, bottom = box.corners
    (first_row, first_column), (last_row, last_column) = (
        view.to_input(top, left),
        view.to_input(bottom, right),
    )
    whole = float(at.logits(seen[None])[0, box.class_index])
    starts = [range(0, side - _SQUARE + 1, _STEP) for side in explainer.card.input_size]
    falls = np.zeros([len(each) for each in starts])
    for i, row in enumerate(starts[0]):
        for j, column in enumerate(starts[1]):
            near_row = first_row - _AROUND - _SQUARE <= row <= last_row + _AROUND
            if near_row and first_column - _AROUND - _SQUARE <= column <= last_column + _AROUND:
                covered = seen.copy()
                square = covered[row : row + _SQUARE, column : column + _SQUARE]
                square[:] = square.mean(axis=(0, 1))
                falls[i, j] = whole - float(at.logits(covered[None])[0, box.class_index])
    return _centre(np.maximum(falls, 0)) * _STEP + (_SQUARE - _STEP) / 2


if __name__ == "__main__":
    main()
