"""Base class of the window's features."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from .error_text import error_text
from .task_queue import TaskQueue


class Feature(QObject):
    """Part of the window that owns its connections and background work.

    The constructor takes what the feature uses, never the window. The window loops over its features to check
    whether any is busy, to show failures and to close them.
    """

    failed = Signal(str)
    """Reason why an action failed, as text for the message bar."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queues: list[TaskQueue] = []
        self._parts: list[Feature] = []

    @property
    def busy(self) -> bool:
        """Whether a task of this feature or of its parts is pending."""
        return any(not queue.idle for queue in self._queues) or any(part.busy for part in self._parts)

    def close(self) -> None:
        """Cancel all tasks, those of the parts first, and wait for the threads."""
        for part in self._parts:
            part.close()
        for queue in self._queues:
            queue.close()

    def _add_queue(self, name: str, *, newest_wins: bool = False) -> TaskQueue:
        """Create a queue that is included in `busy` and `close`."""
        queue = TaskQueue(name, newest_wins=newest_wins, parent=self)
        self._queues.append(queue)
        return queue

    def _add_parts(self, *parts: Feature) -> None:
        """Include other features in `busy`, `close` and `failed`."""
        for part in parts:
            part.failed.connect(self.failed)
            self._parts.append(part)

    def _report(self, error: Exception) -> None:
        """Emit `failed` for an error of a task."""
        self.failed.emit(error_text(error))
