"""`adopt`: somebody else's ONNX classifier becomes a pair."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import cast

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from explain.adoption.labels import labels_from_metadata, numbered, read_labels
from explain.adoption.layers import Layer, find_layer
from explain.adoption.maps import bring_into_form
from explain.adoption.obstacles import require_rules
from explain.adoption.preparing import Network, prepare, random_pictures, takes_whole_numbers
from explain.adoption.presets import PRESETS, WHOLE_NUMBERS, Preprocessing, Triple, find_preprocessing
from explain.adoption.scores import LOGITS
from explain.autodiff.session import brief_options, open_in_memory
from explain.card import Card
from explain.errors import ModelError
from explain.memory import give_back
from explain.pair import Pair, build_pair, save_pair
from explain.runtime import CPU

_TOLERANCE = 1e-3
"""Largest difference of the answers, relative to the largest answer, between the file and the pair."""
_ROUGH_TOLERANCE = 5e-2
"""The same for files that compute in half precision or round to whole numbers."""
_TRIED_PICTURES = 2


def adopt(
    model: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    preprocessing: str | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    labels: str | os.PathLike[str] | Sequence[str] | None = None,
    layer: str | None = None,
    scores: str | None = None,
    size: tuple[int, int] | None = None,
    name: str | None = None,
) -> Pair:
    """Make a pair of an ONNX image classifier, from any framework.

    Args:
        model: an ONNX file, operator set 7 on; one picture input `[N, C, h, w]` or `[N, h, w, C]`.
        out: where to write the forward graph, `NAME.onnx`; the gradient graph goes beside it. None
            writes nothing.
        preprocessing: how pictures are scaled, a name of `explain.adoption.presets.PRESETS`. May be left out
            for a file that takes whole numbers, which can only be 0 to 255.
        mean, std: three numbers each for RGB values in 0..1, instead of `preprocessing`.
        labels: K names, or a file of them (text or JSON); None for those of the model's metadata, else
            numbers.
        layer: the tensor or node to explain; None for the default (see `explain.adoption.layers`).
        scores: the output that holds the scores, where there are several; also a tensor inside.
        size: height and width in pixels, where the file leaves them open.
        name: what people call the model; None for the file's name.

    Returns:
        The pair, its answers compared with the file's.

    Raises:
        ModelError: the file is no image classifier, cannot be differentiated, or something about it has to
            be said by name.
        UnsupportedOperatorError: an operator behind the layer has no differentiation rule.
    """
    path = Path(model)
    if preprocessing is None and mean is None and std is None and takes_whole_numbers(path, size):
        preprocessing = WHOLE_NUMBERS
    expected = _preprocessing(preprocessing, mean, std)
    network = prepare(path, size=size, scores=scores, bgr=expected.bgr)
    if network.picture.is_whole and expected != PRESETS[WHOLE_NUMBERS]:
        raise ModelError(
            f"input '{network.picture.name}' takes whole numbers, 0 to 255; the preprocessing for them is "
            f"'{WHOLE_NUMBERS}'"
        )
    classes = _classes(labels, network)
    chosen = find_layer(network.layers, network.graph, layer) if layer else network.default_layer[0]
    require_rules(network, chosen)
    verification = _compare(path, network, bgr=expected.bgr)
    give_back()
    card = Card(
        name=name or path.stem,
        classes=classes,
        target_layer=chosen.name,
        input_size=network.picture.size,
        mean=expected.mean,
        std=expected.std,
        notes=_notes(path, network, preprocessing),
        versions=_versions(),
        verification=verification,
    )
    pair = make_pair(network, chosen, card)
    del network  # the pair has its own copy of the weights
    give_back()
    _require_gradient(pair, chosen.name)
    give_back()
    if out is not None:
        save_pair(pair, Path(out))
    return pair


def make_pair(network: Network, layer: Layer, card: Card) -> Pair:
    """The pair of a prepared network at one of its layers.

    Raises:
        ModelError: the logits do not depend on the layer.
        UnsupportedOperatorError: an operator behind the layer has no differentiation rule.
    """
    target = bring_into_form(network.model, layer)
    made = {name for node in network.model.graph.node for name in node.output if name}
    # What was probed holds as long as no map was turned in the network since.
    known = network.probed if made <= network.probed.infos.keys() | network.graph.constants.keys() else None
    return build_pair(network.model, card, target=target, logits=LOGITS, probed=known)


def _preprocessing(
    name: str | None, mean: Sequence[float] | None, std: Sequence[float] | None
) -> Preprocessing:
    if mean is None and std is None:
        return find_preprocessing(name)
    if name is not None or mean is None or std is None or len(mean) != 3 or len(std) != 3:
        raise ModelError("give mean and std together, three numbers each, and no preprocessing by name")
    return Preprocessing(cast(Triple, tuple(map(float, mean))), cast(Triple, tuple(map(float, std))))


def _classes(labels: str | os.PathLike[str] | Sequence[str] | None, network: Network) -> tuple[str, ...]:
    count = network.scores.classes
    if labels is None:
        return labels_from_metadata(network.metadata, count) or numbered(count)
    if isinstance(labels, str | os.PathLike):
        return read_labels(Path(labels), count)
    if len(labels) != count:
        raise ModelError(f"{len(labels)} labels were given; the model has {count} classes")
    return tuple(labels)


def _compare(path: Path, network: Network, *, bgr: bool) -> dict[str, float]:
    """How far the network's answers are from the file's, one picture at a time, relative to the largest.

    Empty where the file holds types that this machine's runtime cannot compute with.

    Raises:
        ModelError: farther than rounding explains.
    """
    pictures = random_pictures(_TRIED_PICTURES, network.picture)
    (logits,) = open_in_memory(network.model, optimise=True).run(
        [LOGITS], {network.model.graph.input[0].name: pictures}
    )
    found = _as_the_file_answers(logits, network)
    try:
        expected = _answers_of_file(path, network, pictures, bgr=bgr)
    except Exception as error:  # the runtime raises a family of types of its own
        if network.converted_types:
            return {}
        raise ModelError(f"ONNX Runtime cannot run '{path.name}' to compare with it: {error}") from error
    if not np.isfinite(expected).all():
        raise ModelError("the model answers pictures of noise with infinite numbers; it cannot be verified")
    difference = float(np.abs(found - expected).max() / max(float(np.abs(expected).max()), 1e-12))
    if difference > (_ROUGH_TOLERANCE if network.converted_types or network.rounds else _TOLERANCE):
        raise ModelError(
            f"the adopted network differs from the file by {difference:.2g} of the largest answer; "
            "nothing was written. Please report this model"
        )
    return {"adoption_difference": difference}


def _answers_of_file(
    path: Path, network: Network, pictures: NDArray[np.float32], *, bgr: bool
) -> NDArray[np.float32]:
    """What the file says of each picture, `[N, width]`."""
    output = network.scores.output
    give_back()
    session = onnxruntime.InferenceSession(path, brief_options(path.stat().st_size), providers=[CPU])
    if output not in {value.name for value in session.get_outputs()}:
        session = open_in_memory(onnx.load(path), outputs=[output])
    answers = []
    for picture in pictures:
        feed = {network.picture.name: network.picture.original(picture[None], bgr=bgr)}
        answers.append(session.run([output], feed)[0].reshape(-1).astype(np.float32))
    return np.stack(answers)


def _as_the_file_answers(logits: NDArray[np.float32], network: Network) -> NDArray[np.float32]:
    """Put what was stepped behind back on the logits, `[N, width]`."""
    values = logits[:, -network.scores.width :].astype(np.float64)
    activation = network.scores.activation
    if activation == "Sigmoid":
        values = 1 / (1 + np.exp(-values))
    elif activation is not None:
        shifted = values - values.max(axis=1, keepdims=True)
        values = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        values = np.exp(values) if activation == "Softmax" else values
    return values.astype(np.float32)


def _require_gradient(pair: Pair, layer: str) -> None:
    """Refuse a layer whose places have no influence on any score."""
    height, width = pair.card.input_size
    pictures = np.random.default_rng(6).integers(0, 256, (1, height, width, 3), np.uint8)
    forward = open_in_memory(pair.forward, optimise=True)
    names = [output.name for output in forward.get_outputs()]
    tensors = dict(zip(names, forward.run(names, {"image": pictures}), strict=True))
    assert pair.gradient is not None
    gradient = open_in_memory(pair.gradient, optimise=True)
    weights = np.random.default_rng(7).standard_normal((1, len(pair.card.classes)))
    feed = {value.name: tensors[value.name] for value in gradient.get_inputs() if value.name in tensors}
    feed["image_index"] = np.zeros(1, np.int64)
    feed["score_weights"] = weights.astype(np.float32)
    (found,) = gradient.run(["gradients"], feed)
    if not np.isfinite(found).all():
        raise ModelError(f"the gradient at layer '{layer}' is not finite for a picture of noise")
    if not found.any():
        raise ModelError(
            f"the scores do not change with the places of layer '{layer}' (behind the last attention "
            "only the class token counts); choose an earlier layer, see --inspect"
        )


def _notes(path: Path, network: Network, preprocessing: str | None) -> str:
    parts = [f"Adopted from '{path.name}' (ONNX operator set {network.opset})."]
    parts.append(f"Preprocessing: {preprocessing or 'mean and std as given'}.")
    if network.scores.activation is not None:
        parts.append(f"Scores are taken before the final {network.scores.activation}.")
    if network.scores.activation == "Sigmoid" and network.scores.width > 1:
        parts.append(
            "The model names several classes at once; probabilities shown add up to one nevertheless."
        )
    if network.converted_types:
        parts.append(f"Converted from {', '.join(network.converted_types)} to float32.")
    if network.rounds:
        parts.append("It rounds on the way, which is differentiated straight through.")
    if network.batch_was_fixed:
        parts.append("The file fixes the batch to one picture; the pair takes any number.")
    return " ".join(parts)


def _versions() -> dict[str, str]:
    found = {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__}
    try:
        found["whylight"] = version("whylight")
    except PackageNotFoundError:
        found["whylight"] = "not installed as a package"
    return found
