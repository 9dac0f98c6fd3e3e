"""How long work tells how far it is, without knowing who listens."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """One point of progress."""

    title: str
    """What is being done; a new title is a new task."""
    done: int
    """In units."""
    total: int
    """In units."""
    unit: str = "images"
    """What is counted."""
    detail: Callable[[], str] = str
    """Something more to show. It is asked only when it is shown, since the answer may take a while."""
    together: bool = False
    """Whether all processes of the run come by here, so that they can agree to stop."""


OnProgress = Callable[[ProgressEvent], None]
"""Called now and then, from the thread that does the work; it may raise to stop the work."""


def duration(seconds: float) -> str:
    """A length of time as people say it: `40 s`, `12 min`, `3 h 5 min`; rounded up."""
    if seconds <= 90:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
