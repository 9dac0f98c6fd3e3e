"""Command line of the window: `whylight window`, `whylight`, `python -m desktop`.

Heavy modules are imported on demand, so that the window appears within a second.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from whylight.errors import MissingExtraError
from whylight.siblings import requires_extra

from .startup.no_display import NO_DISPLAY, NO_LIBRARIES, has_display, refuse


def make_parser(prog: str) -> argparse.ArgumentParser:
    """Create the argument parser of the window."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Open the window on images and folders (without any: on the sample images).",
        epilog="'whylight explain --help' describes how to explain images without a window; "
        "'whylight --help' lists all commands.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="an image, a folder of images, or a model"
    )
    parser.add_argument(
        "--model", type=Path, metavar="M", help="the forward graph of a pair, NAME.onnx (default: bundled)"
    )
    parser.add_argument(
        "--new-window", action="store_true", help="open another window if one is open already"
    )
    parser.add_argument(
        "--portable",
        action="store_true",
        help="keep settings, logs and adopted models next to the program, in 'portable', from now on",
    )
    return parser


def main(argv: Sequence[str] | None = None, prog: str = "python -m desktop") -> int:
    """Run the command and return its exit status; `argv` defaults to `sys.argv[1:]`."""
    arguments = make_parser(prog).parse_args(argv)
    # Disable ONNX Runtime's telemetry before it is imported.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        with requires_extra("desktop"):
            import PySide6  # noqa: F401 - whether it is installed at all
    except MissingExtraError as error:
        return refuse(f"whylight: {error}\n\n")
    if not has_display(os.environ, sys.platform):
        return refuse(NO_DISPLAY)
    try:
        from .app import run
    except ImportError as error:  # PySide6 is installed, but a system library is missing
        return refuse(NO_LIBRARIES.format(error=error))
    return run(arguments.paths, arguments.model, new_window=arguments.new_window, portable=arguments.portable)
