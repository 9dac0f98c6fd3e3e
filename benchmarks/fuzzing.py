"""Run many cases in forked children and notice crashes, hangs and memory."""

from __future__ import annotations

import mmap
import os
import resource
import signal
import struct
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

Case = Callable[[int], str]
"""Runs the case of a number and returns the name of its outcome; what it raises is a finding."""

_NUMBER, _SINCE = struct.Struct("<q"), struct.Struct("<d")
"""The case at work, and since when, in memory that parent and child share."""


@dataclass(slots=True)
class Findings:
    """Outcomes of all cases, and what should not have happened."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    """Crashes, errors of other types than ours, and cases that took too long, by their numbers."""
    slowest_s: float = 0.0
    """Processor time of the slowest case that ended, which other work on the machine does not change."""
    most_memory_mb: float = 0.0

    def lines(self) -> list[str]:
        """Return a summary, a line each."""
        counts = ", ".join(f"{count:,} {name}" for name, count in self.outcomes.most_common())
        return [
            f"{sum(self.outcomes.values()):,} cases: {counts}; {len(self.faults)} faults",
            f"slowest {self.slowest_s:.2f} s of processor time, memory at most {self.most_memory_mb:.0f} MB",
            *self.faults,
        ]


def run_cases(case: Case, count: int, *, limit_s: float, memory_mb: int, chunk: int = 500) -> Findings:
    """Run cases 0 to `count` - 1 in forked children, `chunk` to a child.

    Args:
        case: runs one case.
        count: number of cases.
        limit_s: seconds after which a case is a fault, and its child is killed.
        memory_mb: private memory that a child may allocate.
        chunk: cases of one child, unless it dies before.
    """
    findings = Findings()
    shared = mmap.mmap(-1, mmap.PAGESIZE)
    at = 0
    while at < count:
        end = min(at + chunk, count)
        at = _run_child(case, at, end, shared, limit_s, memory_mb, findings)
    return findings


def _run_child(
    case: Case, begin: int, end: int, shared: mmap.mmap, limit_s: float, memory_mb: int, findings: Findings
) -> int:
    """Run cases in a child; return the number of the next case to run."""
    _note(shared, begin)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as results:
        process = os.fork()
        if process == 0:
            _work(case, begin, end, shared, results, memory_mb)
        killed = False
        while True:
            ended, status, usage = os.wait4(process, os.WNOHANG)
            if ended:
                break
            if not killed and time.monotonic() - _since(shared) > limit_s:
                os.kill(process, signal.SIGKILL)
                killed = True
            time.sleep(0.01)
        results.seek(0)
        text = results.read()
    findings.most_memory_mb = max(findings.most_memory_mb, usage.ru_maxrss / 1024)
    for line in text.splitlines():
        kind, seconds, words = line.split("\t", 2)
        findings.slowest_s = max(findings.slowest_s, float(seconds))
        if kind == "fault":
            findings.faults.append(words)
            findings.outcomes["fault"] += 1
        else:
            findings.outcomes[words] += 1
    (at,) = _NUMBER.unpack(shared[:8])
    if status != 0:
        what = f"took more than {limit_s:g} s" if killed else f"ended its process, status {status}"
        findings.faults.append(f"case {at}: {what}")
        findings.outcomes["fault"] += 1
        return int(at) + 1
    return end


def _work(case: Case, begin: int, end: int, shared: mmap.mmap, results: IO[str], memory_mb: int) -> None:
    """Run cases, write a line for each, and end the process."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory_mb * 2**20, memory_mb * 2**20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)  # libraries complain there about every damaged file
    for number in range(begin, end):
        started = time.process_time()
        _note(shared, number)
        try:
            kind, words = "outcome", case(number)
        except BaseException as error:
            kind = "fault"
            words = " ".join(f"case {number}: {type(error).__name__}: {error}".split())[:300]
        results.write(f"{kind}\t{time.process_time() - started:.4f}\t{words}\n")
        results.flush()
    _note(shared, end)
    os._exit(0)


def _note(shared: mmap.mmap, number: int) -> None:
    """Note that a case begins, in two copies of eight bytes each."""
    shared[8:16] = _SINCE.pack(time.monotonic())
    shared[:8] = _NUMBER.pack(number)


def _since(shared: mmap.mmap) -> float:
    (since,) = _SINCE.unpack(shared[8:16])
    return float(since)
