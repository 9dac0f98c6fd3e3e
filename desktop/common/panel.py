"""The three panels of the viewer, by name."""

from __future__ import annotations

from enum import IntEnum


class Panel(IntEnum):
    """The panels, in display order."""

    IMAGE = 0
    HEATMAP = 1
    OVERLAY = 2
