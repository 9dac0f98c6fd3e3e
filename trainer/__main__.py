"""`python -m trainer`, the same as `whylight train`."""

from __future__ import annotations

import io
import sys

from whylight.errors import MissingExtraError
from whylight.siblings import requires_extra

if __name__ == "__main__":
    try:
        with requires_extra("trainer"):
            from .cli import main
    except MissingExtraError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    # A class name that the terminal's encoding lacks must not end a run.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main())
