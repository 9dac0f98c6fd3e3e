"""Adopt every TorchVision classifier and compare its gradients with autograd.

    python -m benchmarks.zoo                    all of them, results so far kept in a cache
    python -m benchmarks.zoo --only resnet18    some, anew
    python -m benchmarks.zoo --others           those of timm and transformers
    python -m benchmarks.zoo --table            write docs/engineering/coverage.md from the cache

`--others` needs `pip install timm transformers`. It can use a separate cache while the first is being filled:
`--others --cache OTHERS.json` measures, `--table --cache FIRST.json OTHERS.json` writes.

Each network has random weights and randomised norm statistics, is exported by PyTorch (the nine `light`
networks of the `onnx` package are used as they are), adopted, and explained at two layers: the default one
and the one three blocks earlier. The error is the largest difference from the oracle's gradient, relative to
the largest gradient, in float64 and in float32.

Each network runs in its own process, smallest first; the largest take 20 GB and several minutes.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.zoo.coverage_table import write_table
from benchmarks.zoo.one_network import FIXED, send_measurement

_TIMEOUT_S = 2400
_TABLE = Path(__file__).resolve().parents[2] / "docs" / "engineering" / "coverage.md"

FIXED_TOO = ("resnet18", "mobilenet_v3_small", "densenet121", "shufflenet_v2_x1_0", "vit_b_16", "swin_t")
"""Networks also exported by PyTorch's older exporter with a fixed batch of one."""


def main() -> int:
    """Run the requested networks; return 1 if any failed."""
    arguments = _parser().parse_args()
    caches = [Path(cache) for cache in arguments.cache]
    if not arguments.table:
        done = _read(caches)
        asked = other_names() if arguments.others else _smallest_first()
        names = arguments.only or [name for name in asked if name not in done]
        for name in names:
            started = time.perf_counter()
            row = _in_own_process(name, older=arguments.older_exporter)
            row["seconds"] = round(time.perf_counter() - started, 1)
            print(_line(name, row), flush=True)
            _write(caches[0], {**_read(caches[:1]), name: row})
    results = _read(caches)
    write_table(_TABLE, {name: results.get(name) for name in (*all_names(), *other_names())})
    return 1 if any("failure" in row for row in results.values()) else 0


def _read(caches: Sequence[Path]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for cache in caches:
        if cache.is_file():
            found |= json.loads(cache.read_text())
    return found


def _write(cache: Path, results: Mapping[str, Any]) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    part = cache.with_suffix(".part")
    part.write_text(json.dumps(results, indent=1))
    part.replace(cache)


def all_names() -> list[str]:
    """List TorchVision's classifiers and the light networks.

    Some are listed a second time for the older exporter.
    """
    from torchvision import models

    from benchmarks.zoo.onnx_light_models import light_names

    return [
        *models.list_models(module=models),
        *(f"{name}{FIXED}" for name in FIXED_TOO),
        *light_names(),
    ]


def other_names() -> list[str]:
    """List the classifiers of libraries that are not dependencies."""
    from benchmarks.zoo.timm_models import timm_names
    from benchmarks.zoo.transformers_models import transformers_names

    return [*timm_names(), *transformers_names()]


def _smallest_first() -> list[str]:
    """All names, sorted by the number of parameters."""
    from torchvision import models

    def size(name: str) -> float:
        plain = name.removesuffix(FIXED)
        if plain.startswith("light_"):
            return 0.0
        return float(next(iter(models.get_model_weights(plain))).meta["num_params"])

    return sorted(all_names(), key=size)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these networks, even if in the cache")
    parser.add_argument(
        "--older-exporter", action="store_true", help="export by PyTorch's older exporter, which is quicker"
    )
    parser.add_argument(
        "--others",
        action="store_true",
        help="networks of timm and of transformers (`pip install timm transformers`) instead",
    )
    parser.add_argument("--table", action="store_true", help="write the table and run nothing")
    parser.add_argument(
        "--cache",
        nargs="+",
        default=[Path(tempfile.gettempdir()) / "whylight-zoo.json"],
        metavar="FILE",
        help="results; new ones go to the first of them (default: %(default)s)",
    )
    return parser


def _in_own_process(name: str, *, older: bool) -> dict[str, Any]:
    """Measure in a separate process, which frees all memory and may be killed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["benchmarks.zoo.autograd_oracle", "benchmarks.zoo.onnx_light_models", "timm", "transformers"]
    )
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=send_measurement, args=(sender, name, older), daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(_TIMEOUT_S):
            return {"failure": f"took more than {_TIMEOUT_S} s"}
        found: dict[str, Any] = receiver.recv()
        return found
    except EOFError:
        process.join()
        return {"failure": f"the process ended with exit code {process.exitcode}"}
    finally:
        process.kill()
        process.join()
        receiver.close()


def _line(name: str, row: Mapping[str, Any]) -> str:
    if "failure" in row:
        return f"{name:28s} FAILED {row['failure']}"
    layers: Sequence[Mapping[str, Any]] = row["layers"]
    errors = "  ".join(
        f"{layer['float64']:.1e} {layer['float32']:.1e} at {layer['layer']} ({layer['map']})"
        for layer in layers
    )
    return f"{name:28s} {errors}  {row['seconds']} s"


if __name__ == "__main__":
    sys.exit(main())
