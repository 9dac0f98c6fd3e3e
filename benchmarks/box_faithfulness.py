"""Faithfulness of box maps: deleting a tenth of the image in front of a detector.

For each image the best box is explained. Deleted (replaced by a strong blur) are the tenth of the image with
the strongest evidence, a random tenth in blocks, and the box's own central tenth of the image (or the whole
box, where it is smaller). Printed is the mean share of the box's score that is left.

    python benchmarks/box_faithfulness.py detector.onnx FOLDER --images 50
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import whylight
from whylight.detection.boxes import Box
from whylight.images.decode import read_image
from whylight.images.files import find_images

METHODS = ("layercam", "hirescam", "grad-cam", "grad-cam++")
_SHARE = 0.1
_BLOCKS = 20


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=50)
    arguments = parser.parse_args()
    explainer = whylight.Explainer(arguments.model)
    rng = np.random.default_rng(0)
    left: dict[str, list[float]] = {}
    paths = sorted(find_images([arguments.folder]))
    for path in paths[:: max(1, len(paths) // arguments.images)]:
        image = read_image(path)
        boxes = explainer.find_boxes(image)
        if not boxes:
            continue
        box, size = boxes[0], (image.shape[0], image.shape[1])
        orders = {
            name: explainer(image, target=box, method=name).map + 1e-9 * rng.random(size) for name in METHODS
        }
        blocks = rng.random((_BLOCKS, _BLOCKS)).astype(np.float32)
        orders["random blocks"] = cv2.resize(blocks, size[::-1], interpolation=cv2.INTER_NEAREST)
        orders["centre of the box"] = -_distance(box, size)
        for name, order in orders.items():
            left.setdefault(name, []).append(share_left(explainer, image, box, order))
    print(f"{explainer.card.name}: {len(next(iter(left.values()), []))} images")
    for name, shares in left.items():
        print(f"{name:>20}: {np.mean(shares):.3f} of the score is left (median {np.median(shares):.3f})")


def _distance(box: Box, size: tuple[int, int]) -> NDArray[np.float64]:
    """Distance of each pixel from the box's centre, in half sides of the box."""
    left, top, right, bottom = box.corners
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    across = np.abs(columns - (left + right) / 2) / max((right - left) / 2, 1)
    down = np.abs(rows - (top + bottom) / 2) / max((bottom - top) / 2, 1)
    return np.asarray(np.maximum(across, down), np.float64)


def share_left(
    explainer: whylight.Explainer, image: NDArray[np.uint8], box: Box, order: NDArray[np.floating]
) -> float:
    """Share of the box's score left without the tenth that ranks highest."""
    count = int(_SHARE * order.size)
    deleted = np.zeros(order.size, np.bool_)
    deleted[np.argsort(-order.ravel(), kind="stable")[:count]] = True
    blurred = cv2.GaussianBlur(image, (0, 0), max(image.shape[:2]) / 12)
    covered = np.where(deleted.reshape(order.shape)[..., None], blurred, image).astype(np.uint8)
    scores = explainer.forward_only(covered, top=1).tensors["place_scores"][0]
    answer = 1 / (1 + np.exp(-float(scores[box.class_index, box.place])))
    return answer / box.score


if __name__ == "__main__":
    main()
