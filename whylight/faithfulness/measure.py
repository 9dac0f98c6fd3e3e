"""Measure methods on an image file."""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whylight.class_names import FolderLabels
from whylight.errors import ImageError
from whylight.explainer import Explainer
from whylight.explanation import Explanation
from whylight.faithfulness.average_drop import confidence_change
from whylight.faithfulness.baselines import BASELINES
from whylight.faithfulness.deletion_insertion import Curve, deletion, insertion
from whylight.faithfulness.pointing_game import TOLERANCE, energy_inside, pointing_game_hits
from whylight.faithfulness.road import road
from whylight.images.decode import read_image
from whylight.methods import METHODS
from whylight.perturbation import perturbed
from whylight.perturbation.occlusion import CELLS
from whylight.tensor_names import ACTIVATIONS

STEPS = 16
"""Points of a curve; with 64 the areas differ by less than 0.01, and take four times as long."""

PERCENTILES = (20, 40, 60, 80)
"""Of ROAD; pytorch-grad-cam's nine would take as long as both curves."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one method's map of one image is worth."""

    image: str
    """The image's path inside the folder, with forward slashes."""
    method: str
    """The method's or the baseline's name."""
    values: Mapping[str, float]
    """By the names in `whylight.faithfulness.tables.METRICS`; those of localisation only with a mask."""


def measure(
    explainer: Explainer,
    path: Path,
    name: str,
    methods: Sequence[str],
    *,
    mask: Path | None = None,
    steps: int = STEPS,
) -> Iterator[Measurement]:
    """Measure each method on one image, and after them the baselines.

    Faithfulness is measured for the class that the model predicts. Localisation is for the class that the
    object is, where the image's folder is named after a class, else for the predicted one as well.

    Args:
        explainer: the model.
        path: an image file.
        name: what measurements call it; the random map is drawn from it.
        methods: names from `whylight.methods.METHODS`.
        mask: an image of the same size, light on the object and dark elsewhere.
        steps: points of the deletion and the insertion curve.

    Raises:
        ImageError: the image or its mask cannot be read, or they differ in size.
        QuestionError: there is no such method, or the model has not what it needs.
    """
    require_methods(methods)
    image = read_image(path)
    on_object = None if mask is None else read_mask(mask, (image.shape[0], image.shape[1]))
    predicted = _begun(explainer, image)
    labelled = predicted
    if on_object is not None:
        label = class_of_folder(path.parent.name, explainer.card.classes)
        if label is not None and label != predicted.classes[0]:
            labelled = _begun(explainer, image, label)
    for method in [*methods, *BASELINES]:
        map_ = make_map(explainer, image, predicted, method, name)
        values = _faithfulness(explainer, image, map_, predicted.classes[0], steps)
        if on_object is not None:
            if labelled is not predicted:
                map_ = make_map(explainer, image, labelled, method, name)
            values |= localisation(map_, on_object)
        yield Measurement(name, method, values)


def make_map(
    explainer: Explainer, image: NDArray[np.uint8], explanation: Explanation, method: str, name: str
) -> NDArray[np.float32]:
    """The map `[h, w]` of an explanation's first score by a method, a perturbation or a baseline."""
    known = METHODS.find(method)
    if known is not None and known.needs == "gradients":
        return np.asarray(explainer.with_method(explanation, method).maps[0])
    if known is not None:
        return np.asarray(perturbed(explainer, image, explanation, method).maps[0])
    activations = explanation.tensors.get(ACTIVATIONS)
    size = (CELLS, CELLS) if activations is None else (activations.shape[2], activations.shape[3])
    return BASELINES[method](size, zlib.crc32(name.encode()))


def _begun(explainer: Explainer, image: NDArray[np.uint8], class_index: int | None = None) -> Explanation:
    """What the methods map: the score of a class, or of the predicted one; with the gradients, if any."""
    ask = explainer.explain if explainer.has_gradients else explainer.forward_only
    return ask(image, None if class_index is None else [class_index], 1)


def require_methods(methods: Sequence[str]) -> None:
    """Raise `QuestionError` for a name that is of no method."""
    for method in methods:
        METHODS[method]


def localisation(
    map_: NDArray[np.float32], on_object: NDArray[np.bool_], tolerance: float = TOLERANCE
) -> dict[str, float]:
    """Pointing game and energy inside of a map `[h, w]` for a mask `[H, W]`, by the metrics' names."""
    return {
        "pointing": float(pointing_game_hits(map_, on_object, tolerance)),
        "energy": energy_inside(map_, on_object),
    }


def _faithfulness(
    explainer: Explainer, image: NDArray[np.uint8], map_: NDArray[np.float32], class_index: int, steps: int
) -> dict[str, float]:
    drop, increase = confidence_change(explainer, image, map_, class_index)
    return {
        "deletion": _area(deletion(explainer, image, map_, class_index, steps=steps)),
        "insertion": _area(insertion(explainer, image, map_, class_index, steps=steps)),
        "road": road(explainer, image, map_, class_index, percentiles=PERCENTILES),
        "drop": drop,
        "increase": increase,
    }


def _area(curve: Iterator[Curve]) -> float:
    return deque(curve, maxlen=1).pop().area


def read_mask(path: Path, size: tuple[int, int]) -> NDArray[np.bool_]:
    """A mask image as bool `[H, W]`, True where it is light.

    Raises `ImageError` where it cannot be read, is not of `size` (H, W), or has no light pixel.
    """
    mask: NDArray[np.bool_] = np.asarray(read_image(path).max(axis=2) > 127)
    if mask.shape != size:
        raise ImageError(
            "{path}: the mask has {shape} pixels (height, width), its image {size}",
            path=path,
            shape=mask.shape,
            size=size,
        )
    if not mask.any():
        raise ImageError("{path}: the mask has no light pixel, and so no object", path=path)
    return mask


def class_of_folder(name: str, classes: Sequence[str]) -> int | None:
    """Return the class that a folder is named after (`whylight.class_names`), or None."""
    return FolderLabels(classes).of_folder(name)
