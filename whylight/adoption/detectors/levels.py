"""Scores that a file selects level by level: TorchVision's RetinaNet and FCOS.

Both join the answers of all levels, `[1, P, K]`, and offsets to anchors, `[1, P, 4]`, cut them into levels
again and pick the best of each. What is joined is read here; the anchors `[P, 4]` are in the file. The
reading counts only if every box that the levels select, any score being enough, is at a place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.adoption.detectors.box_forms import columns, scaled, turned
from whylight.adoption.detectors.heads import FEWEST_PLACES, Found, Heads, Run, Values
from whylight.adoption.detectors.score_logits import logit_of_root
from whylight.detection.description import CXCYWH, XYXY
from whylight.graphs.editor import GraphEditor, set_output
from whylight.graphs.graph_view import Graph

Real = NDArray[np.float64]
_CUTS = ("Cast", "Gather", "Identity", "Slice", "Split", "Squeeze")
"""Operators between what is joined and the sigmoid of a level."""
_LARGEST_POWER = float(np.log(1000 / 16))
"""Limit of the logarithm of a side's growth, in TorchVision's `BoxCoder`."""
_TOLERANCE = 1e-3
_MOST_ANCHORS = 4
_COLOURS = 3


@dataclass(frozen=True, slots=True)
class _Joined:
    """Tensors of all levels."""

    scores: str
    """`[1, P, K]`, before the sigmoid."""
    centredness: str | None
    """`[1, P, 1]`, before the sigmoid (FCOS)."""
    offsets: str
    """`[1, P, 4]`."""
    anchors: Real
    """Centres and sizes `[4, P]`, in pixels of the resized image."""

    def tensors(self) -> tuple[str, ...]:
        """Names of the tensors that are read."""
        return tuple(name for name in (self.scores, self.centredness, self.offsets) if name)


def find_levels(model: onnx.ModelProto, outputs: Values, size: tuple[int, int], run: Run) -> Heads | None:
    """Find the joined answers in front of a selection level by level.

    Args:
        model: the network. It is not changed.
        outputs: values for one image.
        size: height and width of the input.
        run: see `Run`.
    """
    if sorted((value.ndim, value.shape[-1] if value.ndim == 2 else 0) for value in outputs.values()) != [
        (1, 0),
        (1, 0),
        (2, 4),
    ]:
        return None
    graph = Graph(model)
    if all(node.op_type != "TopK" for node in graph.nodes):
        return None
    for joined in _candidates(model, graph, run):
        if _is_selected_from(model, graph, joined, run):
            scale = input_scale(model, graph, size, run)
            return _heads(joined, scale, run(with_outputs(model, joined.tensors())))
    return None


def _candidates(model: onnx.ModelProto, graph: Graph, run: Run) -> list[_Joined]:
    sources = list(
        dict.fromkeys(
            source
            for node in graph.nodes
            if node.op_type == "Sigmoid" and (source := _joined_before(graph, node.input[0])) is not None
        )
    )
    joined = [node.output[0] for node in graph.nodes if node.op_type == "Concat"]
    values = run(with_outputs(model, [*sources, *joined]))
    places = {name: values[name].shape for name in (*sources, *joined) if name in values}
    whole = {
        name: shape[1:]
        for name, shape in places.items()
        if len(shape) == 3 and shape[0] == 1 and shape[1] >= FEWEST_PLACES
    }
    found = []
    for scores in sorted(set(sources) & whole.keys(), key=lambda name: -whole[name][1]):
        count = whole[scores][0]
        beside = [name for name in sources if name != scores and whole.get(name) == (count, 1)]
        offsets = [name for name in joined if whole.get(name) == (count, 4) and name not in (scores, *beside)]
        anchors = [
            values[name] for name in joined if places.get(name) == (count, 4) and _are_corners(values[name])
        ][:_MOST_ANCHORS]
        found += [
            _Joined(scores, beside[0] if beside else None, each, _centres(np.asarray(rows, np.float64)))
            for each in reversed(offsets)
            for rows in reversed(anchors)
        ]
    return found


def _joined_before(graph: Graph, name: str) -> str | None:
    """Return what a level is cut from; None if it is not cut."""
    cut = False
    while (node := graph.producer.get(name)) is not None and node.op_type in _CUTS:
        cut = cut or node.op_type in ("Slice", "Split")
        name = node.input[0]
    return name if cut and node is not None else None


def _are_corners(value: NDArray[np.generic]) -> bool:
    rows = np.asarray(value, np.float64)
    return bool(np.isfinite(rows).all() and (rows[:, 2:] > rows[:, :2]).all())


def _centres(corners: Real) -> Real:
    """Return centres and sizes `[4, P]` of corners `[P, 4]`."""
    low, high = corners[:, :2].T, corners[:, 2:].T
    return np.concatenate([(low + high) / 2, high - low])


def _is_selected_from(model: onnx.ModelProto, graph: Graph, joined: _Joined, run: Run) -> bool:
    """Whether every box that the levels select is at one of the places.

    What all levels selected is joined in front of NonMaxSuppression: boxes `[n, 4]` in pixels of the resized
    image, and as many scores and labels.
    """
    tried = without_least_score(model, graph)
    picked = [name for node in graph.nodes if node.op_type == "TopK" for name in node.output]
    behind = set[str]().union(*(graph.downstream(name) for name in picked))
    joins = [node.output[0] for node in graph.nodes if node.op_type == "Concat" and node.output[0] in behind]
    set_output(tried, *dict.fromkeys([*joins, *joined.tensors()]))
    values = run(tried)
    found = [np.asarray(values[name]) for name in joins if name in values]
    boxes = [value for value in found if value.ndim == 2 and value.shape[1] == 4 and len(value)]
    answers = _answers(joined, values)
    decoded = _corners(joined, _decoded(joined, np.asarray(values[joined.offsets], np.float64)[0].T))
    for rows in boxes:
        flat = {value.dtype.kind: value for value in found if value.shape == (len(rows),)}
        if not {"f", "i"} <= flat.keys():
            continue
        if flat["i"].min() >= 0 and flat["i"].max() < len(answers):
            return _are_at_places(rows, flat["f"], flat["i"], answers, decoded)
    return False


def _are_at_places(
    boxes: NDArray[np.generic],
    scores: NDArray[np.generic],
    labels: NDArray[np.generic],
    answers: Real,
    decoded: Real,
) -> bool:
    """Whether boxes `[n, 4]`, their scores and labels are those of places."""
    limits = np.asarray(boxes, np.float64).max(axis=0)[2:]
    placed = np.clip(decoded, 0, np.tile(limits, 2)[:, None])
    extent = _TOLERANCE * limits.max()
    rows = np.asarray(boxes, np.float64), np.asarray(scores, np.float64), np.asarray(labels, np.int64)
    for box, score, label in zip(*rows, strict=True):
        near = np.abs(answers[label] - score) <= _TOLERANCE
        if not near.any() or np.abs(placed[:, near] - box[:, None]).max(axis=0).min() > extent:
            return False
    return True


def input_scale(model: onnx.ModelProto, graph: Graph, size: tuple[int, int], run: Run) -> Real:
    """Return factors `[4, 1]` from pixels of the resized image to the input's."""
    resizes = [node.output[0] for node in graph.nodes if node.op_type == "Resize"]
    for name in resizes[:1]:
        shape = run(with_outputs(model, [name]))[name].shape
        if len(shape) == 4 and shape[1] == _COLOURS:
            return np.array([[size[1] / shape[3]], [size[0] / shape[2]]] * 2)
    return np.ones((4, 1))


def with_outputs(model: onnx.ModelProto, names: Iterable[str]) -> onnx.ModelProto:
    """Return a copy of a network that gives out some of its tensors."""
    tried = onnx.ModelProto()
    tried.CopyFrom(model)
    set_output(tried, *dict.fromkeys(names))
    return tried


def without_least_score(model: onnx.ModelProto, graph: Graph) -> onnx.ModelProto:
    """Return a copy whose comparisons of scores with a constant all hold."""
    tried = onnx.ModelProto()
    tried.CopyFrom(model)
    editor = GraphEditor(tried)
    least = editor.constant(-1.0, np.float32, "least_score")
    for node in tried.graph.node:
        limit = graph.constants.get(node.input[1]) if node.op_type == "Greater" else None
        if (
            limit is not None
            and limit.dtype == np.float32
            and limit.size == 1
            and 0 < float(limit.item()) < 1
        ):
            node.input[1] = least
    return tried


def _answers(joined: _Joined, values: Values) -> Real:
    """Return the answers `[K, P]`."""
    with np.errstate(over="ignore"):
        found = 1 / (1 + np.exp(-np.asarray(values[joined.scores], np.float64)[0].T))
        if joined.centredness is not None:
            found = np.sqrt(found / (1 + np.exp(-np.asarray(values[joined.centredness], np.float64)[0].T)))
    return np.asarray(found, np.float64)


def _decoded(joined: _Joined, offsets: Real) -> Real:
    """Decode offsets `[4, P]`: distances to the sides (FCOS), or centre and growth."""
    middle, sides = joined.anchors[:2], joined.anchors[2:]
    if joined.centredness is not None:
        return np.concatenate([middle - offsets[:2] * sides, middle + offsets[2:] * sides])
    grown = np.exp(np.minimum(offsets[2:], _LARGEST_POWER)) * sides
    return np.concatenate([middle + offsets[:2] * sides, grown])


def _corners(joined: _Joined, boxes: Real) -> Real:
    """Return corners `[4, P]` of decoded boxes."""
    if joined.centredness is not None:
        return boxes
    return np.concatenate([boxes[:2] - boxes[2:] / 2, boxes[:2] + boxes[2:] / 2])


def _heads(joined: _Joined, scale: Real, values: Values) -> Heads:
    def append(editor: GraphEditor) -> tuple[str, str]:
        scores = joined.scores
        if joined.centredness is not None:
            scores = logit_of_root(editor, scores, joined.centredness)
        offsets = turned(editor, joined.offsets)
        return turned(editor, scores), scaled(editor, _decoding(editor, joined, offsets), scale)

    def read(found: Values) -> Found:
        offsets = np.asarray(found[joined.offsets], np.float64)[0].T
        return _answers(joined, found), _decoded(joined, offsets) * scale

    _, places, classes = values[joined.scores].shape
    return Heads(
        form="the root of centredness x class" if joined.centredness else "the sigmoid of its class",
        tensors=joined.tensors(),
        classes=classes,
        places=places,
        box_form=XYXY if joined.centredness else CXCYWH,
        needs_nms=True,
        append=append,
        read=read,
    )


def _decoding(editor: GraphEditor, joined: _Joined, offsets: str) -> str:
    """Add what `_decoded` computes, `[N, 4, P]`."""
    middle, sides = (
        editor.constant(part[None], np.float32, "anchors")
        for part in (joined.anchors[:2], joined.anchors[2:])
    )
    first, second = columns(editor, offsets, 0, 2), columns(editor, offsets, 2, 4)
    moved = editor.node("Mul", [first, sides], stem="offsets")
    if joined.centredness is not None:
        low = editor.node("Sub", [middle, moved], stem="upper_left")
        far = editor.node("Mul", [second, sides], stem="distances")
        return editor.node(
            "Concat", [low, editor.node("Add", [middle, far], stem="lower_right")], stem="decoded", axis=1
        )
    centres = editor.node("Add", [moved, middle], stem="centres")
    limit = editor.constant(_LARGEST_POWER, np.float32, "largest_power")
    powers = editor.node("Exp", [editor.node("Min", [second, limit], stem="limited")], stem="powers")
    grown = editor.node("Mul", [powers, sides], stem="sides")
    return editor.node("Concat", [centres, grown], stem="decoded", axis=1)
