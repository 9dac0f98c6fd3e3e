"""Entry script of the packaged app, equivalent to the command `whylight`."""

from __future__ import annotations

import sys

from whylight.cli import main

if __name__ == "__main__":
    sys.exit(main())
