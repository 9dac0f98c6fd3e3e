"""Exit statuses of all commands."""

from __future__ import annotations

FAILED, USAGE, INTERRUPTED = 1, 2, 130
"""Some images could not be explained; invalid usage or file; Ctrl-C."""
