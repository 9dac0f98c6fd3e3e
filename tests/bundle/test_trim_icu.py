"""ICU's data is taken apart and put together again without a loss, but for what is not wanted."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
from pathlib import Path

import PySide6
import pytest
import trim_icu

HEADER = b"\x20\x00" + trim_icu._MAGIC + bytes(8) + trim_icu._FORMAT + bytes(16)

ITEMS = [
    ("icudt73l/coll/de.res", b"d" * 16),
    ("icudt73l/de.res", b"not wanted".ljust(16, b"\0")),
    ("icudt73l/root.res", b"r" * 48),
]


def test_what_is_packed_is_what_is_unpacked() -> None:
    data = trim_icu.pack(HEADER, ITEMS)
    assert trim_icu.unpack(data) == (HEADER, ITEMS)
    library = b"\x7fELF, more or less" + data + b"and more"
    assert trim_icu.find_data(library, len(data)) == data


def test_a_library_without_data_is_refused() -> None:
    with pytest.raises(SystemExit, match="no common data"):
        trim_icu.find_data(b"\x7fELF" * 100, 10)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a library of Linux")
def test_the_small_library_holds_the_order_of_letters_and_little_else(tmp_path: Path) -> None:
    wheel = next((Path(PySide6.__file__).parent / "Qt" / "lib").glob("libicudata.so.*"), None)
    if wheel is None or shutil.which("cc") is None:
        pytest.skip("needs the ICU of PySide6's wheel and a C compiler")
    library = trim_icu.slim_library(wheel, tmp_path / wheel.name)
    assert library.stat().st_size < 6e6
    whole, small = (
        dict(trim_icu.unpack(trim_icu.find_data(path.read_bytes(), trim_icu._data_symbol(path)[1]))[1])
        for path in (wheel, library)
    )
    (folder,) = {name.split("/")[0] for name in small}
    assert {f"{folder}/coll/ucadata.icu", f"{folder}/coll/sv.res", f"{folder}/root.res"} <= set(small)
    assert not any(name.endswith(".cnv") or "/zone/" in name for name in small)
    assert all(whole[name] == content for name, content in small.items())
    assert ctypes.CDLL(str(library))[trim_icu._data_symbol(wheel)[0]]
    again = trim_icu.slim_library(wheel, tmp_path / "again" / wheel.name)
    assert again.read_bytes() == library.read_bytes()
    dump = subprocess.run(["objdump", "-p", library], capture_output=True, text=True, check=True).stdout
    assert f"SONAME               {wheel.name}" in dump
