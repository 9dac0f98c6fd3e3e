"""Scores and boxes of a detector, and where they are in its file.

A detector answers at P places at once. Whatever form its file has, its scores become `[N, K, P]`, the logits
of what the file answers for each class at each place, and its boxes `[N, 4, P]` in pixels of the input, so
that each box found keeps the index of its place (docs/decisions/0100-a-score-has-a-place.md,
docs/decisions/0128-a-box-is-explained-by-the-logit-of-its-score.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.graphs.editor import GraphEditor
from whylight.graphs.graph_view import Graph

Values = Mapping[str, NDArray[np.generic]]
"""Values of a file's tensors for one image, by name."""
Run = Callable[[onnx.ModelProto], Values]
"""Runs a network on one image, and returns its outputs by name."""
Found = tuple[NDArray[np.float64], NDArray[np.float64]]
"""The file's answers `[K, P]` in 0..1, and boxes `[4, P]` in pixels of the input."""

FEWEST_PLACES = 16
_STEEPEST = 1e-30
"""Least answer of which a logarithm is taken."""


@dataclass(frozen=True, slots=True)
class Masks:
    """Tensors of instance masks."""

    prototypes: str
    """`[N, C, h, w]`."""
    shape: tuple[int, int, int]
    """C, h and w."""
    coefficients: Callable[[GraphEditor], str]
    """Adds the coefficients `[N, C, P]`."""

    def append(self, editor: GraphEditor) -> str:
        """Add the coefficients beside the prototypes, `[N, C, P + h w]`.

        A mask's logit is bilinear in the two; by the product rule its gradient is the sum of those of two
        linear forms of this tensor (docs/decisions/0115-masks-of-boxes.md).
        """
        channels, rows, columns = self.shape
        flat = editor.node(
            "Reshape",
            [self.prototypes, editor.constant([0, channels, rows * columns])],
            stem="flat_prototypes",
        )
        return editor.node("Concat", [self.coefficients(editor), flat], stem="mask_parts", axis=2)


@dataclass(frozen=True, slots=True)
class Heads:
    """Reading of a detector's tensors as scores and boxes at places."""

    form: str
    """What the score of a box is in the file, in words for the card."""
    tensors: tuple[str, ...]
    """The file's tensors that are read."""
    classes: int
    places: int
    box_form: str
    """One of `whylight.detection.description.BOX_FORMS`."""
    needs_nms: bool
    """Whether several places answer for one thing, so that the best has to be chosen."""
    append: Callable[[GraphEditor], tuple[str, str]]
    """Adds nodes behind the tensors; returns scores `[N, K, P]` and boxes `[N, 4, P]`."""
    read: Callable[[Values], Found]
    """The same from the tensors' values, by other means: what the nodes are compared with."""
    are_queries: bool = False
    """Whether the places are queries that the network selects by itself: rounding may change their order."""
    names: tuple[str, ...] = ()
    """Names of the classes where the form itself says them."""
    background: int | None = None
    """Index of the class that stands for nothing, which is left out."""
    coefficients: Callable[[GraphEditor], str] | None = None
    """Adds the coefficients `[N, C, P]` of instance masks, where the reading knows their columns."""
    masks: Masks | None = None
    """Instance masks of the boxes."""


def are_queries(model: onnx.ModelProto, scores: str) -> bool:
    """Whether scores come from a linear map of rows, as in a DETR."""
    graph = Graph(model)
    of_image = graph.downstream(graph.inputs[0])
    node = graph.producer.get(scores)
    while node is not None and node.op_type not in ("Conv", "ConvTranspose"):
        if node.op_type in ("MatMul", "Gemm"):
            return True
        node = next((graph.producer.get(name) for name in node.input if name in of_image), None)
    return False


def is_spread(values: NDArray[np.generic]) -> bool:
    """Whether all values lie in 0..1, as answers do."""
    return bool(values.size and np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1 + 1e-5)


def logits_of(answers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log(p / (1 - p)), finite."""
    kept = np.clip(answers, _STEEPEST, 1 - 1e-16)
    return np.asarray(np.log(kept) - np.log1p(-kept), np.float64)
