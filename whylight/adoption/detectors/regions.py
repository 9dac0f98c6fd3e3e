"""Detectors of two stages: TorchVision's Faster, Mask and Keypoint R-CNN.

A first stage proposes regions, as many as it likes. A second one pools maps over each (RoiAlign) and answers
for it: shares of the classes, the first of which is nothing, and a box for each class. The best regions by
their likeliest class are kept as P queries, and the second stage is repeated for them alone, on maps sampled
by GridSample, which gives what RoiAlign gives and has a gradient. Regions are constants, as they are in
training (Ren et al., *Faster R-CNN*, arXiv:1506.01497, section 3.2;
docs/decisions/0131-detectors-of-two-stages.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.adoption.detectors.box_forms import scaled, turned
from whylight.adoption.detectors.heads import Found, Heads, Run, Values
from whylight.adoption.detectors.inside import shapes_of
from whylight.adoption.detectors.levels import input_scale, with_outputs, without_least_score
from whylight.adoption.detectors.score_logits import logit_of_shares
from whylight.detection.description import XYXY
from whylight.graphs.editor import GraphEditor
from whylight.graphs.graph_view import Graph, attributes_of

Real = NDArray[np.float64]
MOST_REGIONS = 100
"""Regions that are kept; TorchVision lists as many boxes at most."""
_NOTHING = 0
"""Index of the class for nothing."""
_NO_ANSWER = -50.0
"""Logit of the places that are left over where fewer regions were proposed."""
_FRACTIONS = 65536.0
"""Steps a pixel of a region's sides, once they are constants."""
_MOVING = ("Cast", "Identity", "Reshape", "Slice", "Squeeze", "Transpose", "Unsqueeze")
_TOLERANCE = 1e-3
_LINEAR_SINCE = 20
"""Operator set since which GridSample calls its interpolation `linear`."""


@dataclass(frozen=True, slots=True)
class _Level:
    """One RoiAlign."""

    map_: str
    """`[1, C, h, w]`."""
    size: tuple[int, int]
    """h and w."""
    scale: float
    """Places of the map a pixel."""
    offset: float
    """Places by which its regions are moved: 0.5 where pixels are counted by their centres."""
    rows: str | None
    """Indexes of the regions that it pools, int64; None for all."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """The second stage."""

    levels: tuple[_Level, ...]
    pooled: str
    """The pooled maps of all regions, `[R, C, rows, columns]`."""
    size: tuple[int, int, int]
    """C, rows and columns of a pooled map."""
    samples: int
    """Samples a cell along each side."""
    regions: tuple[str, ...]
    """Names of the regions, `[R, 4]`: corners in pixels of the resized image."""
    shares: str
    """`[R, classes]`."""
    classes: int
    boxes: str
    """`[R, classes, 4]`, corners in pixels of the resized image."""


def find_regions(model: onnx.ModelProto, outputs: Values, size: tuple[int, int], run: Run) -> Heads | None:
    """Find regions, and what the second stage answers for them.

    Args:
        model: the network. It is not changed.
        outputs: values for one image.
        size: height and width of the input.
        run: see `Run`.
    """
    shapes = [value.shape for value in outputs.values()]
    if sum(len(shape) == 1 for shape in shapes) < 2 or all(shape[1:] != (4,) for shape in shapes):
        return None
    graph = Graph(model)
    if all(node.op_type != "RoiAlign" for node in graph.nodes):
        return None
    stage = _stage(model, graph, run)
    if stage is None:
        return None
    scale = input_scale(model, graph, size, run)
    if not _are_selected(model, graph, stage, scale, run):
        return None

    def append(editor: GraphEditor) -> tuple[str, str]:
        return _append(editor, graph, stage, scale)

    def read(found: Values) -> Found:
        return _read(stage, scale, found)

    return Heads(
        form="the softmax's share of its class",
        tensors=(stage.shares, stage.boxes),
        classes=stage.classes - 1,
        places=MOST_REGIONS,
        box_form=XYXY,
        needs_nms=True,
        append=append,
        read=read,
        are_queries=True,
        background=_NOTHING,
    )


def _stage(model: onnx.ModelProto, graph: Graph, run: Run) -> _Stage | None:
    """Find the tensors of the second stage by their shapes and places in the graph."""
    needed = graph.upstream(graph.outputs)
    names = [name for node in graph.nodes for name in node.output if name in needed]
    shapes = shapes_of(model, names, run)
    every = [node for node in graph.nodes if node.op_type == "RoiAlign" and node.output[0] in needed]
    pooling = graph.downstream(every[0].output[0]) if every else set()
    shares = next(
        (
            name
            for name in reversed(names)
            if name in pooling and graph.producer[name].op_type == "Softmax" and len(shapes[name]) == 2
        ),
        None,
    )
    if shares is None:
        return None
    count, classes = shapes[shares]
    before = graph.upstream([shares])
    aligns = [node for node in every if node.output[0] in before]
    behind = set.intersection(*(graph.downstream(node.output[0]) for node in aligns))
    form = shapes[aligns[0].output[0]][1:]
    pooled = next((name for name in names if name in behind and shapes[name] == (count, *form)), None)
    after = graph.downstream(pooled) if pooled is not None else set()
    boxes = next(
        (name for name in reversed(names) if name in after and shapes[name] == (count, classes, 4)), None
    )
    above = set.intersection(*(graph.upstream([node.input[1]]) for node in aligns))
    candidates = [name for name in names if name in above and shapes[name] == (count, 4)]
    samples = {attributes_of(node).get("sampling_ratio", 0) for node in aligns}
    if pooled is None or boxes is None or not candidates or len(samples) != 1 or min(samples) < 1:
        return None
    values = run(with_outputs(model, candidates))
    last = values[candidates[-1]]
    same = tuple(name for name in candidates if np.array_equal(values[name], last))
    levels = tuple(_level(graph, node, shapes, count) for node in aligns)
    if any(level is None for level in levels):
        return None
    return _Stage(
        tuple(level for level in levels if level is not None),
        pooled,
        (form[0], form[1], form[2]),
        int(samples.pop()),
        same,
        shares,
        classes,
        boxes,
    )


def _level(
    graph: Graph, node: onnx.NodeProto, shapes: Mapping[str, tuple[int, ...]], count: int
) -> _Level | None:
    """Read one RoiAlign; None if it pools in another way than by means."""
    attributes = attributes_of(node)
    if attributes.get("mode", "avg") not in ("avg", b"avg") or node.input[0] not in shapes:
        return None
    # Before opset 16 there was no attribute, and regions were not moved.
    way = attributes.get("coordinate_transformation_mode", "half_pixel" if graph.opset >= 16 else "")
    halved = way in ("half_pixel", b"half_pixel")
    rows = None
    name = node.input[1]
    while rows is None and (maker := graph.producer.get(name)) is not None:
        name = maker.input[0]
        gathers = maker.op_type in ("Gather", "GatherND")
        if gathers and attributes_of(maker).get("axis", 0) == 0 and shapes.get(name, ())[:1] == (count,):
            rows = maker.input[1]
        elif not gathers and maker.op_type not in _MOVING:
            break
    height, width = shapes[node.input[0]][2:]
    return _Level(
        node.input[0],
        (height, width),
        float(attributes.get("spatial_scale", 1.0)),
        0.5 if halved else 0.0,
        rows,
    )


def _are_selected(model: onnx.ModelProto, graph: Graph, stage: _Stage, scale: Real, run: Run) -> bool:
    """Whether every box that the file selects is one of a region and a class.

    Any score is enough for this.
    """
    tried = without_least_score(model, graph)
    outputs = [output.name for output in model.graph.output]
    found = run(with_outputs(tried, [*outputs, stage.shares, stage.boxes]))
    given = [np.asarray(found[name]) for name in outputs]
    rows = next(value for value in given if value.ndim == 2 and value.shape[1] == 4)
    flat = {value.dtype.kind: value for value in given if value.shape == (len(rows),)}
    if not len(rows) or not {"f", "i"} <= flat.keys():
        return False
    shares, boxes = (np.asarray(found[name], np.float64) for name in (stage.shares, stage.boxes))
    boxes = boxes * scale.ravel()
    extent = _TOLERANCE * max(float(np.abs(boxes).max()), 1.0)
    for box, score, label in zip(rows, flat["f"], flat["i"], strict=True):
        if not 0 < label < stage.classes:
            return False
        near = np.abs(shares[:, label] - score) <= _TOLERANCE
        if not near.any() or np.abs(boxes[near, label] - box).max(axis=1).min() > extent:
            return False
    return True


def _read(stage: _Stage, scale: Real, values: Values) -> Found:
    shares, boxes = (np.asarray(values[name], np.float64) for name in (stage.shares, stage.boxes))
    answers = shares[:, _NOTHING + 1 :]
    kept = np.argsort(-np.asarray(values[stage.shares])[:, _NOTHING + 1 :].max(axis=1), kind="stable")
    kept = kept[:MOST_REGIONS]
    best = answers[kept].argmax(axis=1) + _NOTHING + 1
    found = np.zeros((stage.classes - 1, MOST_REGIONS))
    corners = np.zeros((4, MOST_REGIONS))
    found[:, : len(kept)] = answers[kept].T
    corners[:, : len(kept)] = boxes[kept, best].T * scale
    return found, corners


def _append(editor: GraphEditor, graph: Graph, stage: _Stage, scale: Real) -> tuple[str, str]:
    """Add scores `[1, K, P]` and boxes `[1, 4, P]` of the best regions."""
    node, constant = editor.node, editor.constant
    kept, valid = _best_regions(editor, stage)
    regions = _taken(editor, stage.regions[-1], kept, [0.0, 0.0, 1.0, 1.0])
    # Whole numbers have no gradient. With an axis for the image the gradient graph can take them.
    whole = node(
        "Cast", [node("Mul", [regions, constant(_FRACTIONS, np.float32)], stem="fine")], stem="whole", to=7
    )
    steps = node(
        "Reshape", [node("Cast", [whole], stem="steps", to=1), constant([1, MOST_REGIONS, 4])], stem="steps"
    )
    held = node("Div", [steps, constant(_FRACTIONS, np.float32)], stem="regions")
    regions = node("Reshape", [held, constant([MOST_REGIONS, 4])], stem="rows")
    interpolation = "linear" if graph.opset >= _LINEAR_SINCE else "bilinear"
    pooled = _pooled(editor, stage, regions, kept, interpolation)
    given = {stage.pooled: pooled, **dict.fromkeys(stage.regions, regions)}
    shares, boxes = _repeated(editor, graph, given, (stage.shares, stage.boxes))
    rows = [1, MOST_REGIONS, stage.classes]
    shares = node("Reshape", [shares, constant(rows)], stem="shares_of_regions")
    logits = turned(editor, logit_of_shares(editor, shares, stage.classes, range(1, stage.classes)))
    missing = node("Sub", [constant(1.0, np.float32), valid], stem="missing")
    low = node("Mul", [missing, constant(_NO_ANSWER, np.float32)], stem="no_answer")
    scores = node("Add", [node("Mul", [logits, valid], stem="answered"), low], stem="scores")
    return scores, scaled(editor, _boxes_of_best(editor, stage, shares, boxes, valid), scale)


def _best_regions(editor: GraphEditor, stage: _Stage) -> tuple[str, str]:
    """Add indexes `[P]` of the regions with the likeliest class, and which there are.

    The latter is 1 for regions and 0 for places that are left over, `[1, 1, P]`.
    """
    node, constant = editor.node, editor.constant
    likely = node(
        "Slice",
        [stage.shares, constant([_NOTHING + 1]), constant([stage.classes]), constant([1])],
        stem="likely",
    )
    best = node("ReduceMax", [likely, constant([1])], stem="best", keepdims=0)
    padded = node("Concat", [best, constant(np.full(MOST_REGIONS, -1), np.float32)], stem="padded", axis=0)
    values, kept = editor.unique("best_shares"), editor.unique("kept_regions")
    made = onnx.helper.make_node("TopK", [padded, constant([MOST_REGIONS])], [values, kept], axis=0)
    editor.graph.node.append(made)
    valid = node(
        "Cast",
        [node("GreaterOrEqual", [values, constant(0.0, np.float32)], stem="valid")],
        stem="valid",
        to=1,
    )
    return kept, node("Reshape", [valid, constant([1, 1, MOST_REGIONS])], stem="valid")


def _taken(editor: GraphEditor, rows: str, kept: str, spare: Sequence[float]) -> str:
    """Add the rows `[P, a]` that are kept of `[R, a]`, with spare ones behind."""
    more = editor.constant(np.tile(spare, (MOST_REGIONS, 1)), np.float32, "spare")
    return editor.node(
        "Gather", [editor.node("Concat", [rows, more], stem="padded", axis=0), kept], stem="kept", axis=0
    )


def _pooled(editor: GraphEditor, stage: _Stage, regions: str, kept: str, interpolation: str) -> str:
    """Add the pooled maps `[P, C, rows, columns]` of regions `[P, 4]`.

    The samples of all regions are one grid. RoiAlign moves those outside the map to its margin, as the
    padding `border` does, and takes the mean of each cell's samples.
    """
    node, constant = editor.node, editor.constant
    channels, rows, columns = stage.size
    total: str | None = None
    for level in stage.levels:
        across = _samples(editor, regions, 0, level, columns * stage.samples)
        down = _samples(editor, regions, 1, level, rows * stage.samples)
        every = [MOST_REGIONS, rows * stage.samples, columns * stage.samples]
        grid = node(
            "Concat",
            [
                node(
                    "Expand",
                    [node("Unsqueeze", [axis, constant([place, 3])], stem="axis"), constant([*every, 1])],
                    stem="axis",
                )
                for axis, place in ((across, 1), (down, 2))
            ],
            stem="grid",
            axis=3,
        )
        flat = node("Reshape", [grid, constant([1, every[0] * every[1], every[2], 2])], stem="grid")
        sampled = node(
            "GridSample",
            [level.map_, flat],
            stem="sampled",
            mode=interpolation,
            padding_mode="border",
            align_corners=1,
        )
        cell = [stage.samples, stage.samples]
        means = node("AveragePool", [sampled], stem="means", kernel_shape=cell, strides=cell)
        if level.rows is not None:
            means = node("Mul", [means, _mask(editor, stage, level.rows, kept)], stem="of_level")
        total = means if total is None else node("Add", [total, means], stem="of_levels")
    assert total is not None
    apart = node("Reshape", [total, constant([channels, MOST_REGIONS, rows, columns])], stem="apart")
    return node("Transpose", [apart], stem="pooled", perm=[1, 0, 2, 3])


def _samples(editor: GraphEditor, regions: str, axis: int, level: _Level, count: int) -> str:
    """Add the samples along one axis, `[P, count]`.

    They run from -1 at the map's first place to 1 at its last.
    """
    node, constant = editor.node, editor.constant
    last = max(level.size[1 - axis] - 1, 1)
    low, high = (
        node(
            "Sub",
            [
                node(
                    "Mul",
                    [
                        node("Gather", [regions, constant([index])], stem="side", axis=1),
                        constant(level.scale, np.float32),
                    ],
                    stem="on_map",
                ),
                constant(level.offset, np.float32),
            ],
            stem="moved",
        )
        for index in (axis, axis + 2)
    )
    length = node("Sub", [high, low], stem="length")
    if not level.offset:  # regions that are not moved have a length of one at least
        length = node("Max", [length, constant(1.0, np.float32)], stem="length")
    shares = (np.arange(count) + 0.5) / count
    places = node(
        "Add", [low, node("Mul", [length, constant(shares[None], np.float32)], stem="along")], stem="places"
    )
    # RoiAlign's places begin at the middle of the first one.
    return node(
        "Sub",
        [node("Mul", [places, constant(2 / last, np.float32)], stem="share"), constant(1.0, np.float32)],
        stem="grid",
    )


def _mask(editor: GraphEditor, stage: _Stage, rows: str, kept: str) -> str:
    """Add 1 for the regions that a level pools, and 0 for others, `[1, 1, P rows, 1]`."""
    node, constant = editor.node, editor.constant
    flat = node("Reshape", [rows, constant([-1])], stem="rows")
    count = node("Shape", [stage.shares], stem="count", end=1)
    none = node("ConstantOfShape", [count], stem="none")
    ones = node(
        "ConstantOfShape",
        [node("Shape", [flat], stem="count")],
        stem="ones",
        value=onnx.numpy_helper.from_array(np.ones(1, np.float32)),
    )
    marked = node("ScatterElements", [none, flat, ones], stem="marked", axis=0)
    padded = node("Concat", [marked, constant(np.zeros(MOST_REGIONS), np.float32)], stem="marked", axis=0)
    taken = node("Gather", [padded, kept], stem="of_level", axis=0)
    shaped = node("Reshape", [taken, constant([1, 1, MOST_REGIONS, 1])], stem="of_level")
    wide = node("Expand", [shaped, constant([1, 1, MOST_REGIONS, stage.size[1]])], stem="of_level")
    return node("Reshape", [wide, constant([1, 1, MOST_REGIONS * stage.size[1], 1])], stem="of_level")


def _repeated(
    editor: GraphEditor, graph: Graph, given: Mapping[str, str], wanted: tuple[str, str]
) -> tuple[str, str]:
    """Repeat the nodes between some tensors and others; return the latter's new names."""
    needed, made = set(wanted), dict(given)
    for node in reversed(graph.nodes):
        if not needed.isdisjoint(node.output):
            needed.update(name for name in node.input if name and name not in given)
    for node in graph.nodes:
        if needed.isdisjoint(node.output) or made.keys().isdisjoint(node.input):
            continue
        if not given.keys().isdisjoint(node.output):
            continue
        again = onnx.NodeProto()
        again.CopyFrom(node)
        again.name = editor.unique(f"{node.name or node.output[0]}.of_regions")
        again.input[:] = [made.get(name, name) for name in node.input]
        again.output[:] = [editor.unique(f"{name}.of_regions") if name else "" for name in node.output]
        made.update((old, new) for old, new in zip(node.output, again.output, strict=True) if old)
        editor.graph.node.append(again)
    return made[wanted[0]], made[wanted[1]]


def _boxes_of_best(editor: GraphEditor, stage: _Stage, shares: str, boxes: str, valid: str) -> str:
    """Add the box of each region's likeliest class, `[1, 4, P]`.

    It is zero where there is no region.
    """
    node, constant = editor.node, editor.constant
    likely = node(
        "Slice",
        [shares, constant([_NOTHING + 1]), constant([stage.classes]), constant([2])],
        stem="likely",
    )
    best = node("ArgMax", [likely], stem="best", axis=2, keepdims=1)
    label = node("Add", [best, constant(_NOTHING + 1)], stem="label")
    index = node(
        "Expand",
        [
            node("Reshape", [label, constant([MOST_REGIONS, 1, 1])], stem="label"),
            constant([MOST_REGIONS, 1, 4]),
        ],
        stem="label",
    )
    taken = node("GatherElements", [boxes, index], stem="box", axis=1)
    rows = turned(editor, node("Reshape", [taken, constant([1, MOST_REGIONS, 4])], stem="box"))
    return node("Mul", [rows, valid], stem="boxes")
