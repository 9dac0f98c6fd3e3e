"""The errors of Whylight: each says what was found, what was expected, and what to do.

Command lines print them without a traceback; the window shows them as they are. Everything that a
user can cause by giving the wrong file, name or number is a `WhylightError`; anything else is a bug.
"""

from __future__ import annotations


class WhylightError(Exception):
    """Base of every error that a user's input can cause."""


class ImageError(WhylightError):
    """An image that cannot be read: missing, unreadable, truncated, too large, or no image at all."""


class CardError(WhylightError):
    """A model card that is absent, of an unknown version, incomplete, or of wrong types."""


class ModelError(WhylightError):
    """A model file that is missing, broken, or not what was expected of it."""


class UnsupportedOperatorError(ModelError):
    """An operator on the path from the target layer to the logits has no differentiation rule."""

    def __init__(self, op_type: str, node_name: str, detail: str = "") -> None:
        self.op_type = op_type
        self.node_name = node_name
        message = f"operator {op_type} (node '{node_name}') has no differentiation rule"
        super().__init__(f"{message}: {detail}" if detail else message)


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
