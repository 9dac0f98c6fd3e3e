"""Run the numerical tests with the rounding of other machines.

    python tools/test_portable.py            every configuration, then twenty seeds under each in turn
    python tools/test_portable.py --quick    a part of it in about two minutes, for each change
    python tools/test_portable.py --only avx2 --seeds 7 -- -k relu

Prints one line per configuration: passed, failed, wall-clock and CPU seconds; followed by the failed tests
with the command to run them again. The exit code is 1 if anything failed. `tests/variation.py` varies
what the libraries have no switch for.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
SEEDS = 20
CONFIGURATIONS: dict[str, dict[str, str]] = {
    "native": {},
    "avx2": {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"},
    "baseline": {"ONEDNN_MAX_CPU_ISA": "SSE41", "ATEN_CPU_CAPABILITY": "default"},
    "one thread": {"WHYLIGHT_TEST_THREADS": "1"},
    "four threads": {"WHYLIGHT_TEST_THREADS": "4"},
    "unoptimised": {"WHYLIGHT_TEST_OPTIMISE": "off"},
}
"""Environment variables for PyTorch, oneDNN and ONNX Runtime. ONNX Runtime has no switch for its kernels;
`test_processors.py` emulates other CPUs with QEMU."""
QUICK = {
    "avx2, one thread": CONFIGURATIONS["avx2"] | CONFIGURATIONS["one thread"],
    "baseline, unoptimised": CONFIGURATIONS["baseline"] | CONFIGURATIONS["unoptimised"],
}
"""Configurations of --quick, without slow tests; `make test` runs the native one."""


@dataclass(frozen=True)
class Run:
    """One run of pytest."""

    name: str
    environment: Mapping[str, str]
    seed: int = 0
    selection: str = "numbers"
    arguments: Sequence[str] = field(default=())

    def command(self) -> list[str]:
        """Return the pytest command without the number of workers."""
        chosen = ["-m", self.selection, *self.arguments]
        return [sys.executable, "-m", "pytest", *chosen, "-rfE", "--tb=line", "--dist=loadfile"]

    def variables(self) -> dict[str, str]:
        """Return the additional environment variables."""
        return {**self.environment, **({"WHYLIGHT_TEST_SEED": str(self.seed)} if self.seed else {})}

    def title(self) -> str:
        """Return the label of the run."""
        return f"{self.name}, seed {self.seed}" if self.seed else self.name


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the requested configurations; return 1 if anything failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two configurations, without the slow tests")
    parser.add_argument("--only", action="append", choices=CONFIGURATIONS, help="these configurations")
    parser.add_argument(
        "--seeds", type=_seeds, default=range(1, SEEDS + 1), metavar="FIRST-LAST", help=f"default: 1-{SEEDS}"
    )
    parser.add_argument("--workers", default=str(os.cpu_count() or 1), help="of pytest; default: one a core")
    parser.add_argument("pytest", nargs="*", help="after --, what else pytest is given")
    asked = parser.parse_args(arguments)

    runs = list(_quick(asked.pytest) if asked.quick else _whole(asked.only, asked.seeds, asked.pytest))
    width = max(len(run.title()) for run in runs)
    failed = sum([not _passes(run, asked.workers, width) for run in runs])
    print(f"{failed} of {len(runs)} configurations failed" if failed else f"all {len(runs)} passed")
    return 1 if failed else 0


def _quick(arguments: Sequence[str]) -> Iterator[Run]:
    for seed, (name, environment) in enumerate(QUICK.items(), start=1):
        yield Run(name, environment, seed, "numbers and not slow", arguments)


def _whole(only: Sequence[str] | None, seeds: Sequence[int], arguments: Sequence[str]) -> Iterator[Run]:
    names = only or list(CONFIGURATIONS)
    for name in names:
        yield Run(name, CONFIGURATIONS[name], arguments=arguments)
    for number, seed in enumerate(seeds):
        name = names[number % len(names)]
        yield Run(name, CONFIGURATIONS[name], seed, arguments=arguments)


def _passes(run: Run, workers: str, width: int) -> bool:
    print(f"{run.title():{width}}  ", end="", flush=True)
    started, processor = time.perf_counter(), os.times()
    ended = subprocess.run(
        [*run.command(), f"--numprocesses={workers}"],
        cwd=ROOT,
        env={**os.environ, **run.variables()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    seconds, now = time.perf_counter() - started, os.times()
    worked = now.children_user + now.children_system - processor.children_user - processor.children_system
    counts = {word: _count(ended.stdout, word) for word in ("passed", "failed", "error")}
    failed = counts["failed"] + counts["error"]
    print(
        f"{counts['passed']:5} passed {failed:4} failed  {seconds:5.0f} s ({worked:.0f} s of processor)",
        flush=True,
    )
    if ended.returncode == 0:
        return True
    names = [line for line in ended.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    for line in names or ended.stdout.splitlines()[-15:]:
        print(f"    {line}")
    variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in run.variables().items())
    print(f"    again: {variables} {shlex.join(run.command()[:3])} TEST", flush=True)
    return False


def _count(output: str, word: str) -> int:
    found = re.findall(rf"(\d+) {word}s?\b", output.splitlines()[-1] if output.strip() else "")
    return int(found[-1]) if found else 0


def _seeds(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


if __name__ == "__main__":
    sys.exit(main())
