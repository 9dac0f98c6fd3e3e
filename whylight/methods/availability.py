"""Methods that a model can be asked for, and errors for those it cannot."""

from __future__ import annotations

from collections.abc import Sequence

from whylight.errors import Message, QuestionError
from whylight.methods import METHODS, WITHOUT_GRADIENTS, WITHOUT_LAYERS, methods_of_gradients


def methods_of(*, gradients: bool, activations: bool) -> tuple[str, ...]:
    """Return the names of the methods that a model can be asked for, by what it has besides logits.

    The first is the one by which it is explained where none is named.
    """
    if gradients:
        return (*methods_of_gradients(), *WITHOUT_GRADIENTS)
    of_layers = [name for name in WITHOUT_GRADIENTS if name not in WITHOUT_LAYERS]
    return (*WITHOUT_LAYERS, *of_layers) if activations else WITHOUT_LAYERS


def join_names(methods: Sequence[str]) -> Message:
    """Join the names of at least two methods: `a, b and c`."""
    return Message("{names} and {last}", names=", ".join(methods[:-1]), last=methods[-1])


def gradient_method(method: str) -> str:
    """Return the name of a method that works with gradients, however it is spelled.

    Raises:
        QuestionError: there is no such method, or it needs the image itself.
    """
    found = METHODS[method]
    if found.needs != "gradients":
        raise QuestionError(
            "{method} needs the image itself, not what is known of it: explain it anew", method=found.name
        )
    return found.name


def available_method(method: str, methods: Sequence[str], model: str) -> str:
    """Return the name of one of a model's methods, however it is spelled.

    Args:
        method: the method's name.
        methods: the names of those that the model can be asked for.
        model: what the model is called in messages.

    Raises:
        QuestionError: there is no such method, or this model cannot be asked for it.
    """
    found = METHODS[method]
    if found.name in methods:
        return found.name
    if found.needs == "image":
        raise QuestionError(
            "{method} needs a layer with a map, which '{model}' has not; it can be explained by {methods}",
            method=found.name,
            model=model,
            methods=join_names(methods),
        )
    raise QuestionError(
        "{method} needs gradients, which '{model}' was adopted without; it can be explained by {methods}",
        method=found.name,
        model=model,
        methods=join_names(methods),
    )
