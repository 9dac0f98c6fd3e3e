"""Damage videos in many ways: their frames are read, or they are refused.

    python -m benchmarks.fuzz_videos [--cases 5000] [--seed 0]

A few short videos are written by OpenCV's FFmpeg and damaged as images are (`benchmarks.fuzz_images`). They
are decoded without the child process that would hide a crash. A fault is a crash, an error that is not
Whylight's, or a case that takes longer than ten seconds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import date
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from benchmarks.fuzz_images import LIMIT_S, MEMORY_MB, damage
from benchmarks.fuzzing import Findings, run_cases
from benchmarks.timing import machine
from whylight.errors import WhylightError
from whylight.images.video_frames import read_frames

_KINDS = (
    ("mp4", "mp4v"),
    ("mkv", "mp4v"),
    ("avi", "MJPG"),
    ("webm", "VP80"),
    ("mpg", "mpg1"),
    ("wmv", "WMV2"),
)
"""Endings and codecs."""
_FPS, _FRAMES, _SIZE, _MOST = 10, 25, (64, 48), 5


def main() -> int:
    """Run the cases, print what was found, and return 1 for a fault."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz_videos", description=__doc__)
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print(f"{machine()}, {date.today()}")
    findings = fuzz(arguments.cases, arguments.seed)
    print("\n".join(findings.lines()))
    return 1 if findings.faults else 0


def fuzz(count: int, seed: int) -> Findings:
    """Read the frames of `count` damaged videos."""
    with tempfile.TemporaryDirectory() as folder:

        def case(number: int) -> str:
            random = np.random.default_rng((seed, number))
            path = Path(folder) / f"{number}.video"
            path.write_bytes(damage(originals(), random, gentle=True))
            try:
                frames = [frame for _, frame in read_frames(str(path), _MOST) if frame is not None]
            except WhylightError:
                return "refused"
            finally:
                path.unlink()
            assert 0 < len(frames) <= _MOST
            assert all(frame.ndim == 3 for frame in frames)
            return "decoded"

        originals()
        return run_cases(case, count, limit_s=LIMIT_S, memory_mb=MEMORY_MB)


@cache
def originals() -> tuple[bytes, ...]:
    """Return intact videos."""
    files = []
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        for ending, codec in _KINDS:
            path = Path(folder) / f"clip.{ending}"
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), _FPS, _SIZE)
            if not writer.isOpened():
                continue
            for _ in range(_FRAMES):
                writer.write(random.integers(0, 256, (*_SIZE[::-1], 3), np.uint8))
            writer.release()
            files.append(path.read_bytes())
    return tuple(files)


if __name__ == "__main__":
    sys.exit(main())
