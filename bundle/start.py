"""The first script of the packaged app: `python -m desktop`, where no package is run by its name."""

from __future__ import annotations

import sys

from desktop.cli import main

if __name__ == "__main__":
    sys.exit(main())
