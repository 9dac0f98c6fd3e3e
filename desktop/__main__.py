"""Open the window: `python -m desktop [PATH...] [--model M]`."""

from __future__ import annotations

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
