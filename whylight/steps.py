"""Steps of an adoption, reported while it runs.

    with steps_told(lambda step: print(step)):
        whylight.adopt("theirs.onnx", "mine.onnx", preprocessing="torchvision")

Whoever listens may raise a `WhylightError` to stop the adoption; nothing is written then. Listeners hold for
the thread (`contextvars`) that opened them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from whylight.errors import Message

OnStep = Callable[[Message], None]
"""Takes the name of the step that begins."""

_listener: ContextVar[OnStep | None] = ContextVar("_listener", default=None)

READING = Message("reading the file")
TRYING = Message("trying it on images")
FREEING_BATCH = Message("making it take any number of images")
PROBING = Message("finding the shapes of its tensors")
COMPARING = Message("comparing its answers with the file's")
DIFFERENTIATING = Message("deriving its gradients")
CHECKING = Message("checking the gradients")
WRITING = Message("writing the pair")


@contextmanager
def steps_told(tell: OnStep) -> Iterator[None]:
    """Call `tell` at the beginning of each step within the context."""
    token = _listener.set(tell)
    try:
        yield
    finally:
        _listener.reset(token)


def begin(step: Message) -> None:
    """Tell the listener, if there is one, that a step begins."""
    tell = _listener.get()
    if tell is not None:
        tell(step)
