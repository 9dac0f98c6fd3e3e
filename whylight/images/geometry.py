"""Geometry, interpolation and value range of a network's images, with sources.

Images are brought to the network's input on the host, with Pillow and OpenCV, since ONNX Runtime's `Resize`
cannot equal them: docs/decisions/0082-what-the-model-sees.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.errors import CardError
from whylight.images.torch_resize import resize_as_torch
from whylight.json_object import parse_object
from whylight.view import View

STRETCH, CROP, LETTERBOX = GEOMETRIES = ("stretch", "crop", "letterbox")
"""To the input's size without keeping the aspect; shorter side to a length, then the centre; longer side to
the input's, then padding."""

NEAREST, BILINEAR, BICUBIC, LANCZOS, TORCH_BILINEAR, TORCH_BICUBIC = INTERPOLATIONS = (
    "nearest",
    "bilinear",
    "bicubic",
    "lanczos",
    "torch-bilinear",
    "torch-bicubic",
)
"""The last two round as PyTorch does on 8-bit tensors, see `whylight.images.torch_resize`; the others as
Pillow does, or as OpenCV without antialiasing."""

PILLOW_NUMBERS = {0: NEAREST, 1: LANCZOS, 2: BILINEAR, 3: BICUBIC}
"""Interpolations by the numbers of Pillow, as Hugging Face's files and processors hold them."""

AS_TORCH = {BILINEAR: TORCH_BILINEAR, BICUBIC: TORCH_BICUBIC}
"""Interpolations that PyTorch rounds in its own way, by those of Pillow."""

CENTRE, TOP_LEFT = PLACES = ("centre", "top-left")
"""Where a letterboxed image lies in the input; at the top left, it is padded at the bottom and right."""

ROUND, FLOOR = CORNERS = ("round", "floor")
"""How half a pixel of a centre crop's corner is rounded: to the even one as in TorchVision, or down as in
Hugging Face's processors."""

RGB, BGR, GREY = COLOURS = ("rgb", "bgr", "grey")

FILE, BESIDE, PRESET, USER, ASSUMED = SOURCES = ("file", "beside", "preset", "user", "assumed")
"""Where a fact comes from: the model's metadata, a file beside it, a preset named by the user, an option, or
nothing but a guess."""

GREY_114 = (114, 114, 114)
"""The colour with which YOLO pads."""

_LARGEST = 2**25
"""Pixels of an enlarged image, above which only the part that is seen is computed."""


_PLAIN = {as_torch: plain for plain, as_torch in AS_TORCH.items()}

_OPENCV = {BILINEAR: cv2.INTER_LINEAR, BICUBIC: cv2.INTER_CUBIC, LANCZOS: cv2.INTER_LANCZOS4}


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDescription:
    """Preparation of an image for the network.

    Mean and std stand in the card. `whylight.images.geometry` does the rest.
    """

    size: tuple[int, int]
    """Height and width of the network's input in pixels."""
    geometry: str = STRETCH
    """One of `GEOMETRIES`."""
    resize: int | None = None
    """Length in pixels to which the shorter side is resized before cropping; None for the input's own."""
    cover: tuple[int, int] | None = None
    """Height and width in pixels that the resized image just covers before cropping, in place of `resize`."""
    corner: str = ROUND
    """How the corner of a centre crop is rounded, one of `CORNERS`."""
    pad: tuple[int, int, int] = (0, 0, 0)
    """Colour of the padding, RGB."""
    place: str = CENTRE
    """Where a letterboxed image lies, one of `PLACES`."""
    enlarge: bool = True
    """Whether letterboxing enlarges images smaller than the input."""
    interpolation: str = BILINEAR
    """One of `INTERPOLATIONS`."""
    antialias: bool = True
    """Whether its window widens when the image gets smaller, as Pillow's does and OpenCV's does not."""
    colours: str = RGB
    """Order of the channels that the network takes, one of `COLOURS`."""
    values: str = ""
    """The range of the values that the network takes, in words (`0..255`)."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Where each fact comes from, one of `SOURCES` by the names of the fields, and `mean`."""

    def __post_init__(self) -> None:
        known = (
            (self.geometry, GEOMETRIES),
            (self.interpolation, INTERPOLATIONS),
            (self.place, PLACES),
            (self.corner, CORNERS),
            (self.colours, COLOURS),
        )
        for value, allowed in known:
            if value not in allowed:
                raise CardError(
                    "the input description holds '{value}'; expected one of {known}",
                    value=value,
                    known=", ".join(allowed),
                )
        if min(*self.size, *(self.cover or self.size)) < 1 or (self.resize is not None and self.resize < 1):
            raise CardError(
                "the input description has the size {size}; expected pixels", size=list(self.size)
            )

    def view(self, image_size: tuple[int, int]) -> View:
        """Return the place of an image of `(H, W)` pixels in the input."""
        if self.geometry == CROP:
            return self._cropped(image_size)
        if self.geometry == LETTERBOX:
            return self._letterboxed(image_size)
        if self.resize is None:
            return View(image_size, self.size, self.size, (0, 0))
        resized = (self.resize, self.resize)
        return View(image_size, self.size, resized, _centred(resized, self.size, self.corner))

    def _cropped(self, image_size: tuple[int, int]) -> View:
        """TorchVision's `Resize(S)` and `CenterCrop((h, w))`, with their rounding.

        To cover sides of different lengths, timm's `ResizeKeepRatio`.
        """
        if self.cover is not None:
            ratio = min(side / covered for side, covered in zip(image_size, self.cover, strict=True))
            sides = [round(side / ratio) for side in image_size]
        else:
            short, length = self.resize or max(self.size), min(image_size)
            sides = [short if side == length else int(short * side / length) for side in image_size]
        resized = (sides[0], sides[1])
        return View(image_size, self.size, resized, _centred(resized, self.size, self.corner))

    def _letterboxed(self, image_size: tuple[int, int]) -> View:
        """Ultralytics' `LetterBox`, with its rounding."""
        scale = min(self.size[0] / image_size[0], self.size[1] / image_size[1])
        if not self.enlarge:
            scale = min(scale, 1.0)
        sides = [max(1, round(side * scale)) for side in image_size]
        free = [(whole - side) / 2 for whole, side in zip(self.size, sides, strict=True)]
        at = [round(half - 0.1) if self.place == CENTRE else 0 for half in free]
        return View(image_size, self.size, (sides[0], sides[1]), (at[0], at[1]))

    def prepare(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Bring an image RGB uint8 `[H, W, 3]` to the input's size, RGB uint8 `[h, w, 3]`."""
        view = self.view((image.shape[0], image.shape[1]))
        rows, columns = view.in_input()
        # The part of the resized image that lies in the input.
        top, left = (max(0, -at) for at in view.offset)
        part = (top, left, top + rows.stop - rows.start, left + columns.stop - columns.start)
        seen = _resized(image, view.resized, part, self.interpolation, antialias=self.antialias)
        if view.padding is None:
            return seen
        whole = np.empty((*self.size, 3), np.uint8)
        whole[:] = self.pad
        whole[rows, columns] = seen
        return whole

    def describe(self) -> str:
        """Geometry and interpolation in words."""
        height, width = self.size
        how = f"{self.interpolation}{', antialiased' if self.antialias else ''}"
        if self.geometry == CROP and self.cover is not None:
            return f"resized to cover {self.cover[0]} x {self.cover[1]}, centre {height} x {width} ({how})"
        if self.geometry == CROP:
            short = self.resize or max(self.size)
            return f"shorter side to {short}, centre {height} x {width} ({how})"
        if self.geometry == LETTERBOX:
            where = "" if self.place == CENTRE else " at the bottom and right"
            return f"longer side to fit {height} x {width}, padded with {self.pad}{where} ({how})"
        first = "" if self.resize is None else f"{self.resize} x {self.resize}, of which the centre "
        return f"stretched to {first}{height} x {width} ({how})"

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {**asdict(self), "sources": dict(self.sources)}

    @classmethod
    def from_json(cls, found: Any) -> InputDescription:
        """Parse what `to_json` made.

        Raises:
            CardError: it is something else.
        """
        return parse_object(found, "input", cls._of)

    @classmethod
    def _of(cls, entries: Mapping[str, Any]) -> InputDescription:
        known = {entry.name for entry in fields(cls)}
        given = {key: value for key, value in entries.items() if key in known}
        for name, count in (("size", 2), ("pad", 3), ("cover", 2)):
            if given.get(name) is not None:
                given[name] = tuple(int(value) for value in given[name])
                if len(given[name]) != count:
                    raise ValueError(name)
        given["sources"] = dict(given.get("sources", {}))
        return cls(**given)


def _centred(resized: tuple[int, int], size: tuple[int, int], corner: str) -> tuple[int, int]:
    """Corner of a centre crop; padding where the image is smaller."""
    at = []
    for length, whole in zip(resized, size, strict=True):
        beyond = length - whole
        cut = round(beyond / 2.0) if corner == ROUND else beyond // 2
        at.append((whole - length) // 2 if length < whole else -cut)
    return at[0], at[1]


def _resized(
    image: NDArray[np.uint8],
    size: tuple[int, int],
    part: tuple[int, int, int, int],
    interpolation: str,
    *,
    antialias: bool,
) -> NDArray[np.uint8]:
    """Return part `(top, left, bottom, right)` of an image resized to `size` (H, W)."""
    top, left, bottom, right = part
    height, width = size
    if image.shape[:2] == size:
        return np.ascontiguousarray(image[top:bottom, left:right])
    if interpolation == NEAREST:
        # Each axis by itself: an index is resized in place of the pixels.
        rows = _nearest(image.shape[0], height, antialias=antialias)[top:bottom]
        columns = _nearest(image.shape[1], width, antialias=antialias)[left:right]
        return np.ascontiguousarray(image[rows[:, None], columns])
    plain = _PLAIN.get(interpolation, interpolation)
    from PIL import Image

    how = Image.Resampling[plain.upper()]
    if height * width > max(_LARGEST, image.shape[0] * image.shape[1]):
        # A very long image, enlarged: Pillow computes the part alone. It may take the axes in the other order
        # then, which shows where bicubic values are clipped in between.
        scale_y, scale_x = image.shape[0] / height, image.shape[1] / width
        box = (left * scale_x, top * scale_y, right * scale_x, bottom * scale_y)
        return np.array(Image.fromarray(image).resize((right - left, bottom - top), how, box))
    if antialias and interpolation != plain:
        whole = resize_as_torch(image, size, plain)
    elif antialias:
        whole = np.asarray(Image.fromarray(image).resize((width, height), how))
    else:
        by = _OPENCV[plain]
        whole = np.asarray(cv2.resize(image, (width, height), interpolation=by), np.uint8)
    return np.array(whole[top:bottom, left:right])


def _nearest(length: int, wanted: int, *, antialias: bool) -> NDArray[np.int64]:
    """Return the index of the pixel that Pillow or OpenCV takes for each one wanted."""
    index = np.arange(length, dtype=np.float32)[None]
    if antialias:
        from PIL import Image

        resized = np.asarray(Image.fromarray(index).resize((wanted, 1), Image.Resampling.NEAREST))
    else:
        resized = np.asarray(cv2.resize(index, (wanted, 1), interpolation=cv2.INTER_NEAREST))
    return np.asarray(resized[0], np.int64)
