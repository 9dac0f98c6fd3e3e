"""Usual inputs of detectors whose files do not say them, by the form of outputs.

Only forms that one family of detectors has are read so, and only where neither the user nor the file nor a
file beside it says anything; the card names the source "assumed".
"""

from __future__ import annotations

from collections.abc import Mapping

import onnx

from whylight.adoption.detectors.distributions import levels_of
from whylight.adoption.detectors.grids import find_grids
from whylight.adoption.image_input import find_image
from whylight.adoption.input_facts import Facts, Statement
from whylight.errors import ModelError
from whylight.images.geometry import (
    ASSUMED,
    BGR,
    BILINEAR,
    GREY_114,
    LETTERBOX,
    RGB,
    STRETCH,
    TOP_LEFT,
)

Shape = tuple[int | None, ...]
_BLACK = (0, 0, 0)
_BYTES = ((0.0,) * 3, (1 / 255,) * 3)
_UNIT = ((0.0,) * 3, (1.0,) * 3)
_IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_LANDMARKS = 10
_SELECTED = [(1, False), (1, False), (2, True)]
"""Outputs of TorchVision's detectors, which resize and normalise by themselves: boxes, scores, labels. Masks
or keypoints may stand beside them."""
_MOST_SELECTED = 5
_LINE_SIZE = (48, 320)
_PAGE_SIZE = (736, 736)
"""Of PaddleOCR's detectors of text: their smallest length of a side, a multiple of 32."""
_LINE_OF_TEXT: Facts = {
    "values": ((0.5,) * 3, (0.5,) * 3),
    "colours": BGR,
    "geometry": LETTERBOX,
    "pad": (128, 128, 128),
    "place": TOP_LEFT,
    "interpolation": BILINEAR,
    "antialias": False,
}


def usual_statement(model: onnx.ModelProto, size: tuple[int, int] | None = None) -> list[Statement]:
    """Return the usual input of a detector of this form; empty if none is known.

    Args:
        model: as it was read.
        size: height and width in pixels, for a file that leaves them open.
    """
    shapes = {value.name: _shape(value) for value in model.graph.output}
    reads_text = any(entry.key == "character" for entry in model.metadata_props)
    of_text = _LINE_SIZE if reads_text else _PAGE_SIZE if _finds_text(model, shapes) else None
    whose = f"the usual input of PaddleOCR's {'recognisers' if reads_text else 'detectors of text'}"
    try:
        size = find_image(model, size).size
    except ModelError:
        return [] if of_text is None else [Statement(ASSUMED, whose, {"size": of_text, **_LINE_OF_TEXT})]
    if of_text is not None:
        return [Statement(ASSUMED, whose, _LINE_OF_TEXT)]
    is_paddle = _is_paddle(model)
    for family, facts in _families(shapes, size, is_paddle=is_paddle).items():
        return [Statement(ASSUMED, f"the usual input of {family}", facts)]
    return []


def _is_paddle(model: onnx.ModelProto) -> bool:
    """Whether Paddle2ONNX wrote a file."""
    dims = [dim for value in model.graph.input for dim in value.type.tensor_type.shape.dim]
    return "paddle" in model.producer_name.lower() or any(dim.dim_param.startswith("p2o.") for dim in dims)


def _finds_text(model: onnx.ModelProto, shapes: Mapping[str, Shape]) -> bool:
    """Whether a file is PaddleOCR's: one sigmoid a pixel, for images of any size."""
    makers = {name: node.op_type for node in model.graph.node for name in node.output}
    maps = [name for name, shape in shapes.items() if len(shape) == 4 and shape[1:] == (1, None, None)]
    return _is_paddle(model) and len(shapes) == len(maps) == 1 and makers.get(maps[0]) == "Sigmoid"


def _families(shapes: Mapping[str, Shape], size: tuple[int, int], *, is_paddle: bool) -> dict[str, Facts]:
    ends = sorted(shape[-1] for shape in shapes.values() if shape and shape[-1] is not None)
    plain = {"interpolation": BILINEAR, "antialias": False}
    if shapes.keys() >= {"cls_8", "obj_8", "bbox_8", "kps_8"}:
        corner = {"geometry": LETTERBOX, "pad": _BLACK, "place": TOP_LEFT}
        return {"YuNet": {"values": _BYTES, "colours": BGR, **corner, **plain}}
    if ends == [1, 1, 1, 4, 4, 4, _LANDMARKS, _LANDMARKS, _LANDMARKS] and len(shapes) == len(ends):
        values = ((127.5 / 255,) * 3, (128 / 255,) * 3)
        corner = {"geometry": LETTERBOX, "pad": _BLACK, "place": TOP_LEFT}
        return {"SCRFD": {"values": values, "colours": RGB, **corner, **plain}}
    is_pair = shapes.keys() == {"scores", "boxes"} and _last(shapes["boxes"]) == 4
    if is_pair and _last(shapes["scores"]) in (2, 3):
        values = ((127 / 255,) * 3, (128 / 255,) * 3)
        return {"Ultra-Light-Face": {"values": values, "colours": RGB, "geometry": STRETCH, **plain}}
    if shapes.keys() == {"dets", "labels"} and _last(shapes["dets"]) == 4:
        return {"RF-DETR": {"values": _IMAGENET, "colours": RGB, "geometry": STRETCH, **plain}}
    whole = [(name, tuple(size or 0 for size in shape)) for name, shape in shapes.items()]
    if levels_of(whole, size) is not None:
        if is_paddle:
            return {"PicoDet": {"values": _IMAGENET, "colours": RGB, "geometry": STRETCH, **plain}}
        padded = {"geometry": LETTERBOX, "pad": _BLACK, **plain}
        return {"NanoDet": {"values": _IMAGENET, "colours": BGR, **padded}}
    forms = [(len(shape), _last(shape) == 4) for shape in shapes.values()]
    if sorted(form for form in forms if form in _SELECTED) == _SELECTED and len(forms) <= _MOST_SELECTED:
        return {"TorchVision's detectors": {"values": _UNIT, "colours": RGB, "geometry": STRETCH, **plain}}
    boxed = {"geometry": LETTERBOX, "pad": GREY_114, **plain}
    for shape in shapes.values():
        if len(shape) != 3 or None in shape[1:]:
            continue
        _, rows, columns = shape
        assert rows is not None
        assert columns is not None
        places, width = max(rows, columns), min(rows, columns)
        grids = find_grids(size, places) if 6 <= width < places / 2 else ()
        if grids and columns < rows and places == sum(h * w for h, w in grids):
            return {"YOLOX": {"values": _BYTES, "colours": BGR, **boxed, "place": TOP_LEFT}}
        if grids:
            return {"YOLO": {"values": _UNIT, "colours": RGB, **boxed}}
    return {}


def _last(shape: Shape) -> int | None:
    return shape[-1] if shape else None


def _shape(value: onnx.ValueInfoProto) -> Shape:
    return tuple(
        dim.dim_value if dim.HasField("dim_value") else None for dim in value.type.tensor_type.shape.dim
    )
