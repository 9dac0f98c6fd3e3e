"""Errors of Whylight, each a template with fields.

    raise ImageError("{path}: the file has {size:,} MiB; the limit is {limit:,} MiB", path=path, ...)

`str(error)` is the English message, which the command line prints without a traceback. The window translates
the template and inserts the fields. All errors caused by a wrong file, name or number are a `WhylightError`;
anything else is a bug.

Templates are literals at the place of use; `tools/collect_error_templates.py` collects them for translators.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self, cast


class Message(str):
    """English text that keeps its template and fields for translation.

        Message("{device} was asked for, but did not start: {reason}", device="CUDA", reason=reason)

    Args:
        template: format string as for `str.format`.
        fields: values of the template's fields. Errors are replaced by their messages. Fields that are a
            `Message` are translated too.
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
    """A part of a message that names command-line options; not for the window.

    ModelError("input '{input}' leaves its size open{hint}", ..., hint=CommandHint("; name it with --size"))
    """

    __slots__ = ()


def one_a_line(messages: Sequence[Message]) -> Message:
    """Join messages, one per line."""
    fields = {f"line_{number}": message for number, message in enumerate(messages)}
    return Message("\n".join(f"{{{name}}}" for name in fields), **fields)


def _without_exception(value: object) -> object:
    """Replace an error by its message, since its traceback holds tensors.

    Errors may also not be picklable.
    """
    if isinstance(value, WhylightError):
        return value.message
    return str(value) if isinstance(value, BaseException) else value


def _message(cls: type[Message], template: str, fields: Mapping[str, object]) -> Message:
    return cls(template, **fields)


class WhylightError(Exception):
    """Base class of all errors caused by user input.

    Args:
        template: as for `Message`, or a finished `Message`.
        fields: as for `Message`.
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
        """Template of the message."""
        return self.message.template

    @property
    def fields(self) -> Mapping[str, object]:
        """Values of the template's fields, by name."""
        return self.message.fields


class ImageError(WhylightError):
    """An image cannot be read: missing, damaged, too large, or not an image."""


class ResourceError(ImageError):
    """Memory, time or a process was lacking to read an image; another try may succeed."""


class CardError(WhylightError):
    """A model card is missing, incomplete, invalid or of an unknown version."""


class NoCardError(CardError):
    """The model has no card and must be adopted first."""


class ModelError(WhylightError):
    """A model file is missing, damaged or not as expected."""


class MissingFactError(ModelError):
    """A model can be adopted once the user says something of it.

    Two fields of the message are for programs: `fact`, the argument of `whylight.adopt` that is needed
    (`size`, `scores`, `answers`), and `choices`, a tuple of the possible values where they are known.
    """

    @property
    def fact(self) -> str:
        """The argument that is needed."""
        return str(self.fields["fact"])

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that it may have, where they are known."""
        return tuple(cast(Sequence[str], self.fields.get("choices", ())))


class UnsupportedOperatorError(ModelError):
    """An operator between target layer and logits has no differentiation rule.

    Args:
        op_type: the operator.
        node_name: the node.
        reason: why this node is not supported.
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
    """The model has no such class, method, layer or score."""


class TrainingError(WhylightError):
    """A training run cannot start or continue: invalid data, options or checkpoint."""


class ExportError(WhylightError):
    """A checkpoint cannot be exported, or its pair failed the verification."""


class MissingExtraError(WhylightError):
    """Packages for the window, or for training and export, are not installed.

    Args:
        part: package of Whylight: `desktop`, `trainer` or `export`.
        package: the missing package; empty if the packaged app does not include the part.
        extra: the extra that installs it.
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
