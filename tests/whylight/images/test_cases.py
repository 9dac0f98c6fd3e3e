"""Files of forms that microscopes, X-ray machines and telephones write: shown, or named as what they are."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from whylight.bundled import sample_images
from whylight.errors import ImageError
from whylight.images.decode import open_image, read_image
from whylight.images.files import find_images
from whylight.images.other_formats import PLUGINS, SUFFIXES

PICTURES = Path(__file__).parents[1] / "cases" / "pictures"


def noted(name: str) -> tuple[np.ndarray, list[str]]:
    image, notes = open_image(PICTURES / name).decode_noting()
    return image, [str(note) for note in notes]


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("grey12in16.tif", "values of 0 to 4,080 in 16 bits, shown as 12 bits"),
        ("xray12in16.png", "values of 0 to 4,080 in 16 bits, shown as 12 bits"),
        ("grey_fluo_max5000.tif", "values of 0 to 5,000 in 16 bits, shown as 13 bits"),
    ],
)
def test_narrow_data_in_16_bits_are_visible_and_said(name: str, note: str) -> None:
    image, notes = noted(name)
    assert image.max() > 150
    assert notes == [note]


def test_the_full_range_is_as_it_was() -> None:
    image, notes = noted("grey16.tif")
    twelve, _ = noted("grey12in16.tif")
    assert (int(image.max()), notes) == (255, [])
    assert np.abs(image.astype(int) - twelve.astype(int)).max() <= 1, "one image at two depths"


@pytest.mark.parametrize("name", ["multipage.tif", "zstack16.tif"])
def test_further_pages_are_said(name: str) -> None:
    image, notes = noted(name)
    assert image.shape == (255, 336, 3)
    assert notes[0] == "3 pages; the first is shown"


@pytest.mark.parametrize(
    ("name", "words"),
    [("five_channels.tif", "5 channels"), ("zstd.tif", "Zstandard"), ("jpeg12.jpg", "12 bits")],
)
def test_what_is_intact_is_not_called_damaged(name: str, words: str) -> None:
    with pytest.raises(ImageError, match=words) as caught:
        read_image(PICTURES / name)
    assert "damaged" not in str(caught.value)


def test_a_bitmap_with_an_empty_alpha_channel_is_opaque() -> None:
    image, _ = noted("bmp32_bitfields_alpha0.bmp")
    assert image.std() > 20
    assert image.mean() < 250


def test_heic_is_found_in_folders_and_named_where_it_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    found = [path for path in find_images([PICTURES]) if path.suffix == ".HEIC"]
    assert len(found) == 2
    for path in found:
        with pytest.raises(ImageError, match=r"HEIC.*pip install 'whylight\[heic\]'"):
            read_image(path)


def test_heic_of_a_telephone_is_read_with_the_extra() -> None:
    pytest.importorskip("pillow_heif")
    image = read_image(PICTURES / "IMG_0001.HEIC")
    assert image.shape[2] == 3
    assert image.std() > 20


@pytest.mark.parametrize("kind", PLUGINS)
def test_other_formats_are_read_with_the_extra(kind: str, tmp_path: Path) -> None:
    plugin = pytest.importorskip(PLUGINS[kind])
    if kind == "HEIC":
        plugin.register_heif_opener()
    path = tmp_path / f"cat{next(suffix for suffix, name in SUFFIXES.items() if name == kind)}"
    with Image.open(sample_images()[0]) as opened:
        original = opened.convert("RGB")
    original.save(path, quality=95)
    found = read_image(path)
    assert found.shape == (original.height, original.width, 3)
    assert np.abs(found - np.asarray(original, np.float64)).mean() < 3
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImageError, match=r"decoded|truncated"):
        read_image(path)


def test_raw_files_are_named(tmp_path: Path) -> None:
    raw = tmp_path / "DSC_1.NEF"
    raw.write_bytes((PICTURES / "grey16.tif").read_bytes())  # they begin like a TIFF
    assert list(find_images([tmp_path])) == [raw]
    with pytest.raises(ImageError, match=r"raw files \(NEF\)"):
        read_image(raw)
