"""Compare an adopted network's answers with those of its file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from whylight.adoption.detectors.heads import Heads
from whylight.adoption.prepare import PreparedModel
from whylight.adoption.score_parts import split_part
from whylight.adoption.segmenter_scores import SegmenterScores
from whylight.answers import SIGMOID, answers_of
from whylight.common.memory import trim_heap
from whylight.errors import ModelError
from whylight.graphs.in_memory import open_in_memory, quick_session_options
from whylight.runtime.session import create_session
from whylight.tensor_names import BOXES, LOGITS, PLACE_SCORES

_TOLERANCE = 1e-3
"""Largest difference of the answers, relative to the largest answer, between the file and the pair."""
_ROUGH_TOLERANCE = 5e-2
"""The same for files that compute in half precision or round to whole numbers."""


def compare(path: Path, network: PreparedModel, *, bgr: bool) -> dict[str, float]:
    """Compare the network's answers with those of the file, image by image.

    Returns the largest difference relative to the largest answer, as an entry of the card.

    Empty where the file holds types that this machine's runtime cannot compute with.

    Raises:
        ModelError: farther than rounding explains.
    """
    if network.heads is not None:
        return _compare_heads(path, network, network.heads, bgr=bgr)
    if network.segments is not None:
        return _compare_segments(path, network, network.segments, bgr=bgr)
    images = network.trials
    session, taken = open_in_memory(network.model, optimise=True), network.model.graph.input[0].name
    batches = [images] if not network.stuck else [image[None] for image in images]
    logits = np.concatenate([session.run([LOGITS], {taken: batch})[0] for batch in batches])
    del session
    found = _as_the_file_answers(logits, network)
    try:
        expected = _answers_of_file(path, network, images, bgr=bgr)
    except Exception as error:  # the runtime raises a family of types of its own
        if network.converted_types:
            return {}
        raise ModelError(
            "'{name}': ONNX Runtime cannot run it, to compare with it: {reason}", name=path.name, reason=error
        ) from error
    if not np.isfinite(expected).all():
        raise ModelError("the model answers images with infinite numbers; it cannot be verified")
    difference = float(np.abs(found - expected).max() / max(float(np.abs(expected).max()), 1e-12))
    return _verified(difference, network)


def _compare_heads(path: Path, network: PreparedModel, heads: Heads, *, bgr: bool) -> dict[str, float]:
    """Compare answers and boxes at all places with those that the file's tensors say."""
    ours = open_in_memory(network.model, optimise=True)
    theirs = _opened(path, heads.tensors)
    worst = 0.0
    for image in network.trials:
        scores, boxes = ours.run([PLACE_SCORES, BOXES], {network.model.graph.input[0].name: image[None]})
        feed = {network.image.name: network.image.original(image[None], bgr=bgr)}
        values = dict(zip(heads.tensors, theirs.run(heads.tensors, feed), strict=True))
        found = (answers_of(scores[0].astype(np.float64), SIGMOID, of_logarithm=False), boxes[0])
        expected = heads.read(values)
        if not all(np.isfinite(other).all() for other in expected):
            raise ModelError("the model answers images with infinite numbers; it cannot be verified")
        # Answers lie in 0..1: near 0 the runtime's own sigmoid is off by 1e-8, whose root is 1e-4.
        scales = (1.0, max(float(np.abs(expected[1]).max()), 1e-12))
        if heads.are_queries:
            worst = max(worst, _difference_of_queries(found, expected, scales))
            continue
        for mine, other, scale in zip(found, expected, scales, strict=True):
            worst = max(worst, float(np.abs(mine - other).max()) / scale)
    return _verified(worst, network)


def _compare_segments(
    path: Path, network: PreparedModel, segments: SegmenterScores, *, bgr: bool
) -> dict[str, float]:
    """Compare scores at all places with the tensor inside the file."""
    ours = open_in_memory(network.model, optimise=True)
    theirs = _opened(path, [segments.tensor])
    worst = 0.0
    for image in network.trials:
        (found,) = ours.run([PLACE_SCORES], {network.model.graph.input[0].name: image[None]})
        (other,) = theirs.run(None, {network.image.name: network.image.original(image[None], bgr=bgr)})
        expected = segments.at_places(other.astype(np.float32))
        if not np.isfinite(expected).all():
            raise ModelError("the model answers images with infinite numbers; it cannot be verified")
        scale = max(float(np.abs(expected).max()), 1e-12)
        worst = max(worst, float(np.abs(found - expected).max()) / scale)
    return _verified(worst, network)


def _opened(path: Path, tensors: Sequence[str]) -> onnxruntime.InferenceSession:
    """Open the file with tensors of its inside as outputs."""
    try:
        return open_in_memory(onnx.load(path), outputs=tensors)
    except Exception as error:  # the runtime raises a family of types of its own
        raise ModelError(
            "'{name}': ONNX Runtime cannot run it, to compare with it: {reason}", name=path.name, reason=error
        ) from error


def _verified(difference: float, network: PreparedModel) -> dict[str, float]:
    """Return the difference as an entry of the card.

    Raises:
        ModelError: it is more than rounding explains.
    """
    if difference > (_ROUGH_TOLERANCE if network.converted_types or network.is_quantized else _TOLERANCE):
        raise ModelError(
            "the adopted network differs from the file by {difference:.2g} of the largest answer; "
            "nothing was written. Please report this model",
            difference=difference,
        )
    return {"adoption_difference": difference}


def _difference_of_queries(
    found: Sequence[NDArray[np.floating]],
    expected: Sequence[NDArray[np.floating]],
    scales: tuple[float, float],
) -> float:
    """Return the difference of answers and boxes in any order of the queries.

    Queries are sorted by scores that may be nearly alike. Each is compared with the nearest of the file's,
    and a tenth of them may have no partner: those at the edge of the selection.
    """
    rows = [
        np.concatenate([part / scale for part, scale in zip(each, scales, strict=True)]).T
        for each in (found, expected)
    ]
    nearest = [float(np.abs(rows[1] - row).max(axis=1).min()) for row in rows[0]]
    return float(np.quantile(nearest, 0.9))


def _answers_of_file(
    path: Path, network: PreparedModel, images: NDArray[np.float32], *, bgr: bool
) -> NDArray[np.float32]:
    """Return the file's answers to each image, `[N, width]`."""
    output, part = split_part(network.scores.output)
    trim_heap()
    session = create_session(path, quick_session_options(path.stat().st_size))
    if output not in {value.name for value in session.get_outputs()}:
        session = open_in_memory(onnx.load(path), outputs=[output])
    # ONNX Runtime asks for inputs that no node reads, too.
    unread = {value.name: value for value in session.get_inputs() if value.name != network.image.name}
    zeros = {name: _zeros(value) for name, value in unread.items()}
    answers = []
    for image in images:
        feed = zeros | {network.image.name: network.image.original(image[None], bgr=bgr)}
        answers.append(session.run([output], feed)[0].reshape(-1)[part].astype(np.float32))
    return np.stack(answers)


def _zeros(value: onnxruntime.NodeArg) -> NDArray[np.generic]:
    """Return zeros for an input; open dimensions are 1."""
    kind = value.type.removeprefix("tensor(").removesuffix(")")
    kind = {"float": "float32", "double": "float64"}.get(kind, kind)
    return np.zeros([size if isinstance(size, int) else 1 for size in value.shape], kind)


def _as_the_file_answers(logits: NDArray[np.float32], network: PreparedModel) -> NDArray[np.float32]:
    """Convert logits to the file's kind of answers, `[N, width]`."""
    scores = network.scores
    if scores.activation is None and not scores.of_logarithm:
        return logits[:, -scores.width :]
    answers = answers_of(logits.astype(np.float64), scores.kind, of_logarithm=scores.of_logarithm)
    if scores.activation == "LogSoftmax":
        answers = np.log(answers)
    return (scores.scale * answers[:, -scores.width :]).astype(np.float32)
