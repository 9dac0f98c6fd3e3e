"""The errors of Whylight, each a template with fields.

    raise ImageError("{path}: the file has {size:,} MiB; the limit is {limit:,} MiB", path=path, ...)

`str(error)` is the English sentence, which command lines print without a traceback. The window translates
the template and fills in the fields. Everything that a user can cause by giving the wrong file, name or
number is a `WhylightError`; anything else is a bug.

Templates are literals where they are used: `tools/collect_error_templates.py` collects them for translators.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self


class Message(str):
    """An English sentence that knows its template and fields, so that it can be said in another language.

        Message("{device} was asked for, but did not start: {reason}", device="CUDA", reason=reason)

    Args:
        template: in the form of `str.format`; without fields it is the sentence itself.
        fields: what the template names. Errors become their messages, or text. A field that is itself a
            `Message` is translated too.
    """

    __slots__ = ("fields", "template")

    template: str
    fields: Mapping[str, object]

    def __new__(cls, template: str, /, **fields: object) -> Self:
        """Format the template."""
        plain = {name: _without_exception(value) for name, value in fields.items()}
        made = super().__new__(cls, template.format_map(plain) if plain else template)
        made.template = template
        made.fields = MappingProxyType(plain)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _message, (type(self), self.template, dict(self.fields))


def about_file(file: str, message: Message) -> Message:
    """Return a message that begins with a file's name, unless it has that already."""
    return message if file in message else Message("{file}: {message}", file=file, message=message)


class CommandHint(Message):
    """A part of a message that names options of a command line; the window leaves it out.

    ModelError("input '{input}' leaves its size open{hint}", ..., hint=CommandHint("; name it with --size"))
    """

    __slots__ = ()


def one_a_line(messages: Sequence[Message]) -> Message:
    """Return several messages as one, a line each."""
    fields = {f"line_{number}": message for number, message in enumerate(messages)}
    return Message("\n".join(f"{{{name}}}" for name in fields), **fields)


def _without_exception(value: object) -> object:
    """Replace an error by its message: its traceback holds tensors, and it may not be picklable."""
    if isinstance(value, WhylightError):
        return value.message
    return str(value) if isinstance(value, BaseException) else value


def _message(cls: type[Message], template: str, fields: Mapping[str, object]) -> Message:
    return cls(template, **fields)


class WhylightError(Exception):
    """Base of every error that a user's input can cause.

    Args:
        template: as of `Message`, or a finished `Message`.
        fields: as of `Message`.
    """

    def __init__(self, template: str, /, **fields: object) -> None:
        if isinstance(template, Message) and not fields:
            self.message = template
        else:
            self.message = Message(template, **fields)
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)

    @property
    def template(self) -> str:
        """The message's template."""
        return self.message.template

    @property
    def fields(self) -> Mapping[str, object]:
        """The values of the template's fields, by name."""
        return self.message.fields


class ImageError(WhylightError):
    """An image that cannot be read: missing, unreadable, truncated, too large, or no image at all."""


class CardError(WhylightError):
    """A model card that is absent, of an unknown version, incomplete, or of wrong types."""


class NoCardError(CardError):
    """A model without a card: somebody else's, which has to be adopted first."""


class ModelError(WhylightError):
    """A model file that is missing, broken, or not what was expected of it."""


class UnsupportedOperatorError(ModelError):
    """An operator on the path from the target layer to the logits has no differentiation rule.

    Args:
        op_type: the operator.
        node_name: the node.
        reason: why this very node has none.
    """

    def __init__(self, op_type: str, node_name: str, reason: Message | None = None) -> None:
        self.op_type = op_type
        self.node_name = node_name
        if not reason:
            super().__init__(
                "operator {operator} (node '{node}') has no differentiation rule",
                operator=op_type,
                node=node_name,
            )
            return
        super().__init__(
            "operator {operator} (node '{node}') has no differentiation rule: {reason}",
            operator=op_type,
            node=node_name,
            reason=reason,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.op_type, self.node_name), {"message": self.message}


class QuestionError(WhylightError):
    """A question that the model cannot answer: an unknown class, method, layer or score."""


class TrainingError(WhylightError):
    """A training run that cannot start or go on: data, configuration or checkpoint are unfit."""


class ExportError(WhylightError):
    """A checkpoint that cannot be exported, or a pair that failed its verification."""


class MissingExtraError(WhylightError):
    """A part of Whylight whose packages are not installed: the window, or training and exporting.

    Args:
        part: our package, `desktop`, `trainer` or `export`.
        package: the package that is missing; empty where the packaged app does not hold the part itself.
        extra: the extra that brings it.
    """

    def __init__(self, part: str, package: str, extra: str) -> None:
        self.part, self.package, self.extra = part, package, extra
        name = {"desktop": "the window", "trainer": "training", "export": "exporting"}.get(part, part)
        install = f"pip install 'whylight[{extra}]'"
        if package:
            message = (
                f"{name} needs the package '{package}', which is not installed; install it with: {install}"
            )
        else:
            message = f"{name} is not part of this app; it comes with the Python package: {install}"
        super().__init__(message)
