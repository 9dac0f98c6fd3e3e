"""Run the command `whylight` as `python -m whylight`."""

from __future__ import annotations

import sys

from whylight.cli import main

if __name__ == "__main__":
    sys.exit(main())
