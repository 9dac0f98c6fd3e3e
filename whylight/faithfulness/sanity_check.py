"""Sanity check by parameter randomisation: do maps depend on learned weights?

Adebayo, Gilmer, Muelly, Goodfellow, Hardt and Kim, *Sanity Checks for Saliency Maps*, NeurIPS 2018, arXiv
1810.03292. Layers are randomised one after the other, from the logits down. A map that stays the same shows
edges of the image instead of evidence; a faithful one loses its rank correlation with the original.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whylight.explainer import Explainer
from whylight.faithfulness.tables import Mean, mean_of
from whylight.images.decode import read_image
from whylight.pair.files import save_pair

STAGES = 12
"""Maximum number of stages; deeper networks randomise several layers at once."""

SEEDS = 3
"""Number of shuffles. One shuffle says little: over twelve of them, the mean correlation of Grad-CAM with the
bundled model varied from -0.12 to 0.21."""


@dataclass(frozen=True, slots=True)
class RandomizationStage:
    """Similarity of maps after randomising the layers down to one."""

    layer: str
    """The lowest randomised layer."""
    count: int
    """Number of randomised layers."""
    correlations: Mapping[str, Mean]
    """Spearman's rank correlation with the original maps over images and shuffles, by method."""


def cascade(
    explainer: Explainer,
    images: Sequence[Path],
    methods: Sequence[str],
    *,
    stages: int = STAGES,
    seed: int = 0,
    seeds: int = SEEDS,
) -> list[RandomizationStage]:
    """Randomise the model from the logits down and compare the maps at each stage.

    The explained class is the one predicted by the original model. Signed maps are compared.

    Args:
        explainer: the model; its file is not changed.
        images: images whose maps are compared.
        methods: names from `whylight.methods.METHODS`.
        stages: maximum number of stages.
        seed: seed of the first shuffle; the next ones count on from it.
        seeds: number of shuffles, at least 1.

    Raises:
        ImageError: an image cannot be read.
        ModelError: the pair cannot be read any more, or does not have the structure made by
            `whylight.pair.build.build_pair`.
    """
    # A local import, since it imports onnx, which other metrics do not need.
    from whylight.faithfulness.randomised_weights import randomised_pairs

    classes = [explainer.explain(read_image(path), top=1).classes[0] for path in images]
    originals = [_maps(explainer, path, index, methods) for path, index in zip(images, classes, strict=True)]
    found: dict[tuple[str, int], list[list[list[float]]]] = {}
    for shuffle in range(seed, seed + seeds):
        for changed in randomised_pairs(explainer.to_pair(), stages, shuffle):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "randomised.onnx"
                save_pair(changed.pair, path)
                other = Explainer(path, [explainer.provider])
                table = []
                for image, index, before in zip(images, classes, originals, strict=True):
                    after = _maps(other, image, index, methods)
                    table.append([rank_correlation(before[method], after[method]) for method in methods])
                found.setdefault((changed.layer, changed.count), []).append(table)
                del other  # Windows cannot delete open files
    return [
        RandomizationStage(
            layer,
            count,
            {method: mean_of_shuffles(values[:, :, place]) for place, method in enumerate(methods)},
        )
        for (layer, count), tables in found.items()
        for values in [np.array(tables)]
    ]


def mean_of_shuffles(values: NDArray[np.float64]) -> Mean:
    """Return the mean of values `[shuffles, images]`, with a standard error for both.

    The errors of the means over images and over shuffles are added in squares: another shuffle is as much a
    chance as another image.
    """
    over_images, over_shuffles = mean_of(list(values.mean(axis=0))), mean_of(list(values.mean(axis=1)))
    return Mean(over_images.value, float(np.hypot(over_images.error, over_shuffles.error)), values.size)


def rank_correlation(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Spearman's rank correlation of two maps with mean ranks for ties; 0 if constant."""
    first, second = _ranks(a), _ranks(b)
    spread = float(np.sqrt((first * first).sum() * (second * second).sum()))
    return float((first * second).sum()) / spread if spread > 0 else 0.0


def sanity_markdown(stages: Sequence[RandomizationStage]) -> str:
    """Format the stages as a Markdown table with one column per method."""
    rows: list[str] = []
    methods: list[str] = []
    for stage in stages:
        methods = list(stage.correlations)
        cells = [f"{mean.value:.2f} ± {mean.error:.2f}" for mean in stage.correlations.values()]
        rows.append(f"| {stage.count} (`{stage.layer}`) | {' | '.join(cells)} |")
    header = [f"| layers randomised | {' | '.join(methods)} |", f"|---|{'---:|' * len(methods)}"]
    return "\n".join([*header, *rows]) + "\n"


def _maps(
    explainer: Explainer, path: Path, class_index: int, methods: Sequence[str]
) -> dict[str, NDArray[np.float32]]:
    first = explainer.explain(read_image(path), classes=[class_index])
    return {method: explainer.with_method(first, method).maps[0] for method in methods}


def _ranks(map_: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the flattened ranks minus their mean."""
    _, places, counts = np.unique(map_, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2)[places.ravel()]
    return np.asarray(ranks - ranks.mean(), np.float64)
