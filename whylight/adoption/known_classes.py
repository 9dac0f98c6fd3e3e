"""Class names of well-known data sets, by the name of the set.

There are `imagenet`, `cifar10`, `cifar100`, `coco`, `coco90` and `voc`. The published numbers of COCO's 80
classes run to 90; TorchVision's detectors have a class for each number (`coco90`).

They lie in `assets/class_names/`, a name on each line in the order of the published labels. Those of ImageNet
are in the card of the bundled model General.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import onnx

from whylight.bundled import asset, bundled_model
from whylight.pair.card import Card
from whylight.pair.metadata import metadata_of

IMAGENET = "imagenet"

KNOWN_CLASSES: Mapping[str, int] = MappingProxyType(
    {IMAGENET: 1000, "cifar10": 10, "cifar100": 100, "coco": 80, "coco90": 90, "voc": 20}
)
"""Number of classes of each list, by name."""

COCO_NUMBERS = "coco90"
_UNUSED = frozenset((12, 26, 29, 30, 45, 66, 68, 69, 71, 83))
"""Numbers of COCO that no class has."""

BACKGROUND = "background"
"""Class 0 of networks with one class more than the data set."""


def known_class_names(name: str, count: int | None = None) -> tuple[str, ...]:
    """Return the class names of a data set in `KNOWN_CLASSES`.

    Args:
        name: the data set.
        count: number of the model's classes; with one more than the data set has, the first is `BACKGROUND`.

    Raises:
        WhylightError: the files are missing.
    """
    if name == IMAGENET:
        model = onnx.load(bundled_model(), load_external_data=False)
        names = Card.from_metadata(metadata_of(model)).classes
    else:
        file = "coco" if name == COCO_NUMBERS else name
        names = tuple(asset(f"class_names/{file}.txt").read_text(encoding="utf-8").splitlines())
    if name == COCO_NUMBERS:
        used = iter(names)
        numbers = range(1, KNOWN_CLASSES[name] + 1)
        names = tuple(f"unused {number}" if number in _UNUSED else next(used) for number in numbers)
    return (BACKGROUND, *names) if count == len(names) + 1 else names


def fitting_lists(count: int) -> tuple[str, ...]:
    """Return the data sets with `count` classes, the background counted or not."""
    return tuple(name for name, classes in KNOWN_CLASSES.items() if count in (classes, classes + 1))
