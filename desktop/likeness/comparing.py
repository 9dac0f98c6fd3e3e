"""References, and the map of a reference itself, made in background threads.

The engine is imported in functions, as in `desktop.session.rendering`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..session import rendering
from ..session.color_scale import Scale, Scales
from ..session.explaining import is_slow
from ..session.question import Kind, Question
from ..session.rendering import LoadedImage, RenderedMaps, RenderOptions, RenderRequest

if TYPE_CHECKING:
    from whylight.explainer import Explainer


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """An image or text that images are compared with."""

    name: str
    """As a class is named."""
    vector: NDArray[np.float32]
    """Its embedding, float32 `[D]`."""
    image: LoadedImage | None = None
    """None for a text."""


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """References, and the model whose classes they are."""

    references: tuple[Reference, ...]
    explainer: Explainer


def with_images(base: Explainer, references: Sequence[Reference], paths: Sequence[Path]) -> Compared:
    """Add images to the references; of one that is among them, nothing changes.

    Raises `ImageError`.
    """
    found = list(references)
    for path in paths:
        if any(each.image is not None and each.image.path == path for each in found):
            continue
        image = rendering.load_image(path)
        name = unique_name(path, [each.name for each in found])
        found.append(Reference(name, base.embed(image.pixels), image))
    return compare(base, found)


def with_texts(
    base: Explainer, references: Sequence[Reference], texts: Sequence[str], text_model: Path
) -> Compared:
    """Compare with texts in place of those before; images stay.

    The text model, a stranger's as a rule, runs in a child process.

    Raises `ModelError`, `QuestionError`.
    """
    from whylight.isolation.trust import embed_texts_isolated

    vectors = embed_texts_isolated(text_model, texts)
    kept = [each for each in references if each.image is not None and each.name not in texts]
    new = [Reference(text, vector) for text, vector in zip(texts, vectors, strict=True)]
    return compare(base, [*kept, *new])


def compare(base: Explainer, references: Sequence[Reference]) -> Compared:
    """Return the model whose classes are the references.

    Among several texts, and nothing else, one is chosen, by a softmax; else the answers are cosines. Without
    references it is the model itself.

    Raises `QuestionError`.
    """
    if not references:
        return Compared((), base)
    zero_shot = len(references) > 1 and all(each.image is None for each in references)
    named = {each.name: each.vector for each in references}
    return Compared(tuple(references), base.comparing(named, zero_shot=zero_shot))


def unique_name(path: Path, taken: Sequence[str]) -> str:
    """Return a file's name, with its folder or a number if the name is taken."""
    if path.name not in taken:
        return path.name
    longer = f"{path.parent.name}/{path.name}"
    number, name = 2, longer
    while name in taken:
        number, name = number + 1, f"{longer} ({number})"
    return name


def has_reverse(explainer: Explainer, method: str) -> bool:
    """Return whether a method makes the map of the reference, too; slow ones do not."""
    return explainer.has_gradients and not is_slow(method)


def reverse_map(
    at: Explainer, layer: str, reference: LoadedImage, image: LoadedImage, kind: Kind, method: str
) -> RenderRequest:
    """Explain what of a reference resembles an image; for `Kind.AGAINST`, what not.

    Args:
        at: the model of embeddings, without references. If it is of another layer, the model is opened at
            `layer`, and told by the result.
        layer: the layer that the image is explained at.
        reference: what the image is compared with.
        image: whose likeness is asked about.
        kind: of the question.
        method: name of the method, one of gradients.
    """
    if at.layer != layer:
        at = at.with_layer(layer)
    sign = -1 if kind is Kind.AGAINST else 1
    embedding = at.embed(image.pixels)
    explanation = at.explain_scores(reference.pixels, sign * embedding[None], method)
    found = explanation.logits
    if float(embedding @ found) > rendering.EQUAL * float(np.linalg.norm(found)):
        explanation = replace(explanation, maps=np.zeros_like(explanation.maps))  # they hold rounding alone
    look = RenderOptions(scale=Scale.ITSELF)
    return RenderRequest(reference, Question(0, kind), explanation, at, look, Scales())


def draw_reverse(sketch: RenderRequest, look: RenderOptions) -> RenderedMaps:
    """Draw the map of a reference, on a scale of its own."""
    return rendering.draw(replace(sketch, look=replace(look, scale=Scale.ITSELF)))
