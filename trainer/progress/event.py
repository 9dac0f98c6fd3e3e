"""Progress events and the callback that receives them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """Progress of one task."""

    title: str
    """Description of the task; a new title starts a new task."""
    done: int
    """Completed amount, in `unit`."""
    total: int
    """Total amount, in `unit`."""
    unit: str = "images"
    """Name of the unit, in the plural."""
    detail: Callable[[], str] = str
    """Returns additional text; called only when it is displayed, since it may be slow."""
    together: bool = False
    """Whether all processes emit this event at the same point, so that they can stop together."""


OnProgress = Callable[[ProgressEvent], None]
"""Called repeatedly from the working thread; may raise an exception to stop the work."""


def duration(seconds: float) -> str:
    """Format a duration as `40 s`, `12 min` or `3 h 5 min`, rounded up."""
    if seconds <= 90:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
