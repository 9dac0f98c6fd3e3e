"""Damage image files in many ways: each is read or refused, at once.

    python -m benchmarks.fuzz_images [--cases 20000] [--format PNG ...] [--seed 0] [--keep FOLDER]

For each format a few small images are written and then damaged: bits flipped, bytes replaced by extreme
values, parts cut out, repeated, swapped or taken from another image, and headers changed. A fault is a crash,
an error that is not Whylight's, or a case that takes longer than ten seconds.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.fuzzing import Findings, run_cases
from benchmarks.timing import machine
from whylight.errors import WhylightError
from whylight.images.decode import read_image
from whylight.sandbox.program import SWITCH

PLUGIN_FORMATS = ("HEIC", "AVIF", "JPEG XL")
"""Formats of the extra `heic`."""
FORMATS = ("JPEG", "PNG", "WebP", "TIFF", "BMP", "GIF", *PLUGIN_FORMATS)
LIMIT_S, MEMORY_MB = 10.0, 3000
"""An image of 200 megapixels, the largest there may be, takes some five seconds; small ones milliseconds."""
_EXTREMES = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)


def main() -> int:
    """Run the cases, print what was found, and return 1 for a fault."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz_images", description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000, help="for each format")
    parser.add_argument("--format", choices=FORMATS, nargs="+", default=FORMATS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write the files of faults there")
    arguments = parser.parse_args()
    print(f"{machine()}, {date.today()}")
    bad = False
    for kind in arguments.format:
        findings = fuzz(kind, arguments.cases, arguments.seed)
        print(f"{kind}: " + "\n  ".join(findings.lines()), flush=True)
        bad = bad or bool(findings.faults)
        if arguments.keep is not None:
            arguments.keep.mkdir(parents=True, exist_ok=True)
            for fault in findings.faults:
                number = int(fault.split()[1].rstrip(":"))
                path = arguments.keep / f"{kind}-{number}.{kind.lower().replace(' ', '-')}"
                path.write_bytes(damaged(kind, number, arguments.seed))
    return 1 if bad else 0


def fuzz(kind: str, count: int, seed: int) -> Findings:
    """Decode `count` damaged files of a format.

    That is done without the child process, which would hide a crash.
    """
    os.environ[SWITCH] = "off"

    def case(number: int) -> str:
        try:
            image = read_image(damaged(kind, number, seed))
        except WhylightError:
            return "refused"
        assert image.ndim == 3
        assert image.dtype == np.uint8
        return "decoded"

    originals(kind)
    return run_cases(case, count, limit_s=LIMIT_S, memory_mb=MEMORY_MB)


@cache
def originals(kind: str) -> tuple[bytes, ...]:
    """Return intact files of a format."""
    random = np.random.default_rng(1)
    noise = random.integers(0, 256, (37, 53, 3), np.uint8)
    smooth = np.linspace(0, 255, 64 * 48 * 3).reshape(48, 64, 3).astype(np.uint8)
    pictures = [Image.fromarray(noise), Image.fromarray(smooth)]
    more: list[tuple[Image.Image, Mapping[str, object]]] = [(picture, {}) for picture in pictures]
    grey, alpha = pictures[1].convert("L"), pictures[1].convert("RGBA")
    wide = Image.fromarray(smooth[..., 0].astype(np.uint16) * 257)
    if kind == "JPEG":
        more += [(pictures[1], {"progressive": True}), (grey, {}), (pictures[1].convert("CMYK"), {})]
    elif kind == "PNG":
        palette = pictures[1].convert("P")
        more += [(grey, {}), (alpha, {}), (wide, {}), (palette, {}), (alpha, {"interlace": 1})]
        more.append((alpha, {"save_all": True, "append_images": [alpha, alpha]}))
    elif kind == "WebP":
        more += [(alpha, {"lossless": True}), (alpha, {"save_all": True, "append_images": [alpha] * 3})]
    elif kind == "TIFF":
        names = ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")
        more += [(pictures[1], {"compression": name}) for name in names]
        more += [(alpha, {}), (wide, {}), (grey, {"save_all": True, "append_images": [grey]})]
    elif kind == "BMP":
        more += [(grey, {}), (alpha, {}), (pictures[1].convert("1"), {})]
    elif kind in PLUGIN_FORMATS:
        more += [(grey, {}), (alpha, {}), *_rarer(kind, pictures[1])]
    else:
        palette = pictures[1].convert("P")
        more = [(palette, {}), (grey, {"save_all": True, "append_images": [grey.rotate(9)] * 3})]
    files = []
    for picture, options in more:
        file = io.BytesIO()
        picture.save(file, _WRITERS.get(kind, kind.upper()), **options)
        files.append(file.getvalue())
    return tuple(files)


_WRITERS = {"HEIC": "HEIF", "JPEG XL": "JXL"}
"""Pillow's names of the formats, where they are others."""


def _rarer(kind: str, picture: Image.Image) -> list[tuple[Image.Image, dict[str, object]]]:
    """Return pictures and options for the parts of a format that few files use."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned to the right
    if kind == "HEIC":
        pillow_heif = importlib.import_module("pillow_heif")
        pillow_heif.register_heif_opener()
        several = {"save_all": True, "append_images": [picture.rotate(9)] * 2}
        return [(picture, {"exif": exif}), (picture, several), (picture, {"quality": -1, "chroma": "444"})]
    if kind == "AVIF":
        return [(picture, {"exif": exif}), (picture, {"save_all": True, "append_images": [picture] * 3})]
    importlib.import_module("pillow_jxl")
    return [(picture, {"exif": exif.tobytes()}), (picture, {"lossless": True}), (picture, {"effort": 9})]


def damaged(kind: str, number: int, seed: int) -> bytes:
    """Return the damaged file of a number."""
    random = np.random.default_rng((seed, number, FORMATS.index(kind)))
    data = damage(originals(kind), random, gentle=kind in PLUGIN_FORMATS)
    if kind == "PNG" and random.random() < 0.8:  # wrong checksums would hide all other damage
        _mend_checksums(data)
    return bytes(data)


def damage(files: Sequence[bytes], random: np.random.Generator, *, gentle: bool) -> bytearray:
    """Return one of the files, damaged.

    If `gentle`, one or two bits alone are flipped in most cases.
    """
    data = bytearray(files[int(random.integers(len(files)))])
    # Boxes of HEIC and AVIF count each other's bytes: after more than a flipped bit or two, hardly any opens.
    is_gentle = gentle and random.random() < 0.7
    for _ in range(int(random.integers(1, 3)) if is_gentle else 1 + int(random.geometric(0.4))):
        if not data:
            break
        if is_gentle:
            data[int(random.integers(min(len(data), 16), len(data)))] ^= 1 << int(random.integers(8))
            continue
        # Half of all damage is done to the first bytes, which say the most.
        near = min(len(data), 128) if random.random() < 0.5 else len(data)
        at = int(random.integers(near))
        change = int(random.integers(8))
        if change == 0:
            data[at] ^= 1 << int(random.integers(8))
        elif change == 1:
            data[at] = int(random.choice(_EXTREMES))
        elif change == 2:
            data[at : at + 4] = bytes(random.integers(0, 256, 4, np.uint8))
        elif change == 3:
            del data[at : at + int(random.integers(1, 64))]
        elif change == 4:
            data[at:at] = data[at : at + int(random.integers(1, 64))] * int(random.integers(1, 5))
        elif change == 5:
            del data[at:]
        elif change == 6:
            other = files[int(random.integers(len(files)))]
            begin = int(random.integers(len(other)))
            data[at : at + 64] = other[begin : begin + 64]
        else:
            data[at : at + 4] = int(random.choice([2**31 - 1, 2**31, 2**32 - 1, 2**16])).to_bytes(
                4, "big" if random.random() < 0.5 else "little"
            )
    return data


def _mend_checksums(data: bytearray) -> None:
    """Correct the checksums of a PNG's chunks, as far as they can be followed."""
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 8 + length
        if end + 4 > len(data):
            return
        data[end : end + 4] = zlib.crc32(data[at + 4 : end]).to_bytes(4, "big")
        at = end + 4


if __name__ == "__main__":
    sys.exit(main())
