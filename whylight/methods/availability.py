"""Methods available for a model, and errors for the others."""

from __future__ import annotations

from collections.abc import Sequence

from whylight.errors import Message, QuestionError
from whylight.methods import METHODS, OF_BOXES, WITHOUT_GRADIENTS, WITHOUT_LAYERS, methods_of_gradients

PLACE_METHOD = "layercam"
"""Default method for boxes, regions, letters and likeness (docs/decisions/0107).

A box or letter depends on few cells of its map, over which Grad-CAM's means say little; a cosine's gradients
add up to nothing over the map.
"""


def methods_of(*, gradients: bool, activations: bool, boxes: bool = False) -> tuple[str, ...]:
    """Return the names of the methods available for a model, the default first.

    Args:
        gradients: whether the model has a gradient graph.
        activations: whether the model outputs activations.
        boxes: whether it finds boxes.
    """
    if boxes:
        found = methods_of(gradients=gradients, activations=activations)
        return (*found, *OF_BOXES) if gradients else (*OF_BOXES, *found)
    if gradients:
        return (*methods_of_gradients(), *WITHOUT_GRADIENTS)
    of_layers = [name for name in WITHOUT_GRADIENTS if name not in WITHOUT_LAYERS]
    return (*WITHOUT_LAYERS, *of_layers) if activations else WITHOUT_LAYERS


def join_names(methods: Sequence[str]) -> Message:
    """Join the names of at least two methods: `a, b and c`."""
    return Message("{names} and {last}", names=", ".join(methods[:-1]), last=methods[-1])


def gradient_method(method: str) -> str:
    """Return the registered name of a gradient method.

    Raises:
        QuestionError: there is no such method, or it needs the image.
    """
    found = METHODS[method]
    if found.needs != "gradients":
        raise QuestionError(
            "{method} needs the image itself; explain the image again by this method", method=found.name
        )
    return found.name


def available_method(method: str, methods: Sequence[str], model: str) -> str:
    """Return the registered name of a method available for a model.

    Args:
        method: the method's name, in any spelling.
        methods: names of the methods available for the model.
        model: name of the model for messages.

    Raises:
        QuestionError: there is no such method, or it is not available for this model.
    """
    found = METHODS[method]
    if found.name in methods:
        return found.name
    if found.needs == "boxes":
        raise QuestionError(
            "{method} explains boxes, but '{model}' is no detector; available methods are {methods}",
            method=found.name,
            model=model,
            methods=join_names(methods),
        )
    if found.needs == "image":
        raise QuestionError(
            "{method} needs a layer with a map, but '{model}' has none; available methods are {methods}",
            method=found.name,
            model=model,
            methods=join_names(methods),
        )
    raise QuestionError(
        "{method} needs gradients, but '{model}' was adopted without them; available methods are {methods}",
        method=found.name,
        model=model,
        methods=join_names(methods),
    )
