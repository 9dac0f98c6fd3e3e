"""Compare an embedding model's answers with references, one class for each.

The answer of a class is the cosine of the angle between an image's embedding and the reference's, so that
everything that explains classes explains likeness (docs/decisions/0103-likeness.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto, helper

from whylight.answers import SIMILARITY, SOFTMAX
from whylight.errors import QuestionError
from whylight.graphs.editor import GraphEditor
from whylight.images.decode import ImageLike
from whylight.pair.build import Pair, bind
from whylight.pair.card import Card
from whylight.tensor_names import LOGITS, SCORE_WEIGHTS

CLIP_SCALE = 100.0
"""Factor of cosines in front of the softmax over texts: `logit_scale` of all released CLIPs."""


@dataclass(frozen=True, eq=False)
class References:
    """Embeddings that images are compared with."""

    names: tuple[str, ...]
    vectors: NDArray[np.float32]
    """Of length one, float32 `[K, D]`."""
    zero_shot: bool = False
    """Whether the answers are the softmax of `CLIP_SCALE` times the cosines, which add up to one."""

    @classmethod
    def of(cls, names: Sequence[str], vectors: ArrayLike, *, zero_shot: bool = False) -> References:
        """Bring embeddings `[K, D]` of any length to length one.

        Raises:
            QuestionError: there is none, one has no direction, or their number is not that of the names.
        """
        values = np.asarray(vectors, np.float32)
        if values.ndim != 2 or len(values) != len(names) or not len(names):
            raise QuestionError(
                "expected one embedding for each of {count} names; got an array of shape {shape}",
                count=len(names),
                shape=list(values.shape),
            )
        lengths = np.linalg.norm(values.astype(np.float64), axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or lengths.min() == 0:
            raise QuestionError("an embedding is zero or not finite; it has no direction")
        return cls(tuple(names), np.asarray(values / lengths, np.float32), zero_shot)

    @classmethod
    def of_images(
        cls,
        references: Mapping[str, ImageLike | NDArray[np.floating]],
        embed: Callable[[ImageLike], NDArray[np.float32]],
        *,
        zero_shot: bool = False,
    ) -> References:
        """Embed images, and take embeddings `[D]` as they are.

        Args:
            references: images and embeddings by name.
            embed: returns the embedding `[D]` of an image.
            zero_shot: see `References`.

        Raises:
            ImageError: an image cannot be read.
            QuestionError: there is none, or embeddings differ in size or have no direction.
        """
        vectors = [
            value if isinstance(value, np.ndarray) and value.ndim == 1 else embed(cast(ImageLike, value))
            for value in references.values()
        ]
        alike = len({len(vector) for vector in vectors}) == 1
        return cls.of(tuple(references), vectors if alike else np.empty((0, 0)), zero_shot=zero_shot)


def require_embeddings(card: Card) -> None:
    """Refuse a model that makes no embeddings.

    Raises:
        QuestionError: it makes none.
    """
    if card.answers != SIMILARITY or card.references:
        raise QuestionError(
            "'{model}' answers with classes, not with an embedding; likeness is asked of embedding models",
            model=card.name,
        )


def compared(pair: Pair, references: References) -> Pair:
    """Return a pair whose K classes are the references.

    Args:
        pair: of an embedding model. It is not changed.
        references: of D numbers each, as many as the embedding has.

    Raises:
        QuestionError: the model makes no embeddings, or embeddings of another size.
    """
    card = pair.card
    require_embeddings(card)
    size = len(card.classes)
    if references.vectors.shape[1] != size:
        raise QuestionError(
            "the references have {other} numbers each; '{model}' makes embeddings of {size}",
            other=references.vectors.shape[1],
            model=card.name,
            size=size,
        )
    matrix = references.vectors * np.float32(CLIP_SCALE if references.zero_shot else 1.0)
    forward, gradient = _copy(pair.forward), None
    if pair.gradient is not None:
        gradient = _copy(pair.gradient)
        _expand_weights(gradient, matrix)
    _compare_output(forward, matrix)
    card = replace(
        card,
        classes=references.names,
        synonyms=(),
        translations={},
        answers=SOFTMAX if references.zero_shot else SIMILARITY,
        references=len(references.names),
    )
    return bind(forward, gradient, card)


def _copy(model: onnx.ModelProto) -> onnx.ModelProto:
    copied = onnx.ModelProto()
    copied.CopyFrom(model)
    return copied


def _compare_output(model: onnx.ModelProto, matrix: NDArray[np.float32]) -> None:
    """Replace the output `[N, D]` by its products `[N, K]` with the references."""
    editor = GraphEditor(model)
    embedding = editor.unique("embedding")
    editor.replace_uses(LOGITS, embedding)
    for node in model.graph.node:
        for place, name in enumerate(node.output):
            if name == LOGITS:
                node.output[place] = embedding
    turned = editor.constant(matrix.T, np.float32, "references")
    model.graph.node.append(helper.make_node("MatMul", [embedding, turned], [LOGITS]))
    for value in model.graph.output:
        if value.name == LOGITS:
            value.CopyFrom(helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, ["N", len(matrix)]))


def _expand_weights(model: onnx.ModelProto, matrix: NDArray[np.float32]) -> None:
    """Take weights `[M, K]` of references, not `[M, D]` of the embedding's numbers."""
    editor = GraphEditor(model)
    taken = editor.unique("embedding_weights")
    editor.replace_uses(SCORE_WEIGHTS, taken)
    vectors = editor.constant(matrix, np.float32, "references")
    node = helper.make_node("MatMul", [SCORE_WEIGHTS, vectors], [taken])
    model.graph.node.insert(0, node)
    for value in model.graph.input:
        if value.name == SCORE_WEIGHTS:
            value.CopyFrom(
                helper.make_tensor_value_info(SCORE_WEIGHTS, TensorProto.FLOAT, ["M", len(matrix)])
            )
