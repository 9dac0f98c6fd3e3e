"""`python -m trainer`."""

from __future__ import annotations

import io
import sys

from .cli import main

if __name__ == "__main__":
    # A class name that the terminal's encoding lacks must not end a run.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main())
