"""Inputs against what the owners of models feed them: TorchVision, timm's settings, Ultralytics, Pillow."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from whylight.errors import CardError
from whylight.images.geometry import BICUBIC, BILINEAR, LANCZOS, NEAREST, InputDescription

SIZES = [
    *((37, 501), (501, 37), (1, 7), (7, 1), (1, 1), (2, 2), (100, 90), (224, 224)),
    *((257, 255), (300, 200), (600, 800), (480, 641)),
]

PILLOWS = (NEAREST, BILINEAR, BICUBIC, LANCZOS)


def drawn(size: tuple[int, int], kind: str) -> np.ndarray:
    """Noise, the hardest for interpolation, or stripes and waves."""
    if kind == "noise":
        return np.random.default_rng(size).integers(0, 256, (*size, 3), np.uint8)
    rows, columns = np.mgrid[: size[0], : size[1]]
    waves = [127 + 127 * np.sin(columns / 5 + rows / 9), 255 * ((columns // 3 + rows // 4) % 2)]
    return np.stack([*waves, 127 + 127 * np.cos(rows / 3)], axis=-1).astype(np.uint8)


def assert_alike(found: np.ndarray, expected: np.ndarray) -> None:
    """Within one level of 255 everywhere."""
    assert found.shape == expected.shape
    assert found.dtype == np.uint8
    assert np.abs(found.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("kind", ["noise", "waves"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("interpolation", PILLOWS)
def test_it_crops_as_torchvision_and_timm_do(size: tuple[int, int], interpolation: str, kind: str) -> None:
    """(256, 224) is TorchVision's, floor(224 / 0.95) and 224 are timm's, with its three interpolations."""
    from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Resize

    image = drawn(size, kind)
    for short, wanted in ((256, (224, 224)), (235, (224, 224)), (224, (224, 224)), (80, (64, 96))):
        owner = Compose([Resize(short, InterpolationMode(interpolation), antialias=True), CenterCrop(wanted)])
        described = InputDescription(
            size=wanted, geometry="crop", resize=short, interpolation=interpolation, antialias=True
        )
        assert_alike(described.prepare(image), np.asarray(owner(Image.fromarray(image))))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("interpolation", PILLOWS)
def test_it_stretches_as_pillow_and_opencv_do(size: tuple[int, int], interpolation: str) -> None:
    image = drawn(size, "noise")
    wanted = (96, 64)
    by = Image.Resampling[interpolation.upper()]
    antialiased = InputDescription(size=wanted, interpolation=interpolation, antialias=True)
    assert_alike(antialiased.prepare(image), np.asarray(Image.fromarray(image).resize((64, 96), by)))
    how = {"nearest": cv2.INTER_NEAREST, "bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC}
    how["lanczos"] = cv2.INTER_LANCZOS4
    plain = InputDescription(size=wanted, interpolation=interpolation, antialias=False)
    assert_alike(plain.prepare(image), cv2.resize(image, (64, 96), interpolation=how[interpolation]))


def ultralytics_letterbox(
    image: np.ndarray, new_shape: tuple[int, int], *, scaleup: bool, center: bool
) -> np.ndarray:
    """`LetterBox.__call__` of Ultralytics 8 with `auto=False`, as it is published."""
    shape = image.shape[:2]
    ratio = min(new_shape[0] / shape[0], new_shape[1] / shape[1])
    if not scaleup:
        ratio = min(ratio, 1.0)
    new_unpad = round(shape[1] * ratio), round(shape[0] * ratio)
    dw, dh = new_shape[1] - new_unpad[0], new_shape[0] - new_unpad[1]
    if center:
        dw /= 2
        dh /= 2
    if shape[::-1] != new_unpad:
        image = cv2.resize(image, new_unpad, interpolation=cv2.INTER_LINEAR)
    top, bottom = round(dh - 0.1) if center else 0, round(dh + 0.1)
    left, right = round(dw - 0.1) if center else 0, round(dw + 0.1)
    return cv2.copyMakeBorder(image, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(114, 114, 114))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("scaleup", "center"), [(True, True), (False, True), (True, False)])
def test_it_letterboxes_as_ultralytics_does(size: tuple[int, int], scaleup: bool, center: bool) -> None:
    image = drawn(size, "noise")
    for wanted in ((320, 320), (96, 160)):
        described = InputDescription(
            size=wanted,
            geometry="letterbox",
            pad=(114, 114, 114),
            place="centre" if center else "top-left",
            enlarge=scaleup,
            antialias=False,
        )
        expected = ultralytics_letterbox(image, wanted, scaleup=scaleup, center=center)
        assert_alike(described.prepare(image), expected)


def test_a_very_long_image_takes_no_more_memory_than_others() -> None:
    """Resized, it would have 15 million pixels a row: only the part that is seen is computed."""
    line = drawn((1, 60_000), "noise")
    described = InputDescription(size=(224, 224), geometry="crop", resize=256)
    found = described.prepare(line)
    shorter = described.prepare(np.ascontiguousarray(line[:, 29_500:30_500]))
    assert_alike(found, shorter)


def test_it_is_the_same_after_json() -> None:
    described = InputDescription(
        size=(224, 192),
        geometry="letterbox",
        pad=(1, 2, 3),
        place="top-left",
        interpolation="bicubic",
        sources={"geometry": "file"},
    )
    assert InputDescription.from_json(described.to_json()) == described
    with pytest.raises(CardError, match="expected one of"):
        InputDescription.from_json({"size": [3, 3], "geometry": "rotate"})
    with pytest.raises(CardError):
        InputDescription.from_json({"size": "large"})


@pytest.mark.parametrize(
    ("share", "mode", "interpolation", "wanted"),
    [
        (0.875, "center", "bicubic", (224, 224)),
        (0.95, "center", "bicubic", (224, 224)),
        (1.0, "squash", "bicubic", (224, 224)),
        (0.9, "squash", "bilinear", (224, 224)),
        (1.0, "border", "bicubic", (224, 224)),
        (0.9, "center", "bicubic", (128, 64)),
        (1.0, "squash", "bilinear", (64, 96)),
    ],
)
def test_it_is_timms_own_transform(
    share: float, mode: str, interpolation: str, wanted: tuple[int, int]
) -> None:
    """Against timm itself where it is installed, by the settings that its `config.json` holds."""
    data = pytest.importorskip("timm.data", reason="timm is not installed")
    from whylight.adoption.files_beside import timm_facts
    from whylight.adoption.input_facts import Statement, collect

    settings = {"interpolation": interpolation, "crop_pct": share, "crop_mode": mode}
    values = {"mean": (0.4, 0.3, 0.6), "std": (0.5, 0.2, 0.3)}
    owner = data.create_transform(input_size=(3, *wanted), **settings, **values)
    listed = {name: list(numbers) for name, numbers in values.items()}
    facts = timm_facts({"pretrained_cfg": {"input_size": [3, *wanted], **settings, **listed}})
    described = collect([Statement("beside", "config.json", facts)]).describe(wanted)
    assert described is not None
    for size in SIZES:
        image = drawn(size, "noise")
        planes = owner(Image.fromarray(image)).numpy().transpose(1, 2, 0) * values["std"] + values["mean"]
        assert_alike(described.prepare(image), np.rint(255 * planes).astype(np.uint8))


@pytest.mark.parametrize(("share", "mode"), [(0.9, "squash"), (0.9, "border")])
def test_of_timms_other_geometries_nothing_is_said(share: float, mode: str) -> None:
    from whylight.adoption.files_beside import timm_facts

    settings = {"input_size": [3, 224, 192], "crop_pct": share, "crop_mode": mode}
    assert timm_facts({"pretrained_cfg": settings}) == {"size": (224, 192)}


def test_it_is_ultralytics_own_letterbox() -> None:
    """Against Ultralytics itself where it is installed."""
    augment = pytest.importorskip("ultralytics.data.augment", reason="ultralytics is not installed")
    described = InputDescription(size=(96, 160), geometry="letterbox", pad=(114, 114, 114), antialias=False)
    owner = augment.LetterBox((96, 160), auto=False)
    for size in SIZES:
        image = drawn(size, "noise")
        assert_alike(described.prepare(image), owner(image=image))
