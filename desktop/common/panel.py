"""The three panels of the viewer, by name."""

from __future__ import annotations

from enum import IntEnum


class Panel(IntEnum):
    """The panels, in the order in which they are shown."""

    IMAGE = 0
    HEATMAP = 1
    OVERLAY = 2
