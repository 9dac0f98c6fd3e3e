"""Methods that a model can be asked for, and errors for those it cannot."""

from __future__ import annotations

from collections.abc import Sequence

from whylight.errors import Message, QuestionError
from whylight.methods import METHODS, WITHOUT_GRADIENTS, WITHOUT_LAYERS


def methods_of(*, gradients: bool, activations: bool) -> tuple[str, ...]:
    """The names of the methods that a model can be asked for, by what it has besides logits.

    The first is the one by which it is explained where none is named.
    """
    if gradients:
        return (*METHODS, *WITHOUT_GRADIENTS)
    of_layers = [name for name in WITHOUT_GRADIENTS if name not in WITHOUT_LAYERS]
    return (*WITHOUT_LAYERS, *of_layers) if activations else WITHOUT_LAYERS


def join_names(methods: Sequence[str]) -> Message:
    """Join the names of at least two methods: `a, b and c`."""
    return Message("{names} and {last}", names=", ".join(methods[:-1]), last=methods[-1])


def require_known(method: str) -> None:
    """Raise `QuestionError` where there is no method of that name at all."""
    if method not in METHODS and method not in WITHOUT_GRADIENTS:
        known = ", ".join([*METHODS, *WITHOUT_GRADIENTS])
        raise QuestionError("there is no method '{method}'; there are {known}", method=method, known=known)


def require_of_gradients(method: str) -> None:
    """Raise `QuestionError` where there is no method of that name that works with gradients."""
    require_known(method)
    if method in WITHOUT_GRADIENTS:
        raise QuestionError(
            "{method} needs the image itself, not what is known of it: explain it anew", method=method
        )


def require_one_of(methods: Sequence[str], method: str, model: str) -> None:
    """Raise `QuestionError` where a model of that name, which has these methods, cannot be asked for it."""
    require_known(method)
    if method in methods:
        return
    if method in WITHOUT_GRADIENTS:
        raise QuestionError(
            "{method} needs a layer with a map, which '{model}' has not; it can be explained by {methods}",
            method=method,
            model=model,
            methods=join_names(methods),
        )
    raise QuestionError(
        "{method} needs gradients, which '{model}' was adopted without; it can be explained by {methods}",
        method=method,
        model=model,
        methods=join_names(methods),
    )
