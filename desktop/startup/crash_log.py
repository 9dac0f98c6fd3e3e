"""Rotating log, and stack traces of crashes.

If they cannot be written, messages go to the terminal as usual.
"""

from __future__ import annotations

import faulthandler
import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import IO

LOG_BYTES, LOGS_KEPT = 512 * 1024, 3
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

log = logging.getLogger(__name__)


class Logs:
    """Log and crash file of this run, and the crash file of the last one."""

    def __init__(self, folder: Path) -> None:
        self._crash_path = folder / "crash.txt"
        self._crash_file: IO[str] | None = None
        self.last_crash: Path | None = None
        """File with the stack trace of the last run, if it crashed."""
        logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = RotatingFileHandler(
                folder / "whylight.log", maxBytes=LOG_BYTES, backupCount=LOGS_KEPT, encoding="utf-8"
            )
            self.last_crash = self._keep_last_crash(folder)
            self._crash_file = self._crash_path.open("w", encoding="utf-8")
        except OSError as error:
            log.warning("no log can be kept: %s", error)
            return
        file.setFormatter(logging.Formatter(FORMAT))
        self._handler = file
        logging.getLogger().addHandler(file)
        logging.getLogger().setLevel(logging.INFO)
        faulthandler.enable(self._crash_file)
        sys.excepthook = self._log_exception
        log.info("started")

    def close(self) -> None:
        """Remove the crash file at a normal exit."""
        if self._crash_file is None:
            return
        log.info("ended")
        faulthandler.disable()
        self._crash_file.close()
        self._crash_path.unlink(missing_ok=True)
        logging.getLogger().removeHandler(self._handler)
        self._handler.close()
        sys.excepthook = sys.__excepthook__

    def _keep_last_crash(self, folder: Path) -> Path | None:
        """Keep a crash file with a stack trace; an empty one means the run was killed."""
        if not self._crash_path.is_file() or self._crash_path.stat().st_size == 0:
            return None
        kept = folder / "last-crash.txt"
        self._crash_path.replace(kept)
        return kept

    def _log_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Log an exception in a slot, after which Qt continues."""
        log.error("unexpected error", exc_info=(kind, error, trace))
