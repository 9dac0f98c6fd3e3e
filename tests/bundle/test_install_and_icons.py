"""The parts of packing that need no built app: the archive, the record, the menu entries."""

from __future__ import annotations

import os
import subprocess
import tarfile
import time
from pathlib import Path

import archive
import icons
import numpy as np

from desktop.self_test import engine_checks, reference
from whylight.images.decode import read_image

ROOT = Path(__file__).resolve().parents[2]


def small_tree(folder: Path, names: list[str]) -> Path:
    (folder / "App" / "inner").mkdir(parents=True)
    for name in names:
        (folder / "App" / name).write_text(name, encoding="utf-8")
    (folder / "App" / "b").chmod(0o755)
    (folder / "App" / "link").symlink_to("inner/c")
    return folder / "App"


def test_the_same_contents_give_the_same_archive(tmp_path: Path) -> None:
    first = small_tree(tmp_path / "1", ["a", "b", "inner/c"])
    time.sleep(0.02)
    second = small_tree(tmp_path / "2", ["inner/c", "b", "a"])
    (second / "a").chmod(0o600)
    os.utime(second / "a", (1, 1))
    for folder in (first, second):
        archive.pack(folder, folder.parent / "app.tar.xz", 1_700_000_000)
    data = (tmp_path / "1" / "app.tar.xz").read_bytes()
    assert data == (tmp_path / "2" / "app.tar.xz").read_bytes()
    with tarfile.open(tmp_path / "1" / "app.tar.xz") as tar:
        entries = {entry.name: entry for entry in tar}
        assert list(entries) == ["App", "App/a", "App/b", "App/inner", "App/inner/c", "App/link"]
        assert {entry.mtime for entry in entries.values()} == {1_700_000_000}
        assert (entries["App/a"].mode, entries["App/b"].mode) == (0o644, 0o755)
        assert entries["App/link"].linkname == "inner/c"
        assert tar.extractfile("App/inner/c").read() == b"inner/c"


def test_the_record_is_of_the_bundled_pair() -> None:
    found = {path.name: reference.digest(path) for path in (ROOT / "assets").glob("*.onnx")}
    assert found == reference.recorded()["sha256"], "the bundled pair is another: run `make self-test-record`"


def test_the_record_is_what_the_pair_answers(tmp_path: Path) -> None:
    assert "map within" in engine_checks.check_explanation(tmp_path)


def test_tiles_are_means_in_row_order() -> None:
    map_ = np.arange(16, dtype=np.float32).reshape(4, 4)
    np.testing.assert_array_equal(reference.shrink(map_, side=2), [[2.5, 4.5], [10.5, 12.5]])


def test_icons_are_drawn_in_every_size() -> None:
    svg = ROOT / "assets" / "icon" / "icon.svg"
    for size in (16, 256):
        image = read_image(icons.render(svg, size))
        assert image.shape == (size, size, 3)
        assert tuple(image[0, 0]) == (255, 255, 255)  # transparent, over white
        assert image.std() > 40


def test_installing_and_uninstalling_leaves_nothing(tmp_path: Path) -> None:
    built = tmp_path / "built"
    (built / "_internal" / "assets").mkdir(parents=True)
    (built / "Whylight").write_text("#!/bin/sh\necho hello $1\n", encoding="utf-8")
    (built / "Whylight").chmod(0o755)
    icons.write_icons(ROOT / "assets" / "icon" / "icon.svg", ROOT / "build" / "bundle" / "icons")
    prefix = tmp_path / "eigener Platz"
    script = ROOT / "bundle" / "install.sh"
    subprocess.run([script, "install", built, prefix], check=True, capture_output=True)
    files = {path.relative_to(prefix).as_posix() for path in prefix.rglob("*") if not path.is_dir()}
    assert {f"share/icons/hicolor/{size}x{size}/apps/whylight.png" for size in icons.SIZES} <= files
    assert {"share/icons/hicolor/scalable/apps/whylight.svg", "share/mime/packages/whylight.xml"} <= files
    entry = (prefix / "share" / "applications" / "whylight.desktop").read_text(encoding="utf-8")
    assert f'Exec="{prefix}/bin/whylight" %F\n' in entry
    assert f'Exec="{prefix}/bin/whylight" --new-window\n' in entry
    run = subprocess.run([prefix / "bin" / "whylight", "you"], capture_output=True, text=True, check=True)
    assert run.stdout == "hello you\n"
    own = prefix / "lib" / "whylight" / "_internal" / "assets" / "model.gradient.onnx"
    own.write_text("the user's", encoding="utf-8")
    subprocess.run([script, "install", built, prefix], check=True, capture_output=True)
    assert own.read_text(encoding="utf-8") == "the user's"
    subprocess.run([script, "uninstall", built, prefix], check=True, capture_output=True)
    # The system's own caches of menu and MIME types may stay; nothing of ours does.
    left = {path.relative_to(prefix).as_posix() for path in prefix.rglob("*")}
    assert not [name for name in left if "whylight" in name.lower() or "icons/" in name], left
