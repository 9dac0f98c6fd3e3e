"""Decoding of image files by OpenCV and by Pillow, side by side.

    python -m benchmarks.decoding_speed FOLDER [--rounds 5]

Each library decodes all files of a folder in a process of its own, in turns; printed are medians of processor
time and peak memory, and how far the pixels are apart.
"""

from __future__ import annotations

import argparse
import io
import resource
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from whylight.images.files import find_images


def by_opencv(data: bytes) -> NDArray[np.uint8]:
    """Decode to RGB uint8 `[H, W, 3]` with OpenCV."""
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def by_pillow(data: bytes) -> NDArray[np.uint8]:
    """Decode to RGB uint8 `[H, W, 3]` with Pillow."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"), np.uint8)


DECODERS = {"OpenCV": by_opencv, "Pillow": by_pillow}


def measure(name: str, paths: list[Path]) -> tuple[float, int]:
    """Return processor time in seconds and peak memory in MB of decoding all files."""
    decode, spent = DECODERS[name], 0.0
    for path in paths:
        data = path.read_bytes()
        started = time.process_time()
        decode(data)
        spent += time.process_time() - started
    return spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Print a line for each library, and the differences of their pixels."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    paths = sorted(find_images([arguments.folder]))
    found: dict[str, list[tuple[float, int]]] = {name: [] for name in DECODERS}
    for _ in range(arguments.rounds):
        for name, results in found.items():
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
                results.append(alone.submit(measure, name, paths).result())
    for name, results in found.items():
        seconds = statistics.median(spent for spent, _ in results)
        peak = statistics.median(peak for _, peak in results)
        print(f"{name:8} {1000 * seconds / len(paths):8.2f} ms an image   {peak:.0f} MB at most")
    apart = [
        int(np.abs(by_opencv(data).astype(int) - by_pillow(data)).max())
        for data in (path.read_bytes() for path in paths)
        if by_opencv(data).shape == by_pillow(data).shape
    ]
    print(
        f"{len(apart)} of {len(paths)} have the same size; largest difference {max(apart, default=0)} levels"
    )


if __name__ == "__main__":
    main()
