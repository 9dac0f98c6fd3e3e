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
from whylight.protocols import AnsweringClassifier
from whylight.tensor_names import ACTIVATIONS
from whylight.view import View

STEPS = 16
"""Points of a curve; with 64, areas differ by less than 0.01."""

PERCENTILES = (20, 40, 60, 80)
"""Percentiles of ROAD; pytorch-grad-cam's nine would take as long as both curves."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """Metrics of one method on one image."""

    image: str
    """Path of the image relative to the folder, with forward slashes."""
    method: str
    """Name of the method or baseline."""
    values: Mapping[str, float]
    """Values by keys of `whylight.faithfulness.tables.METRICS`; localisation only with a mask."""


def measure(
    explainer: Explainer,
    path: Path,
    name: str,
    methods: Sequence[str],
    *,
    mask: Path | None = None,
    steps: int = STEPS,
) -> Iterator[Measurement]:
    """Measure each method, and then the baselines, on one image.

    Faithfulness is measured for the predicted class. Localisation is measured for the class of the object if
    the image's folder is named after a class, otherwise for the predicted class.

    Args:
        explainer: the model.
        path: an image file.
        name: name of the image in measurements; also the seed of the random map.
        methods: names from `whylight.methods.METHODS`.
        mask: an image of the same size, light on the object and dark elsewhere.
        steps: points of the deletion and insertion curves.

    Raises:
        ImageError: the image or its mask cannot be read, or they differ in size.
        QuestionError: there is no such method, or it is not available for the model.
    """
    require_methods(methods)
    image = read_image(path)
    on_object = None if mask is None else read_mask(mask, (image.shape[0], image.shape[1]))
    # Explain the predicted class, and the labelled one if it differs.
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
            values |= localisation(map_, on_object, view=predicted.view)
        yield Measurement(name, method, values)


def make_map(
    explainer: Explainer, image: NDArray[np.uint8], explanation: Explanation, method: str, name: str
) -> NDArray[np.float32]:
    """Return the map `[h, w]` of the first score by any method or baseline.

    It covers the input evenly.
    """
    size = explainer.card.input_size
    known = METHODS.find(method)
    if known is not None and known.needs == "gradients":
        return np.asarray(explainer.with_method(explanation, method).maps_at_input(size)[0])
    if known is not None:
        return np.asarray(perturbed(explainer, image, explanation, method).maps_at_input(size)[0])
    activations = explanation.tensors.get(ACTIVATIONS)
    cells = (CELLS, CELLS) if activations is None else (activations.shape[2], activations.shape[3])
    return BASELINES[method](image, cells, zlib.crc32(name.encode()))


def _begun(explainer: Explainer, image: NDArray[np.uint8], class_index: int | None = None) -> Explanation:
    """Explain a class, or the predicted one, with gradients if available."""
    ask = explainer.explain if explainer.has_gradients else explainer.forward_only
    return ask(image, None if class_index is None else [class_index], 1)


def require_methods(methods: Sequence[str]) -> None:
    """Raise `QuestionError` for an unknown method name."""
    for method in methods:
        METHODS[method]


def localisation(
    map_: NDArray[np.float32],
    on_object: NDArray[np.bool_],
    tolerance: float = TOLERANCE,
    view: View | None = None,
) -> dict[str, float]:
    """Compute pointing game and energy of a map `[h, w]` for a mask `[H, W]`.

    `view` is the part of the image that the model saw.
    """
    return {
        "pointing": float(pointing_game_hits(map_, on_object, tolerance, view)),
        "energy": energy_inside(map_, on_object, view),
    }


def _faithfulness(
    explainer: Explainer, image: NDArray[np.uint8], map_: NDArray[np.float32], class_index: int, steps: int
) -> dict[str, float]:
    drop, increase = confidence_change(explainer, image, map_, class_index)
    return {
        **curve_areas(explainer, image, map_, class_index, steps),
        "road": road(explainer, image, map_, class_index, percentiles=PERCENTILES),
        "drop": drop,
        "increase": increase,
    }


def curve_areas(
    explainer: AnsweringClassifier,
    image: NDArray[np.uint8],
    map_: NDArray[np.float32],
    class_index: int,
    steps: int = STEPS,
) -> dict[str, float]:
    """Return the areas under a map's `deletion` and `insertion` curves.

    Args:
        explainer: the model.
        image: RGB uint8 `[H, W, 3]`.
        map_: float32 `[h, w]`, which covers the input evenly.
        class_index: the class whose probability is followed.
        steps: points of the curves.
    """
    return {
        "deletion": _area(deletion(explainer, image, map_, class_index, steps=steps)),
        "insertion": _area(insertion(explainer, image, map_, class_index, steps=steps)),
    }


def _area(curve: Iterator[Curve]) -> float:
    return deque(curve, maxlen=1).pop().area


def read_mask(path: Path, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Read a mask image as bool `[H, W]`, true where it is light.

    Raises `ImageError` if it cannot be read, is not of `size` (H, W), or has no light pixel.
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
    """Return the class a folder is named after (`whylight.class_names`), or None."""
    return FolderLabels(classes).of_folder(name)
