"""Fair timing on a noisy machine: one process each, in turns, medians and ratios.

Each contender is a separate process (`python -m MODULE --serve NAME ...`) with its own thread pools and
allocator. The parent runs them alternately, round after round, so that disturbances affect all of them.
"""

from __future__ import annotations

import contextlib
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter

READY = "ready"


def run_contender(work: Callable[[], object]) -> None:
    """Run `work` for each line on standard input and print its duration in ms.

    If `work` returns a number, it is used as the duration in seconds.
    """
    work()
    work()
    print(READY, flush=True)
    for _ in sys.stdin:
        started = perf_counter()
        found = work()
        seconds = found if isinstance(found, float) else perf_counter() - started
        print(seconds * 1000, flush=True)


@contextlib.contextmanager
def _contenders(
    module: str, names: Sequence[str], arguments: Sequence[str]
) -> Iterator[dict[str, subprocess.Popen[str]]]:
    processes: dict[str, subprocess.Popen[str]] = {}
    try:
        for name in names:
            command = [sys.executable, "-m", module, "--serve", name, *arguments]
            processes[name] = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        for name, process in processes.items():
            if _line(process) != READY:
                raise SystemExit(f"the contender '{name}' did not start")
        yield processes
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def time_alternating(
    module: str, names: Sequence[str], arguments: Sequence[str], *, rounds: int, repeats: int = 3
) -> Mapping[str, list[float]]:
    """Time the contenders alternately.

    Args:
        module: the benchmark's module, whose `--serve NAME` calls `run_contender`.
        names: the contenders.
        arguments: further arguments of every contender.
        rounds: number of rounds.
        repeats: consecutive runs per round; the first is dropped, since it warms the caches.

    Returns:
        One median in ms per round, for each contender.
    """
    times: dict[str, list[float]] = {name: [] for name in names}
    with _contenders(module, names, arguments) as processes:
        for _ in range(rounds):
            for name, process in processes.items():
                answers = [_ask(process) for _ in range(repeats + 1)]
                times[name].append(statistics.median(answers[1:]))
    return times


def _ask(process: subprocess.Popen[str]) -> float:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return float(_line(process))


def ratio(times: Mapping[str, list[float]], name: str, base: str) -> float:
    """Return the median over rounds of the ratio of two contenders' times."""
    return statistics.median(a / b for a, b in zip(times[name], times[base], strict=True))


def table(times: Mapping[str, list[float]], base: str) -> str:
    """Format medians in ms and ratios to `base` as Markdown."""
    rows = ["| contender | median ms | fastest ms | ratio |", "|---|---:|---:|---:|"]
    for name, values in times.items():
        median = statistics.median(values)
        rows.append(f"| {name} | {median:.1f} | {min(values):.1f} | {ratio(times, name, base):.2f} |")
    return "\n".join(rows)


def machine() -> str:
    """Describe this machine in one line."""
    system = f"{platform.system()} {platform.machine()}"
    return f"{system}, {os.cpu_count()} cores, Python {platform.python_version()}"
