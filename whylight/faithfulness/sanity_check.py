"""Parameter randomisation: do maps depend on what the model has learned?

Adebayo, Gilmer, Muelly, Goodfellow, Hardt and Kim, *Sanity Checks for Saliency Maps*, NeurIPS 2018, arXiv
1810.03292. Layer after layer is randomised from the logits down. A map that stays the same shows edges of the
image and not evidence of the model; one that explains loses its rank correlation with the original's.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whylight.explainer import Explainer
from whylight.faithfulness.tables import Mean, mean_of
from whylight.images.decode import read_image
from whylight.pair.files import save_pair

STAGES = 12
"""At most; deeper networks have several layers randomised at once."""


@dataclass(frozen=True, slots=True)
class RandomizationStage:
    """How much of the maps is left when the layers down to one are randomised."""

    layer: str
    """The lowest randomised layer."""
    count: int
    """Randomised layers."""
    correlations: Mapping[str, Mean]
    """Spearman's rank correlation with the original maps, by method, over the images."""


def cascade(
    explainer: Explainer,
    images: Sequence[Path],
    methods: Sequence[str],
    *,
    stages: int = STAGES,
    seed: int = 0,
) -> Iterator[RandomizationStage]:
    """Randomise the explainer's model from the logits down; yield a stage after the other.

    The explained class is the one that the original model predicts. The maps are compared with their signs.

    Args:
        explainer: the model; its file is not changed.
        images: on which the maps are compared.
        methods: names from `whylight.methods.METHODS`.
        stages: at most how many.
        seed: of the shuffling.

    Raises:
        ImageError: an image cannot be read.
        ModelError: the pair cannot be read any more, or is not laid out as
            `whylight.pair.build.build_pair` does.
    """
    # Imported here, since it imports onnx and the other measurements need not.
    from whylight.faithfulness.randomised_weights import randomised_pairs

    classes = [explainer.explain(read_image(path), top=1).classes[0] for path in images]
    originals = [_maps(explainer, path, index, methods) for path, index in zip(images, classes, strict=True)]
    for changed in randomised_pairs(explainer.to_pair(), stages, seed):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "randomised.onnx"
            save_pair(changed.pair, path)
            other = Explainer(path, [explainer.provider])
            found: dict[str, list[float]] = {method: [] for method in methods}
            for image, index, before in zip(images, classes, originals, strict=True):
                for method, map_ in _maps(other, image, index, methods).items():
                    found[method].append(rank_correlation(before[method], map_))
            del other  # Windows keeps a file that is open
        yield RandomizationStage(
            changed.layer, changed.count, {name: mean_of(values) for name, values in found.items()}
        )


def rank_correlation(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Spearman's rank correlation of two maps, ties at their mean rank; 0 where one is constant."""
    first, second = _ranks(a), _ranks(b)
    spread = float(np.sqrt((first * first).sum() * (second * second).sum()))
    return float((first * second).sum()) / spread if spread > 0 else 0.0


def sanity_markdown(stages: Iterator[RandomizationStage] | Sequence[RandomizationStage]) -> str:
    """A table of the stages, a row each and a column a method, as Markdown."""
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
    """Ranks minus their mean, flat."""
    _, places, counts = np.unique(map_, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2)[places.ravel()]
    return np.asarray(ranks - ranks.mean(), np.float64)
