"""Every classifier of TorchVision, adopted, its gradients compared with autograd's.

    python -m benchmarks.zoo                    all of them, results so far kept in a cache
    python -m benchmarks.zoo --only resnet18    some, anew
    python -m benchmarks.zoo --table            write docs/coverage.md from the cache

Each network has random weights and randomised norm statistics, is exported by PyTorch (the nine `light`
networks of the `onnx` package are taken as they lie there), adopted, and explained at two layers: the
default one, and the one three blocks before it. The error is the largest difference from the
oracle's gradient, relative to the largest gradient. Each runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.zoo_table import write_table

_TIMEOUT_S = 2400
_TABLE = Path(__file__).resolve().parent.parent / "docs" / "coverage.md"

LEGACY = ("resnet18", "mobilenet_v3_small", "densenet121", "shufflenet_v2_x1_0", "vit_b_16", "swin_t")
"""Exported a second time by PyTorch's older exporter, with the batch fixed to one picture."""


def main() -> int:
    """Run what is asked for; exit code 1 if any network failed."""
    arguments = _parser().parse_args()
    if arguments.one:
        print(json.dumps(_measure(arguments.one)))
        return 0
    cache = Path(arguments.cache)
    results: dict[str, Any] = json.loads(cache.read_text()) if cache.is_file() else {}
    if not arguments.table:
        names = arguments.only or [name for name in all_names() if name not in results]
        for name in names:
            started = time.perf_counter()
            results[name] = _in_own_process(name)
            results[name]["seconds"] = round(time.perf_counter() - started, 1)
            print(_line(name, results[name]), flush=True)
            cache.parent.mkdir(parents=True, exist_ok=True)
            cache.write_text(json.dumps(results, indent=1))
    write_table(_TABLE, {name: results[name] for name in all_names() if name in results})
    return 1 if any("failure" in row for row in results.values()) else 0


def all_names() -> list[str]:
    """TorchVision's classifiers, some of them again by the older exporter, and the light networks."""
    from torchvision import models

    from benchmarks.zoo_light import light_names

    return [
        *models.list_models(module=models),
        *(f"{name}:legacy" for name in LEGACY),
        *light_names(),
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these networks, even if in the cache")
    parser.add_argument("--table", action="store_true", help="write the table and run nothing")
    parser.add_argument("--one", metavar="NAME", help="measure one network here and print JSON")
    default = Path(tempfile.gettempdir()) / "whylight-zoo.json"
    parser.add_argument("--cache", default=default, metavar="FILE", help="results (default: %(default)s)")
    return parser


def _in_own_process(name: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.zoo", "--one", name]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False, env={**os.environ}
        )
    except subprocess.TimeoutExpired:
        return {"failure": f"took more than {_TIMEOUT_S} s"}
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        errors = [line for line in done.stderr.strip().splitlines() if line.strip()]
        return {"failure": errors[-1] if errors else f"exit code {done.returncode}"}
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def _measure(name: str) -> dict[str, Any]:
    """Adopt one network and compare."""
    if name.startswith("light_"):
        from benchmarks.zoo_light import measure_light

        return measure_light(name)
    from benchmarks.zoo_torch import measure_torch

    return measure_torch(name.removesuffix(":legacy"), legacy=name.endswith(":legacy"))


def _line(name: str, row: Mapping[str, Any]) -> str:
    if "failure" in row:
        return f"{name:28s} FAILED {row['failure']}"
    layers: Sequence[Mapping[str, Any]] = row["layers"]
    errors = "  ".join(f"{layer['error']:.1e} at {layer['layer']} ({layer['map']})" for layer in layers)
    return f"{name:28s} {errors}  {row['seconds']} s"


if __name__ == "__main__":
    sys.exit(main())
