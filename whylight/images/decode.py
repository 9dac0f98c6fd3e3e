"""Decode an image file or its bytes to upright RGB uint8 `[H, W, 3]`.

JPEG, PNG, WebP, TIFF, BMP and the first image of a GIF, decoded by OpenCV (whose JPEGs equal Pillow's
bit for bit). EXIF orientation is applied; greyscale is repeated over the channels; transparency is laid
over white; 16-bit samples are scaled to 8 bits; CMYK JPEGs become RGB as in Pillow. An image is read whole
or not at all: a truncated file is refused, because a grey lower half would be explained as if it were the
image.
"""

from __future__ import annotations

import io
import math
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.errors import ImageError, Message, ResourceError
from whylight.images.decoder_process import NoDecoderError, decode_in_child, size_in_child
from whylight.images.headers import (
    ASSOCIATED_ALPHA,
    MAGIC_BYTES,
    STRAIGHT_ALPHA,
    HeaderError,
    exif_orientation,
    image_format,
    image_size,
    is_animated,
    jpeg_precision,
    jpeg_scans,
    png_chunks,
    png_colour_type,
    png_depth,
    png_significant_bits,
    tiff_alpha,
    tiff_numbers,
    tiff_pages,
)
from whylight.images.limits import (
    CHILD_WORK,
    MAX_ANIMATED_PIXELS,
    MAX_BYTES,
    MAX_DECODING_BYTES,
    MAX_PIXELS,
    MAX_PIXELS_A_BYTE,
    MAX_SCANNED_PIXELS,
    MAX_SCANS,
    SPARSE_PIXELS,
)
from whylight.images.other_formats import (
    PLUGINS,
    RAW_SUFFIXES,
    open_with_plugin,
    other_format,
    require_plugin,
    unreadable,
)
from whylight.sandbox.program import is_isolated


class PillowImage(Protocol):
    """Interface of `PIL.Image.Image` that is used; Pillow need not be installed."""

    @property
    def mode(self) -> str:
        """`RGB`, `L`, `RGBA` and so on."""

    def convert(self, mode: str) -> PillowImage:
        """Return the image in another mode."""


ImageLike = str | os.PathLike[str] | bytes | NDArray[np.uint8] | PillowImage
"""A path, the bytes of an image file, an array (see `as_rgb`), or a Pillow image."""

_NARROW_BITS = 14
"""Values that need more bits than these are taken for 16 bits."""

_TIFF_COMPRESSION, _TIFF_CHANNELS, _TIFF_MAX_SAMPLE = 259, 277, 281
_UNREAD_COMPRESSIONS = MappingProxyType(
    {34712: "JPEG 2000", 34925: "LZMA", 50000: "Zstandard", 50001: "WebP", 50002: "JPEG XL"}
)

_CHECKED_COMPRESSIONS = frozenset({5, 8, 32773, 32946})
"""LZW, deflate by both of its numbers, and PackBits."""
_PILLOW_FAILED = ("decoder error", "image file is truncated", "broken data stream")
_MOST_CHECKED_PIXELS = 80_000_000
"""Above 89 million pixels Pillow warns."""

_DEFLATE_RATIO = 1040
"""Bytes that a byte of deflated data can stand for at most."""

_PLUGIN_BYTES_A_PIXEL, _ANIMATED_BYTES_A_PIXEL = 20, 12
"""Measured 9 to 17 (planes, Pillow's copy, ours), and 9 to 12 (the canvas before and after a frame)."""

_STRIP_PIXELS = 1 << 20
"""Pixels that are converted at a time."""

_EXIF = 0  # cv2.IMAGE_METADATA_EXIF


def read_image(source: str | os.PathLike[str] | bytes) -> NDArray[np.uint8]:
    """Read an image from a path or bytes as contiguous RGB uint8 `[H, W, 3]`.

    Raises `ImageError`, naming the file and what is wrong: missing, a folder, not readable, empty, no
    image, of a format that is not supported, truncated or damaged, or more than `MAX_PIXELS` pixels. The
    size is checked in the header, before pixels are allocated.
    """
    return open_image(source).decode()


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """Image file in memory, not decoded; only its header was read."""

    name: str
    """Path of the file, for messages."""
    format: str
    size: tuple[int, int]
    """Width and height in pixels, before any EXIF orientation."""
    data: bytes

    @property
    def pixels(self) -> int:
        """Number of pixels, each of three bytes once decoded."""
        return self.size[0] * self.size[1]

    @property
    def decoding_bytes(self) -> int:
        """Memory that decoding takes at most, the image of three bytes a pixel included."""
        return self.pixels * _decoding_bytes_a_pixel(self.format, self.data)

    def decode(self) -> NDArray[np.uint8]:
        """Decode to contiguous RGB uint8 `[H, W, 3]`.

        Raises `ImageError` where its data are damaged.
        """
        return self.decode_noting()[0]

    def decode_noting(self) -> tuple[NDArray[np.uint8], tuple[Message, ...]]:
        """Decode the image; return it with notes for the viewer.

        Notes name a scaled range of values, or further pages that are not shown. HEIC, AVIF, JPEG XL and
        large images are decoded in a child process (`whylight.images.decoder_process`).

        Raises:
            ImageError: its data are damaged, or of a kind that is not supported; or the child process
                crashed, or exceeded a limit of memory or time.
        """
        if not self._needs_child or not is_isolated():
            return self.decode_here()
        try:
            return decode_in_child(self.name, self.format, self.size, self.data)
        except NoDecoderError:
            if self.format in PLUGINS:
                raise
            return self.decode_here()  # its header was held to all bounds but that of time

    @property
    def _needs_child(self) -> bool:
        if self.format in PLUGINS:
            return True
        scans = jpeg_scans(self.data) if self.format == "JPEG" else 1
        return self.pixels * scans > CHILD_WORK

    def decode_here(self) -> tuple[NDArray[np.uint8], tuple[Message, ...]]:
        """Decode as `decode_noting` does, in this process."""
        notes: list[Message] = []
        try:
            if self.format in PLUGINS:
                return _decode_with_plugin(self.name, self.format, self.data), ()
            if self.format == "JPEG":
                image = _decode_jpeg(self.data)
            else:
                image = _decode_with_alpha(self.data, self.format, notes)
        except (HeaderError, cv2.error) as error:
            if isinstance(error, cv2.error) and error.code == cv2.Error.StsNoMem:
                raise self._too_little_memory() from error
            raise _undecodable(self.name, error) from error
        except MemoryError:
            raise self._too_little_memory() from None
        if image is None:
            raise ImageError(
                "{path}: the {kind} data are truncated or damaged", path=self.name, kind=self.format
            )
        return image, tuple(notes)

    def _too_little_memory(self) -> ResourceError:
        return ResourceError(
            "{path}: there is not enough memory to decode {width:,} x {height:,} pixels",
            path=self.name,
            width=self.size[0],
            height=self.size[1],
        )


def as_rgb(image: ImageLike) -> NDArray[np.uint8]:
    """Return a path, bytes, an array or a Pillow image as RGB uint8 `[H, W, 3]`.

    Arrays are uint8: RGB `[H, W, 3]` as it is, grey `[H, W]` repeated, RGBA `[H, W, 4]` laid over white, as
    files are. Pillow images are taken as they are: EXIF orientation is for `PIL.ImageOps.exif_transpose`.

    Raises:
        ImageError: the file cannot be read, or what was given is no image.
    """
    if isinstance(image, (str, os.PathLike, bytes)):
        return read_image(image)
    if hasattr(image, "mode") and hasattr(image, "convert"):
        return _from_pillow(image)
    if not isinstance(image, np.ndarray):
        raise ImageError(
            "the image is a {type}; expected a path, the bytes of an image file, a Pillow image, or an array "
            "uint8 [H, W, 3]",
            type=type(image).__name__,
        )
    if image.dtype == np.uint8 and image.size:
        if image.ndim == 3 and image.shape[2] == 3:
            return image
        if image.ndim == 2:
            return _over_white(image, premultiplied=False)
        if image.ndim == 3 and image.shape[2] == 4:
            bgra = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGBA2BGRA), np.uint8)
            return _over_white(bgra, premultiplied=False)
    hint = Message("")
    if image.ndim == 3 and image.shape[0] in (1, 3, 4) and image.shape[2] not in (1, 3, 4):
        hint = Message("; it looks as if the channels came first: image.transpose(1, 2, 0)")
    elif image.dtype != np.uint8:
        hint = Message("; values of 0 to 1 become so by (image * 255).round().astype('uint8')")
    raise ImageError(
        "the image is {dtype} {shape}; expected RGB uint8 [H, W, 3]{hint}",
        dtype=image.dtype,
        shape=list(image.shape),
        hint=hint,
    )


def _from_pillow(image: PillowImage) -> NDArray[np.uint8]:
    """Convert a Pillow image: transparency over white, 16 bits scaled to 8."""
    if image.mode.startswith("I"):  # `convert` would cut 16 bits off at 255
        levels = np.asarray(image)
        if levels.min(initial=0) < 0 or levels.max(initial=0) > 65535:
            raise ImageError("the Pillow image holds numbers outside of 16 bits; scale them to 8 bits first")
        return _over_white(_eight_bits(levels.astype(np.uint16)), premultiplied=False)
    if image.mode in ("RGBA", "LA", "PA", "P", "La", "RGBa"):
        return as_rgb(np.asarray(image.convert("RGBA")))
    return as_rgb(np.ascontiguousarray(np.asarray(image.convert("RGB"))))


def open_image(source: str | os.PathLike[str] | bytes, name: str | None = None) -> EncodedImage:
    """Read an image file without decoding it, for its format and size.

    `name` is what messages call bytes. Raises `ImageError` for all that `read_image` names but damaged data.
    """
    if isinstance(source, bytes):
        name, data = name or Message("the image"), source
    else:
        name, data = str(Path(source)), _read_bytes(Path(source))
        if Path(source).suffix.lower() in RAW_SUFFIXES:
            raise ImageError(
                "{path}: cameras' raw files ({suffix}) are not supported; convert it to JPEG, PNG or TIFF",
                path=name,
                suffix=Path(source).suffix[1:].upper(),
            )
    if not data:
        raise ImageError("{path}: the file is empty", path=name)
    kind = image_format(data[:MAGIC_BYTES])
    if kind is None and (other := other_format(data[:MAGIC_BYTES])) is not None:
        require_plugin(name, other)
        if is_isolated():
            size = size_in_child(name, other, data)
        else:
            size = open_with_plugin(name, other, data).size
        return _within_limit(EncodedImage(name, other, size, data))
    if kind is None:
        raise ImageError("{path}: not an image (expected JPEG, PNG, WebP, TIFF, BMP or GIF)", path=name)
    try:
        width, height = image_size(data)
    except HeaderError as error:
        raise _undecodable(name, error) from error
    return _within_limit(EncodedImage(name, kind, (width, height), data))


def _within_limit(image: EncodedImage) -> EncodedImage:
    """Return an image that may be decoded; raise `ImageError` for too large a one."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise ImageError(
            "{path}: {width:,} x {height:,} pixels; the limit is {limit:,.0f} megapixels. Make it "
            "smaller first",
            path=image.name,
            width=width,
            height=height,
            limit=MAX_PIXELS / 1e6,
        )
    if width * height > max(SPARSE_PIXELS, MAX_PIXELS_A_BYTE * len(image.data)):
        raise ImageError(
            "{path}: {size:,} bytes cannot hold {width:,} x {height:,} pixels of an image: it is damaged, or "
            "all of one colour",
            path=image.name,
            size=len(image.data),
            width=width,
            height=height,
        )
    if width * height > MAX_ANIMATED_PIXELS and is_animated(image.format, image.data):
        raise ImageError(
            "{path}: {width:,} x {height:,} pixels; the limit for GIFs and animations is {limit:,.0f} "
            "megapixels. Make it smaller first",
            path=image.name,
            width=width,
            height=height,
            limit=MAX_ANIMATED_PIXELS / 1e6,
        )
    if image.decoding_bytes > MAX_DECODING_BYTES:
        raise ImageError(
            "{path}: {width:,} x {height:,} pixels take {needed:,.0f} MB to decode; the limit is "
            "{limit:,.0f} MB. Make it smaller first",
            path=image.name,
            width=width,
            height=height,
            needed=image.decoding_bytes / 1e6,
            limit=MAX_DECODING_BYTES / 1e6,
        )
    if image.format == "JPEG":
        scans = jpeg_scans(image.data)
        if scans > MAX_SCANS or scans * width * height > MAX_SCANNED_PIXELS:
            raise ImageError(
                "{path}: a JPEG of {scans:,} scans, each of which decodes all {width:,} x {height:,} pixels "
                "again; the limit is {limit:,}",
                path=image.name,
                scans=scans,
                width=width,
                height=height,
                limit=min(MAX_SCANS, MAX_SCANNED_PIXELS // (width * height)),
            )
    return image


def _decoding_bytes_a_pixel(kind: str, data: bytes) -> int:
    """Return the bytes a pixel that decoding takes at most, by the header."""
    if kind == "JPEG":
        return 2 * 3  # the image, and the image turned upright
    if kind in PLUGINS:
        return _PLUGIN_BYTES_A_PIXEL
    if is_animated(kind, data):
        return _ANIMATED_BYTES_A_PIXEL
    if kind == "PNG":
        channels = {0: 1, 2: 3, 3: 4, 4: 4, 6: 4}.get(png_colour_type(data), 4)
        samples = channels * (2 if png_depth(data) == 16 else 1)
    elif kind == "TIFF":
        samples = tiff_numbers(data).get(_TIFF_CHANNELS, 4) * 2
    else:
        samples = 4
    if samples <= 3:
        return 2 * 3
    return samples + max(samples // 2, 3)


def _read_bytes(path: Path) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise ImageError("{path}: is a folder, not an image", path=path)
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
            raise ImageError("{path}: is not a regular file", path=path)
        if status.st_size > MAX_BYTES:
            size, limit = status.st_size // 2**20, MAX_BYTES // 2**20
            raise ImageError(
                "{path}: the file has {size:,} MiB; the limit is {limit:,} MiB",
                path=path,
                size=size,
                limit=limit,
            )
        with path.open("rb") as file:
            head = file.read(MAGIC_BYTES)
            # A large file that is no image is not worth reading to its end, and one that grows has none.
            known = image_format(head) or other_format(head)
            return head if known is None else head + file.read(MAX_BYTES)
    except FileNotFoundError:
        raise ImageError("{path}: there is no such file", path=path) from None
    except PermissionError:
        raise ImageError("{path}: you may not read this file", path=path) from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise ImageError("{path}: cannot be read: {reason}", path=path, reason=error) from error


def _undecodable(name: str, error: HeaderError | cv2.error) -> ImageError:
    reason = error if isinstance(error, HeaderError) else error.err or Message("the decoder gave up")
    return ImageError("{path}: cannot be decoded: {reason}", path=name, reason=reason)


def _decode_jpeg(data: bytes) -> NDArray[np.uint8] | None:
    """Decode a JPEG; OpenCV handles greyscale, CMYK and EXIF orientation."""
    if (bits := jpeg_precision(data)) != 8:
        raise HeaderError("its samples have {bits} bits; JPEGs of 8 bits are supported", bits=bits)
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    return None if image is None else np.asarray(image, np.uint8)


def _decode_with_plugin(name: str, kind: str, data: bytes) -> NDArray[np.uint8]:
    """Decode HEIC, AVIF or JPEG XL, upright."""
    from PIL import ImageOps

    try:
        return np.ascontiguousarray(_from_pillow(ImageOps.exif_transpose(open_with_plugin(name, kind, data))))
    except (MemoryError, ImageError):
        raise
    except Exception as error:  # each plug-in has errors of its own
        raise unreadable(name, error) from error


def _decode_with_alpha(data: bytes, kind: str, notes: list[Message]) -> NDArray[np.uint8] | None:
    """Decode with alpha and 16 bits kept, then blend, scale and orient the image.

    OpenCV does none of these three when it decodes unchanged.

    What the viewer should know is added to `notes`.
    """
    tags = tiff_numbers(data) if kind == "TIFF" else {}
    if (channels := tags.get(_TIFF_CHANNELS, 1)) > 4:
        raise HeaderError("it has {channels} channels; 1, 3 and 4 are supported", channels=channels)
    if tags.get(_TIFF_COMPRESSION) in _CHECKED_COMPRESSIONS:
        _require_tiff_data(data)
    transparent_grey = None
    if kind == "PNG":
        _require_png_data(data)
        transparent_grey = _png_transparent_grey(data)
    decoded, metadata_kinds, metadata = cv2.imdecodeWithMetadata(
        np.frombuffer(data, np.uint8), flags=cv2.IMREAD_UNCHANGED
    )
    if decoded is None or decoded.size == 0:
        if (compression := _UNREAD_COMPRESSIONS.get(tags.get(_TIFF_COMPRESSION, 1))) is not None:
            raise HeaderError("its compression, {compression}, is not supported", compression=compression)
        return None
    if kind == "TIFF" and (pages := tiff_pages(data)) > 1:
        notes.append(Message("{pages} pages; the first is shown", pages=pages))
    if kind == "BMP" and decoded.ndim == 3 and decoded.shape[2] == 4 and not decoded[..., 3].any():
        decoded = np.ascontiguousarray(decoded[..., :3])  # unused, as nobody saves an invisible image
    bits = _declared_bits(data, kind, tags)
    transparent = None
    if transparent_grey is not None and decoded.ndim == 2:
        transparent = decoded == transparent_grey
    premultiplied = kind == "TIFF" and _tiff_is_premultiplied(data, decoded.dtype == np.uint8)
    scaled = _eight_bits(decoded, bits, notes)
    del decoded  # twice the size of what is left of it, if it had 16 bits
    if transparent is not None:
        scaled[transparent] = 255
    image = _over_white(scaled, premultiplied)
    # OpenCV turns a TIFF upright itself even when it decodes unchanged.
    if kind != "TIFF" and _EXIF in metadata_kinds:
        exif = metadata[list(metadata_kinds).index(_EXIF)]
        image = apply_exif_orientation(image, exif_orientation(exif.tobytes()))
    return image


def apply_exif_orientation(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Rotate and mirror `[H, W, 3]` by EXIF `orientation` (1 to 8); contiguous."""
    if orientation in (5, 6, 7, 8):
        image = image.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)


def _require_png_data(data: bytes) -> None:
    """Refuse a PNG with less data than its size needs, before memory is taken for it."""
    width, height = image_size(data)
    bits = png_depth(data) * {2: 3, 4: 2, 6: 4}.get(png_colour_type(data), 1)
    if (width * bits + 7) // 8 * height > _DEFLATE_RATIO * len(data):
        raise HeaderError(
            "it is truncated: too little data for {width:,} x {height:,} pixels", width=width, height=height
        )


def _require_tiff_data(data: bytes) -> None:
    """Refuse a TIFF whose compressed data end early or make no sense.

    OpenCV leaves such rows black and says nothing, since libtiff goes on after errors for it. Pillow does
    not; what Pillow does not read at all is left to OpenCV.
    """
    from PIL import Image, UnidentifiedImageError

    if math.prod(image_size(data)) > _MOST_CHECKED_PIXELS:
        return
    try:
        with Image.open(io.BytesIO(data), formats=("TIFF",)) as image:
            image.load()
    except (UnidentifiedImageError, MemoryError):
        return
    except OSError as error:
        if str(error).startswith(_PILLOW_FAILED):
            raise HeaderError("its compressed data are damaged") from error
    except Exception:  # of a kind that Pillow cannot read
        return


def _png_transparent_grey(data: bytes) -> int | None:
    """Return the transparent grey level of a greyscale PNG, or None.

    It is on the scale that OpenCV decodes to.

    OpenCV expands this chunk (tRNS) for colour and palette, but forgets it for greyscale. Walking the
    chunks also finds a truncated file before the decoder complains on stderr.
    """
    depth, colour_type, level = 8, -1, None
    for kind, content in png_chunks(data):
        if kind == b"IHDR" and len(content) > 9:
            depth, colour_type = content[8], content[9]
        elif kind == b"tRNS" and colour_type == 0 and len(content) >= 2:
            level = int.from_bytes(content[:2], "big")
    return level if level is None or depth >= 8 else level * 255 // (2**depth - 1)


def _tiff_is_premultiplied(data: bytes, eight_bits: bool) -> bool:
    """Return whether a TIFF's colours, once decoded, are multiplied with its alpha.

    Associated alpha is so in the file. To straight alpha of 8 bits libtiff does it while decoding, of 16 bits
    it does not. Alpha that the file does not declare is taken as straight, as Pillow takes it.
    """
    alpha = tiff_alpha(data)
    return alpha == ASSOCIATED_ALPHA or (eight_bits and alpha == STRAIGHT_ALPHA)


def _declared_bits(data: bytes, kind: str, tags: Mapping[int, int]) -> int | None:
    """Return the bits a sample that a file declares it uses of 16, or None."""
    if kind == "PNG":
        return png_significant_bits(data)
    # sBIT of a PNG counts from the top; TIFF's greatest value stands for white.
    return tags[_TIFF_MAX_SAMPLE].bit_length() if tags.get(_TIFF_MAX_SAMPLE) else None


def _eight_bits(
    decoded: NDArray[Any], declared: int | None = None, notes: list[Message] | None = None
) -> NDArray[np.uint8]:
    """Scale samples to 8 bits.

    Cameras and scanners of 10 to 14 bits store their values in 16 as they are, which makes them almost
    black. Where an image's values fit in 14 bits or fewer, the least number of bits that holds them is its
    range.

    Args:
        decoded: uint8 or uint16 `[H, W]` or `[H, W, C]`, a 4th channel being alpha.
        declared: the bits of a sample that the file says it uses, where it does.
        notes: what the viewer should know is added to them.
    """
    if decoded.dtype == np.uint8:
        return decoded
    if decoded.dtype == np.uint16:
        colours = decoded[..., :3] if decoded.ndim == 3 else decoded
        most = int(colours.max(initial=0))
        bits = max(most.bit_length(), 8)
        if declared is not None and bits < declared <= 16:
            bits = declared
        if not most > 0 or bits > _NARROW_BITS:  # 65535 / 255 = 257; rounded, not cut off
            return np.asarray(cv2.convertScaleAbs(decoded, alpha=1 / 257), np.uint8)
        if notes is not None:
            notes.append(
                Message("values of 0 to {most:,} in 16 bits, shown as {bits} bits", most=most, bits=bits)
            )
        scaled = np.asarray(cv2.convertScaleAbs(decoded, alpha=255 / (2**bits - 1)), np.uint8)
        if decoded.ndim == 3 and decoded.shape[2] == 4:
            scaled[..., 3] = cv2.convertScaleAbs(np.ascontiguousarray(decoded[..., 3]), alpha=1 / 257)
        return scaled
    raise HeaderError("its samples are {dtype}; 8 and 16 bits a channel are supported", dtype=decoded.dtype)


def _over_white(image: NDArray[np.uint8], premultiplied: bool) -> NDArray[np.uint8]:
    """Convert grey `[H, W]`, BGR or BGRA `[H, W, 3 or 4]` to RGB over white.

    Args:
        image: uint8.
        premultiplied: whether the colours are already multiplied by alpha.
    """
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels == 1:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB), np.uint8)
    if channels == 3:
        for strip in _strips(image):
            strip[:] = cv2.cvtColor(strip, cv2.COLOR_BGR2RGB)
        return image
    if channels != 4:
        raise HeaderError("it has {channels} channels; 1, 3 and 4 are supported", channels=channels)
    blended = np.empty((*image.shape[:2], 3), np.uint8)
    for strip, target in zip(_strips(image), _strips(blended), strict=True):
        rgb = cv2.cvtColor(strip, cv2.COLOR_BGRA2RGB)
        alpha = cv2.merge([cv2.extractChannel(strip, 3)] * 3)
        if not premultiplied:
            # c a / 255, rounded: 255 is odd, so that no quotient lies half way between two levels.
            rgb = cv2.multiply(rgb, alpha, scale=1 / 255)
        target[:] = cv2.add(rgb, cv2.bitwise_not(alpha))  # saturates
    return blended


def _strips(image: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Yield strips of rows of an image `[H, W, C]`, for whose copies there is room."""
    rows = max(_STRIP_PIXELS // image.shape[1], 1)
    return (image[top : top + rows] for top in range(0, image.shape[0], rows))
