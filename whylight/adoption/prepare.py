"""Prepare an ONNX file for differentiation: standard input, batch and logits."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from whylight.adoption.batch_layout import UnbatchableNodeError
from whylight.adoption.constant_if import fold_constant_ifs
from whylight.adoption.contrib_operators import decompose_contrib_ops
from whylight.adoption.dequantize_early import dequantize_early, dequantize_input
from whylight.adoption.detectors.find import find_heads
from whylight.adoption.detectors.grids import Grid, find_grids, layers_of_grids, trace_grids
from whylight.adoption.detectors.heads import Heads
from whylight.adoption.detectors.raw_heads import refuse_raw_heads
from whylight.adoption.dynamic_batch import make_batch_dynamic
from whylight.adoption.find_logits import (
    Scores,
    append_logits,
    expose_as_output,
    expose_class_token,
    find_answers,
    find_scores,
    open_label_maps,
    open_rounded_outputs,
)
from whylight.adoption.image_input import ImageInput, find_image, standardise_input
from whylight.adoption.load_model import (
    flatten,
    leave_out_looped,
    opset,
    read_graph,
    read_model,
    refuse_operators,
)
from whylight.adoption.opset_upgrade import upgrade_opset
from whylight.adoption.per_image_scan import depends_across_batch, wrap_in_scan
from whylight.adoption.qoperator_to_qdq import qoperator_to_qdq
from whylight.adoption.score_parts import append_part, split_part
from whylight.adoption.segmenter_scores import SegmenterScores, append_segments, find_segmenter
from whylight.adoption.to_float32 import to_float32
from whylight.adoption.verify_gradients import trial_images
from whylight.answers import SIGMOID
from whylight.bundled import sample_images
from whylight.detection.description import DetectorDescription
from whylight.errors import ModelError
from whylight.graphs.bounds import refuses_broken_files
from whylight.graphs.editor import GraphEditor, free_names, graphs_within, set_output
from whylight.graphs.extraction import values_at
from whylight.graphs.graph_view import Graph
from whylight.graphs.in_memory import open_in_memory
from whylight.graphs.shape_probing import ProbedShapes, infer_dynamic_shapes, infer_static_shapes
from whylight.images.decode import read_image
from whylight.layers.behind_normalisation import behind_normalisation
from whylight.layers.find_layers import Layer, choose_default, find_layers
from whylight.layers.influence import has_influence
from whylight.layers.region_layer import choose_for_regions
from whylight.runtime.file_kind import runtime_reason
from whylight.runtime.shared_zero_points import unshare_zero_points
from whylight.segmentation.description import SegmenterDescription
from whylight.steps import FREEING_BATCH, PROBING, READING, TRYING, begin
from whylight.tensor_names import (
    ACTIVATIONS,
    BOXES,
    GRADIENTS,
    IMAGE,
    IMAGE_INDEX,
    LOGITS,
    MASKS,
    PLACE_SCORES,
    PLACE_WEIGHTS,
    SCORE_WEIGHTS,
)

RESERVED = (
    *(IMAGE, LOGITS, ACTIVATIONS, GRADIENTS, IMAGE_INDEX, SCORE_WEIGHTS),
    *(PLACE_SCORES, PLACE_WEIGHTS, BOXES, MASKS),
)
"""Names that tensors of a pair have; those of the file make room for them."""

_PHOTOGRAPHS = 3
_BYTES = ((0.0,) * 3, (1 / 255,) * 3)
_SIGNED = ((128 / 255,) * 3, (1 / 255,) * 3)
_ANY_SIZE = (64, 64)


@dataclass(frozen=True)
class PreparedModel:
    """Imported network in standard form: one input, logits, any batch size.

    `model` takes normalised RGB float32 `images` `[N, 3, h, w]` and gives `logits` `[N, K]`, for any N.
    """

    model: onnx.ModelProto
    image: ImageInput
    scores: Scores
    opset: int
    """As the file had it."""
    converted_types: tuple[str, ...]
    """Real types other than float32 that the file had."""
    batch_was_fixed: bool
    is_one_by_one: bool
    """Whether images of a batch are answered one after the other (`whylight.adoption.per_image_scan`)."""
    metadata: dict[str, str]
    probed: ProbedShapes
    trials: NDArray[np.float32]
    """Images as the network takes them, float32 `[n, 3, h, w]`, on which it is tried."""
    heads: Heads | None = None
    """Reading of a detector's scores and boxes; None for a classifier."""
    segments: SegmenterScores | None = None
    """Scores of a segmenter, by the name of the file; None for any other network."""
    stuck: str = ""
    """Why it takes one image alone, and is differentiated so; empty if it takes any number."""

    @property
    def item_shape(self) -> tuple[int, int, int]:
        """`(3, h, w)`."""
        return (3, *self.image.size)

    @property
    def is_quantized(self) -> bool:
        """Whether it rounds to whole numbers on the way, as quantised networks do."""
        nodes = [node for graph in graphs_within(self.model.graph) for node in graph.node]
        return any("Quantize" in node.op_type or "QLinear" in node.op_type for node in nodes)

    @cached_property
    def graph(self) -> Graph:
        """The model's graph, all that it computes from shapes folded."""
        graph = Graph(self.model)
        graph.fold(self.probed.constants)
        return graph

    @cached_property
    def layers(self) -> list[Layer]:
        """Layers of the file that can be explained."""
        ours = f"{self.model.graph.input[0].name}."  # what was put before the file's own nodes
        scores = LOGITS if self.segments is None else PLACE_SCORES
        found = find_layers(self.graph, self.probed, scores)
        answers = (PLACE_SCORES, BOXES, MASKS)
        return [layer for layer in found if not layer.name.startswith(ours) and layer.name not in answers]

    @cached_property
    def default_layer(self) -> tuple[Layer, str]:
        """Layer that is explained if none is named, and the reason for the choice."""
        layers = self.layers
        if self.heads is not None:
            # Rows of queries, or of places, have no places of their own in the image.
            layers = [layer for layer in layers if not layer.layout.tokens] or layers
        if self.segments is None:
            scores, (layer, why) = LOGITS, choose_default(layers, self.graph, self.changes_with_input)
        else:
            scores = PLACE_SCORES
            layer, why = choose_for_regions(self.model, layers, self.trials[:1])
        normed = behind_normalisation(self.model, self.graph, layers, layer, scores, self.trials[:1])
        if normed == layer:
            return layer, why
        if normed.name in self.graph.downstream(layer.name):
            return normed, f"{why}, behind its normalisation"
        return normed, f"{why}, or rather the deepest before it that no normalisation follows"

    @cached_property
    def detector(self) -> DetectorDescription | None:
        """Description of a detector for its card; None for a classifier."""
        if self.heads is None:
            return None
        grids = self._grids
        # In a loop over single images the layer is chosen once, for all boxes.
        named = all(grid.layer for grid in grids) and not self.stuck
        return DetectorDescription(
            places=self.heads.places,
            box_form=self.heads.box_form,
            needs_nms=self.heads.needs_nms,
            grids=tuple(grid.size for grid in grids),
            counts=tuple(grid.places for grid in grids),
            layers=tuple(grid.layer for grid in grids) if named else (),
            masks=() if self.heads.masks is None else self.heads.masks.shape,
        )

    @property
    def _grids(self) -> tuple[Grid, ...]:
        """Grids whose cells the places of a detector are."""
        assert self.heads is not None
        if self.heads.are_queries:
            return ()
        sizes = {
            name: (info.shape[2], info.shape[3])
            for name, info in self.probed.infos.items()
            if info.rank == 4 and isinstance(info.shape[2], int) and isinstance(info.shape[3], int)
        }
        places = self.heads.places
        if found := trace_grids(self.graph, sizes, self.layers, PLACE_SCORES, BOXES, places):
            return found
        grids = find_grids(self.image.size, places)
        anchors = places // sum(rows * columns for rows, columns in grids) if grids else 1
        layers = layers_of_grids(grids, self.layers, self.graph) or ("",) * len(grids)
        return tuple(
            Grid(grid, anchors * grid[0] * grid[1], layer) for grid, layer in zip(grids, layers, strict=True)
        )

    @property
    def segmenter(self) -> SegmenterDescription | None:
        """Description of a segmenter for its card; None for any other network."""
        return (
            None
            if self.segments is None
            else SegmenterDescription(grid=self.segments.grid, is_line=self.segments.is_line)
        )

    @property
    def any_layer(self) -> Layer | None:
        """Default layer; None if there is none and only methods without a layer work."""
        try:
            return self.default_layer[0]
        except ModelError:
            return None

    def changes_with_input(self, layer: Layer) -> bool:
        """Return whether the logits depend on where values lie in a layer's map.

        See `whylight.layers.influence`.
        """
        return has_influence(self.model, layer, LOGITS, self.trials[:1], self._token_values)

    @cached_property
    def _token_values(self) -> dict[str, NDArray[np.generic]]:
        """Values of all rows of tokens, for one image."""
        names = [layer.name for layer in self.layers if layer.layout.tokens and layer.is_cut]
        return values_at(self.model, tuple(names), self.trials[:1])


@refuses_broken_files
def prepare(
    path: Path,
    *,
    size: tuple[int, int] | None = None,
    scores: str | None = None,
    bgr: bool = False,
    answers: str | None = None,
    gradients: bool = True,
    scaling: tuple[Sequence[float], Sequence[float]] | None = None,
) -> PreparedModel:
    """Read a classifier and bring it into standard form.

    Args:
        path: an ONNX file.
        size: height and width in pixels, for a file that leaves them open.
        scores: the output that holds the scores, where there are several; also a tensor inside, or a part of
            one, as in `output[0:7]`.
        bgr: whether the network takes blue first.
        answers: what the answers are, one of `whylight.answers.KINDS`, where the file cannot tell.
        gradients: False for a network that need not be differentiated, only run.
        scaling: mean and std of the values that it takes, for the images on which it is tried; None where
            that is not known yet.

    Raises:
        ModelError: it is not an image classifier, holds operators without a gradient, or needs an option that
            was not given.
    """
    begin(READING)
    model = read_model(path)
    version = opset(model)
    image = find_image(model, size)
    if image.batch not in (None, 1):
        raise ModelError(
            "input '{input}' fixes the batch to {batch} images; export the model with a batch of "
            "one or of any size",
            input=image.name,
            batch=image.batch,
        )
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    batches = (1,) if image.batch else (1, 2)
    trials = trial_inputs(image, scaling)
    if fold_constant_ifs(
        model, [{image.name: image.original(trials[:batch], bgr=False)} for batch in batches]
    ):
        model = flatten(model)
    if gradients:
        leave_out_looped(model)
        refuse_operators(model)
    upgrade_opset(model)
    for open_ in (qoperator_to_qdq, decompose_contrib_ops):
        with nullcontext() if gradients else suppress(ModelError):  # what stays closed can be run
            open_(model)
    unshare_zero_points(model)
    dequantize_early(model)
    if image.is_whole:
        dequantize_input(model, image.name)
    converted = to_float32(model)
    standardise_input(model, image, bgr=bgr)
    item_shape = (3, *image.size)
    metadata.update(open_label_maps(model))
    open_rounded_outputs(model)
    if scores is not None:
        expose_as_output(model, split_part(scores)[0])
        append_part(model, scores)
    begin(TRYING)
    session = _session(model)
    outputs = _run(session, trials[:1])
    tried_out = PreparedModel(
        model,
        image,
        Scores("", "", None, 0),
        version,
        tuple(converted),
        batch_was_fixed=False,
        is_one_by_one=False,
        metadata=metadata,
        probed=ProbedShapes({}, {}, {}),
        trials=trials,
    )

    def run(tried: onnx.ModelProto) -> dict[str, NDArray[np.generic]]:
        return _run(_session(tried), trials[:1])

    if scores is None and (heads := find_heads(model, image.size, run, metadata)):
        at = Scores(heads.tensors[0], heads.tensors[0], None, heads.classes, SIGMOID)
        return _prepared_detector(model, heads, replace(tried_out, scores=at, heads=heads))
    if scores is None:
        refuse_raw_heads(model, outputs)
    if segments := find_segmenter(model, outputs, run, image.size, scores):
        at = Scores(segments.tensor, segments.tensor, None, segments.classes, segments.kind)
        return _prepared_segmenter(model, replace(tried_out, scores=at, segments=segments), segments)
    states = expose_class_token(model, outputs) if scores is None else None
    if states is not None:
        session = _session(model)
        outputs = _run(session, trials[:1])
    found = replace(find_scores(model, outputs, scores), source=states or "")
    expose_as_output(model, found.tensor)
    if found.tensor not in outputs:
        session = _session(model)
    if scaling is None and not image.is_whole and _all_alike(session, trials, found.tensor):
        trials = trial_inputs(image, _BYTES)  # to a network of 0 to 255 all of them were black
    images = trials[:2]
    # Strong contrasts as well: logits follow them, and what lies in 0..1 by its nature stays there.
    stronger = () if image.is_whole else (8 * trials[0], 8 * trials[1])
    probes = [_run(session, one[None]) for one in (*trials, *stronger)]
    values, inner = (
        np.stack([probe[name].reshape(-1).astype(np.float32) for probe in probes])
        for name in (found.output, found.tensor)
    )
    rounded = any("Quantize" in node.op_type for node in model.graph.node)
    found = find_answers(found, values, inner, answers, rounded=rounded)
    set_output(model, found.tensor)
    logits = [probe[found.tensor] for probe in probes[:2]]
    if all(np.array_equal(probes[0][found.tensor], probe[found.tensor]) for probe in probes[1:]):
        raise ModelError("the model answers every image alike; was its last layer ever trained?")
    session = _session(model)
    fixed = not _takes_batches(session, images, found.tensor, np.concatenate(logits))
    del session
    apart, stuck = False, ""
    if fixed:
        begin(FREEING_BATCH)
    if gradients and fixed:
        as_it_is = onnx.ModelProto()
        as_it_is.CopyFrom(model)
        try:
            make_batch_dynamic(model, item_shape)
        except UnbatchableNodeError as error:
            model, stuck = as_it_is, error.node
    elif not gradients:
        apart = depends_across_batch(model) or (fixed and not _made_dynamic(model, item_shape))
    renamed = free_names(model, RESERVED)
    tensor = renamed.get(found.tensor, found.tensor)
    if apart:
        tensor = wrap_in_scan(model, tensor, found.width)
    append_logits(model, replace(found, tensor=tensor))
    begin(PROBING)
    return PreparedModel(
        model,
        image,
        found,
        version,
        tuple(converted),
        fixed,
        apart,
        metadata,
        infer_static_shapes(model, item_shape) if stuck else infer_dynamic_shapes(model, item_shape),
        trials,
        stuck=stuck,
    )


def _prepared_detector(model: onnx.ModelProto, heads: Heads, found: PreparedModel) -> PreparedModel:
    """Bring a detector into standard form; its scores and boxes keep their places."""
    editor = GraphEditor(model)
    names = [*heads.append(editor), *([] if heads.masks is None else [heads.masks.append(editor)])]
    set_output(model, *dict.fromkeys(names))
    session = _session(model)
    expected = np.concatenate([_run(session, one[None])[names[0]] for one in found.trials[:2]])
    fixed = not _takes_batches(session, found.trials[:2], names[0], expected)
    del session
    stuck = ""
    if fixed:
        begin(FREEING_BATCH)
        as_it_is = onnx.ModelProto()
        as_it_is.CopyFrom(model)
        try:
            make_batch_dynamic(model, found.item_shape)
        except UnbatchableNodeError as error:
            stuck = error.node
            model.CopyFrom(as_it_is)
    renamed = free_names(model, RESERVED)
    editor = GraphEditor(model)
    ours = (PLACE_SCORES, BOXES, MASKS)[: len(names)]
    for name, own in zip(names, ours, strict=True):
        editor.node("Identity", [renamed.get(name, name)], stem=own)
    # The score of a class in an image is its highest at any place.
    editor.node("ReduceMax", [PLACE_SCORES, editor.constant([2])], stem=LOGITS, keepdims=0)
    set_output(model, LOGITS, *ours)
    begin(PROBING)
    infer = infer_static_shapes if stuck else infer_dynamic_shapes
    return replace(found, batch_was_fixed=fixed, probed=infer(model, found.item_shape), stuck=stuck)


@refuses_broken_files
def _prepared_segmenter(
    model: onnx.ModelProto, found: PreparedModel, segments: SegmenterScores
) -> PreparedModel:
    """Bring a segmenter into standard form; its scores keep their places."""
    set_output(model, segments.tensor)
    session = _session(model)
    expected = np.concatenate([_run(session, one[None])[segments.tensor] for one in found.trials[:2]])
    if np.array_equal(expected[0], expected[1]):
        raise ModelError("the model answers every image alike; was its last layer ever trained?")
    fixed = not _takes_batches(session, found.trials[:2], segments.tensor, expected)
    del session
    if fixed:
        begin(FREEING_BATCH)
        make_batch_dynamic(model, found.item_shape)
    renamed = free_names(model, RESERVED)
    append_segments(model, replace(segments, tensor=renamed.get(segments.tensor, segments.tensor)))
    begin(PROBING)
    probed = infer_dynamic_shapes(model, found.item_shape)
    return replace(found, batch_was_fixed=fixed, probed=probed)


def file_facts(path: Path, size: tuple[int, int] | None = None) -> tuple[dict[str, str], str | None]:
    """Return a file's metadata, and the range of its input if of whole numbers.

    Raises:
        ModelError: it cannot be read, or has no image input.
    """
    model = read_graph(path)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    try:
        whole = find_image(model, size).whole_range
    except ModelError as error:
        if size is not None:
            raise
        try:
            whole = find_image(model, _ANY_SIZE).whole_range  # an open size, which is asked for later
        except ModelError:
            raise error from None
    return metadata, whole


def trial_inputs(
    image: ImageInput, scaling: tuple[Sequence[float], Sequence[float]] | None = None
) -> NDArray[np.float32]:
    """Return images on which a network is tried, as it takes them: `[n, 3, h, w]`.

    Photographs (the bundled samples), a drawn image, noise, and black and white squares, scaled by mean and
    std; where these are not known, to a mean of 0 and a deviation of 1.
    """
    height, width = image.size
    photographs = [
        cv2.resize(read_image(path), (width, height), interpolation=cv2.INTER_AREA)
        for path in sample_images()[:_PHOTOGRAPHS]
    ]
    first, *others = photographs
    rows, columns = (np.arange(length) * 8 // length for length in image.size)
    chequered = np.where((rows[:, None] + columns) % 2, 255, 0).astype(np.uint8)[..., None].repeat(3, axis=2)
    pixels = np.stack([first, *trial_images(image.size)[:2], chequered, *others])
    if image.is_whole:
        scaling = _SIGNED if image.whole_range == "-128..127" else _BYTES
    mean, std = scaling or ((0.45,) * 3, (0.27,) * 3)
    values = (pixels / 255 - np.asarray(mean)) / np.asarray(std)
    if image.is_whole:
        values = np.rint(values)
    return np.ascontiguousarray(values.transpose(0, 3, 1, 2), np.float32)


def _all_alike(session: onnxruntime.InferenceSession, images: NDArray[np.float32], output: str) -> bool:
    """Return whether all images get the same answer."""
    first, *others = (_run(session, one[None])[output] for one in images)
    return all(np.array_equal(first, other) for other in others)


def _session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    try:
        return open_in_memory(model, optimise=True, outputs=[value.name for value in model.graph.output])
    except Exception as error:  # the runtime raises a family of types of its own
        raise ModelError(
            "ONNX Runtime cannot load the model: {reason}", reason=runtime_reason(error)
        ) from error


def _run(
    session: onnxruntime.InferenceSession, images: NDArray[np.float32]
) -> dict[str, NDArray[np.generic]]:
    """Run a session and return the outputs that are tensors, by name."""
    try:
        found = session.run(None, {session.get_inputs()[0].name: images})
    except Exception as error:  # as above
        raise ModelError(
            "ONNX Runtime cannot run the model: {reason}", reason=runtime_reason(error)
        ) from error
    names = [value.name for value in session.get_outputs()]
    return {name: value for name, value in zip(names, found, strict=True) if isinstance(value, np.ndarray)}


def _made_dynamic(model: onnx.ModelProto, item_shape: tuple[int, ...]) -> bool:
    """Make a fixed batch dynamic if possible; return whether it was.

    The answers for one image stay the same.
    """
    try:
        make_batch_dynamic(model, item_shape)
    except ModelError:
        return False
    return True


def _takes_batches(
    session: onnxruntime.InferenceSession,
    images: NDArray[np.float32],
    output: str,
    expected: NDArray[np.generic],
) -> bool:
    """Return whether a batch gets the same answers as its images one at a time."""
    try:
        together = _run(session, images)[output]
    except ModelError:
        return False
    scale = float(np.abs(expected).max())
    return together.shape == expected.shape and bool(
        np.allclose(together, expected, rtol=1e-3, atol=1e-4 * scale)
    )
