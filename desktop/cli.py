"""The `whylight` command: opens the window, or hands `whylight explain ...` to the engine's command line.

Nothing heavy is imported before it is known to be needed: the window must be up within a second.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .startup.no_display import NO_DISPLAY, NO_LIBRARIES, has_display, refuse


def parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Return what a command line asks for; prints help or a complaint and exits as argparse does."""
    parser = argparse.ArgumentParser(
        prog="whylight",
        description="Open the window on images and folders (without any: on the sample images).",
        epilog="'whylight explain --help' tells how to explain images without a window; "
        "'whylight --self-test' checks this installation.",
    )
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="an image, a folder of images, or a model"
    )
    parser.add_argument(
        "--model", type=Path, metavar="M", help="the forward graph of a pair, NAME.onnx (default: bundled)"
    )
    parser.add_argument(
        "--new-window", action="store_true", help="open a window of its own where one is open already"
    )
    parser.add_argument(
        "--portable",
        action="store_true",
        help="keep settings, logs and adopted models beside the program, in 'portable', from now on",
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; `argv` is `sys.argv[1:]` unless given."""
    argv = list(sys.argv[1:] if argv is None else argv)
    # ONNX Runtime reports to its makers unless told otherwise before it is loaded; Whylight speaks to nobody.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    if argv[:1] == ["explain"]:
        from whylight.cli import main as explain_main

        return explain_main(argv[1:])
    if argv == ["--self-test"]:
        from .self_test.runner import main as self_test_main

        return self_test_main()
    arguments = parse_arguments(argv)
    if not has_display(os.environ, sys.platform):
        return refuse(NO_DISPLAY)
    try:
        from .app import run
    except ImportError as error:  # PySide6 installed, but a system library that Qt needs is not
        return refuse(NO_LIBRARIES.format(error=error))
    return run(arguments.paths, arguments.model, new_window=arguments.new_window, portable=arguments.portable)
