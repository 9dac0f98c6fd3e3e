"""Render `assets/icon/icon.svg` in all sizes and formats for the platforms.

python bundle/icons.py FOLDER writes whylight-SIZE.png, whylight.ico (Windows) and whylight.icns (macOS).
"""

from __future__ import annotations

import argparse
import struct
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
"""Sizes in pixels for the freedesktop icon theme."""

_ICO_SIZES = (16, 24, 32, 48, 64, 256)
_ICNS_KINDS = {"ic11": 32, "ic12": 64, "ic07": 128, "ic08": 256, "ic09": 512}
"""Apple's names of PNG entries, and their sizes in pixels."""


def render(svg: Path, size: int) -> bytes:
    """Render the icon as a PNG of `size` x `size` pixels with transparency."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer = QSvgRenderer(str(svg))
    if not renderer.isValid():
        raise SystemExit(f"{svg} is no SVG that Qt can draw")
    renderer.render(painter)
    painter.end()
    buffer = QBuffer(data := QByteArray())
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(data.data())


def pack_ico(images: Mapping[int, bytes]) -> bytes:
    """Build a Windows icon from PNGs by size in pixels."""
    header = struct.pack("<HHH", 0, 1, len(images))
    offset = len(header) + 16 * len(images)
    entries = b""
    for size, data in images.items():
        side = size % 256  # 256 is written as 0
        entries += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(data), offset)
        offset += len(data)
    return header + entries + b"".join(images.values())


def pack_icns(images: Mapping[str, bytes]) -> bytes:
    """Build a macOS icon from PNGs by entry name."""
    entries = b"".join(
        kind.encode() + struct.pack(">I", len(data) + 8) + data for kind, data in images.items()
    )
    return b"icns" + struct.pack(">I", len(entries) + 8) + entries


def write_icons(svg: Path, folder: Path) -> None:
    """Write all icons into `folder`, creating it if necessary."""
    folder.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        (folder / f"whylight-{size}.png").write_bytes(render(svg, size))
    (folder / "whylight.ico").write_bytes(pack_ico({size: render(svg, size) for size in _ICO_SIZES}))
    icns = pack_icns({kind: render(svg, size) for kind, size in _ICNS_KINDS.items()})
    (folder / "whylight.icns").write_bytes(icns)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    write_icons(
        Path(__file__).resolve().parents[1] / "assets" / "icon" / "icon.svg", parser.parse_args().folder
    )
