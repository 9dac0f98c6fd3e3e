"""Run the steps of the self-test and print a line for each."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from whylight.bundled import replacing_model
from whylight.errors import MissingExtraError, WhylightError
from whylight.siblings import requires_extra

from ..startup.no_display import has_display
from .engine_checks import check_adoption, check_explanation, check_pair, check_replacing_pair, check_report
from .reference import SelfTestError


def main() -> int:
    """Run and print every step; return 0 if all passed, else 1.

    Without the window's dependencies or a display, its steps are skipped with a message.
    """
    steps: dict[str, Callable[[Path], str]] = {
        "bundled pair": check_pair,
        "explanation": check_explanation,
        "report": check_report,
        "adoption": check_adoption,
    }
    try:
        with requires_extra("desktop"):
            from .window_checks import check_licences, check_other_starts, check_sorting, check_window
    except MissingExtraError as error:
        print_result(f"window skipped: {error}")
    else:
        if has_display(os.environ, sys.platform):
            steps |= {"window": check_window, "other starts": check_other_starts}
        else:
            print_result("window skipped: neither DISPLAY nor WAYLAND_DISPLAY is set")
        steps |= {"sorting": check_sorting, "licences": check_licences}
    if replacing_model() is not None:
        steps["pair in its place"] = check_replacing_pair
    failed = 0
    with tempfile.TemporaryDirectory(prefix="whylight-self-test-") as folder:
        for name, step in steps.items():
            started = time.perf_counter()
            try:
                words = step(Path(folder))
            except (SelfTestError, WhylightError) as error:
                failed += 1
                words = f"FAILED: {error}"
            except Exception:  # run the other steps after any failure
                failed += 1
                words = f"FAILED: {traceback.format_exc()}"
            print_result(f"{name:17} {(time.perf_counter() - started) * 1000:7.0f} ms  {words}")
    print_result(f"memory, at most {_peak_memory_mb()} MB" if sys.platform != "win32" else "")
    print_result("self-test failed" if failed else "self-test passed")
    return 1 if failed else 0


def print_result(line: str) -> None:
    """Print a line; windowed programs on Windows have no output."""
    if sys.stdout is not None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def _peak_memory_mb() -> int:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3))
