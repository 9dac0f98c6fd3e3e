"""Faithfulness of box maps: deleting a tenth of the image in front of a detector.

For each image the best box is explained. Deleted (replaced by a strong blur) are the tenth of the image with
the strongest evidence, a random tenth in blocks, and the box's own central tenth of the image (or the whole
box, where it is smaller). Printed is the share of the box's score that is left: its mean and median.

LayerCAM is asked at three layers, those of the detector's grids joined and two single ones, and its maps are
ranked as they are (`cells`) and spread over the cells' fields, as Whylight shows them (`spread`). A second
column deletes a tenth of the box's area instead: there the centre is no longer nearly the whole thing.

    python -m benchmarks.box_faithfulness detector.onnx FOLDER --images 50
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import whylight
from whylight.box_questions import GRID, one_hot_places
from whylight.detection.boxes import Box
from whylight.images.decode import read_image
from whylight.images.files import find_images
from whylight.result import Result

METHODS = ("layercam", "hirescam", "grad-cam", "grad-cam++")
_SHARE = 0.1
_BLOCKS = 20
_OF_IMAGE, _OF_BOX = "image", "box"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=50)
    parser.add_argument("--d-rise", action="store_true", help="also D-RISE, a thousand passes an image")
    arguments = parser.parse_args()
    explainer = whylight.Explainer(arguments.model, threads=1)
    rng = np.random.default_rng(0)
    left: dict[str, list[tuple[float, float]]] = {}
    paths = sorted(find_images([arguments.folder]))
    for path in paths[:: max(1, len(paths) // arguments.images)][: arguments.images]:
        image = read_image(path)
        boxes = explainer.find_boxes(image)
        if not boxes:
            continue
        box, size = boxes[0], (image.shape[0], image.shape[1])
        orders = _orders(explainer, image, box, rng)
        if arguments.d_rise:
            orders["D-RISE"] = explainer(image, target=box, method="d-rise").map
        for name, order in orders.items():
            ranked = order + 1e-9 * rng.random(size)
            shares = (share_left(explainer, image, box, ranked, of) for of in (_OF_IMAGE, _OF_BOX))
            left.setdefault(name, []).append((next(shares), next(shares)))
    print(f"{explainer.card.name}: {len(next(iter(left.values()), []))} images; layer {explainer.layer}")
    print(f"{'':>32}  tenth of the image  tenth of the box")
    for name, found in left.items():
        means, medians = np.mean(found, axis=0), np.median(found, axis=0)
        columns = (f"{mean:.3f} ({median:.3f})" for mean, median in zip(means, medians, strict=True))
        print(f"{name:>32}  {'       '.join(columns)}")


def _orders(
    explainer: whylight.Explainer, image: NDArray[np.uint8], box: Box, rng: np.random.Generator
) -> dict[str, NDArray[np.floating]]:
    """Return maps `[H, W]` by which pixels are deleted, the highest first."""
    size = (image.shape[0], image.shape[1])
    of_grid = explainer.box_explainer(box, GRID)
    orders: dict[str, NDArray[np.floating]] = {
        f"{name}, spread": explainer(image, target=box, method=name).map for name in METHODS
    }
    orders["layercam, cells"] = _cells(explainer, image, box)
    orders["layercam at its grid, spread"] = of_grid(image, target=box).map
    orders["layercam at its grid, cells"] = _cells(of_grid, image, box)
    orders["layercam of all grids, spread"] = explainer(image, target=box, fuse=True).map
    blocks = rng.random((_BLOCKS, _BLOCKS)).astype(np.float32)
    orders["random blocks"] = cv2.resize(blocks, size[::-1], interpolation=cv2.INTER_NEAREST)
    orders["centre of the box"] = -_distance(box, size)
    return orders


def _cells(explainer: whylight.Explainer, image: NDArray[np.uint8], box: Box) -> NDArray[np.float32]:
    """Return LayerCAM's map enlarged between its cells, without spreading them."""
    detector = explainer.card.detector
    assert detector is not None
    weights = np.eye(explainer.class_count, dtype=np.float32)[[box.class_index]]
    places = one_hot_places([box], detector.places)
    explanation = explainer.explain_scores(image, weights, "layercam", place_weights=places)
    return Result(replace(explanation, gradients=None), image, explainer.class_names, ("why?",), "").map


def _distance(box: Box, size: tuple[int, int]) -> NDArray[np.float64]:
    """Distance of each pixel from the box's centre, in half sides of the box."""
    left, top, right, bottom = box.corners
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    across = np.abs(columns - (left + right) / 2) / max((right - left) / 2, 1)
    down = np.abs(rows - (top + bottom) / 2) / max((bottom - top) / 2, 1)
    return np.asarray(np.maximum(across, down), np.float64)


def share_left(
    explainer: whylight.Explainer,
    image: NDArray[np.uint8],
    box: Box,
    order: NDArray[np.floating],
    of: str = _OF_IMAGE,
) -> float:
    """Return the share of the box's score left without the tenth that ranks highest."""
    left, top, right, bottom = box.corners
    area = order.size if of == _OF_IMAGE else (right - left) * (bottom - top)
    count = int(_SHARE * area)
    deleted = np.zeros(order.size, np.bool_)
    deleted[np.argsort(-order.ravel(), kind="stable")[:count]] = True
    blurred = cv2.GaussianBlur(image, (0, 0), max(image.shape[:2]) / 12)
    covered = np.where(deleted.reshape(order.shape)[..., None], blurred, image).astype(np.uint8)
    scores = explainer.forward_only(covered, top=1).tensors["place_scores"][0]
    answer = 1 / (1 + np.exp(-float(scores[box.class_index, box.place])))
    return answer / box.score


if __name__ == "__main__":
    main()
