"""The bundled files, found from the source tree, from a wheel's layout and from a frozen app."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from whylight import bundled
from whylight.errors import WhylightError
from whylight.images.decode import read_image


def test_every_sample_is_a_readable_image() -> None:
    samples = bundled.sample_images()
    assert len(samples) >= 12
    for sample in samples:
        assert min(read_image(sample).shape[:2]) >= 96


def test_the_notice_names_every_sample() -> None:
    notice = bundled.asset("samples/NOTICE.md").read_text(encoding="utf-8")
    for sample in bundled.sample_images():
        assert f"`{sample.name}`" in notice


def test_the_samples_are_small() -> None:
    assert sum(sample.stat().st_size for sample in bundled.sample_images()) <= 1_500_000


@pytest.mark.parametrize("layout", ["wheel", "source", "frozen"])
def test_assets_are_found_in_every_layout(
    layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "whylight"
    monkeypatch.setattr(bundled, "_PACKAGE", package)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path / "frozen"), raising=False)
    assets = {
        "wheel": package / "assets",
        "source": package.parent / "assets",
        "frozen": tmp_path / "frozen" / "assets",
    }[layout]
    assets.mkdir(parents=True)
    for name in bundled.BUNDLED:
        (assets / f"{name}.onnx").touch()
        assert bundled.bundled_model(name) == assets / f"{name}.onnx"
        assert bundled.bundled_name(assets / f"{name}.onnx") == name
    assert bundled.bundled_model() == assets / "general.onnx"
    assert bundled.bundled_name(tmp_path / "general.onnx") is None


def test_a_pair_put_in_place_of_the_bundled_one_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundled, "_PACKAGE", tmp_path / "whylight")
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    shipped, replacing = tmp_path / "assets" / "general.onnx", tmp_path / "assets" / "model.onnx"
    shipped.parent.mkdir(parents=True)
    shipped.touch()
    assert (bundled.bundled_model(), bundled.replacing_model()) == (shipped, None)
    assert bundled.default_model() == shipped
    for name in ("model.gradient.onnx", "model.onnx"):  # half a pair is somebody's wish, too
        (tmp_path / "assets" / name).touch()
        assert (bundled.bundled_model(), bundled.replacing_model()) == (shipped, replacing)
        assert bundled.default_model() == replacing


def test_the_source_tree_has_but_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "_PACKAGE", tmp_path / "whylight")
    (tmp_path / "assets").mkdir()
    for name in ("model.onnx", "general.onnx"):
        (tmp_path / "assets" / name).touch()
    assert bundled.replacing_model() is None
    assert bundled.default_model() == bundled.bundled_model() == tmp_path / "assets" / "general.onnx"


def test_a_model_is_named_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert bundled.find_model("caltech") == bundled.bundled_model("caltech")
    assert bundled.find_model(None) == bundled.bundled_model("general")
    assert bundled.find_model("other.onnx") == Path("other.onnx")
    (tmp_path / "caltech").touch()
    assert bundled.find_model("caltech") == Path("caltech")
    with pytest.raises(WhylightError, match="no bundled model 'imagenet': expected one of general, caltech"):
        bundled.bundled_model("imagenet")


def test_a_missing_asset_says_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundled, "_PACKAGE", tmp_path / "whylight")
    with pytest.raises(
        WhylightError, match=r"'general\.onnx' is missing: looked in .*whylight.assets or .*assets"
    ):
        bundled.bundled_model()
