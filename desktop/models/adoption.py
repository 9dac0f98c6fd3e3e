"""Steps of adopting a foreign ONNX classifier: examine, preview, adopt."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from whylight.answers import NO_SHARES
from whylight.tensor_names import BOXES, LOGITS, PLACE_SCORES

from ..common.error_text import translate_error
from ..common.number_format import percent
from ..session.class_words import shown_names

if TYPE_CHECKING:
    import onnxruntime

    from whylight.adoption import PreparedModel
    from whylight.adoption.input_facts import InputFacts
    from whylight.errors import Message, MissingFactError, WhylightError

MOST_PREVIEWED = 3
"""Number of classes in a preview."""

SAMPLES = ("cat", "coffee", "rocket")
"""Sample photographs on which presets are tried, whose things are in most lists of classes or none."""

Three = tuple[float, float, float]

Cancelled = Callable[[], bool]
"""Asked again and again whether to stop."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Facts of a model's structure that the file may leave to the user.

    Fields are options of `whylight.adoption.options`.
    """

    size: tuple[int, int] | None = None
    """Height and width in pixels, where the file leaves them open."""
    scores: str | None = None
    """Name of the output that holds the scores."""
    answers: str | None = None
    """One of `whylight.answers.KINDS`; None for what the file's numbers show."""
    without_gradients: bool = False
    """Whether to do without gradients, which some networks have none of."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The user's choices for a model.

    But for `asked`, fields are options of `whylight.adoption.options`; None for what the file and the files
    beside it say, or for the default.
    """

    preprocessing: str | None = None
    layer: str | None = None
    labels: Path | None = None
    """File of class names, or name of a list; None uses the model's own, or else numbers."""
    name: str | None = None
    geometry: str | None = None
    crop_pct: float | None = None
    interpolation: str | None = None
    antialias: bool | None = None
    bgr: bool | None = None
    value_range: str | None = None
    mean: Three | None = None
    std: Three | None = None
    asked: Asked = Asked()

    @property
    def input_options(self) -> dict[str, Any]:
        """Arguments of `whylight.adoption.adopt.input_facts`."""
        from whylight.adoption.options import INPUT_OPTIONS

        found: dict[str, Any] = {name: getattr(self, name) for name in INPUT_OPTIONS}
        if self.mean is not None:
            found["preprocessing"] = None
        return {**found, "size": self.asked.size}

    @property
    def options(self) -> dict[str, Any]:
        """Arguments of `whylight.adopt`."""
        return {
            **self.input_options,
            **{each.name: getattr(self.asked, each.name) for each in fields(Asked)},
            "layer": self.layer,
            "labels": self.labels,
            "name": self.name,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Foreign:
    """A model that can be adopted, with its recognised properties."""

    path: Path
    network: PreparedModel | None
    """None where something has to be said first: `missing`."""
    asked: Asked
    size: tuple[int, int] | None
    """Height and width of its input."""
    size_is_open: bool
    """Whether the file leaves them open."""
    class_count: int
    file: tuple[dict[str, str], str | None]
    """Its metadata and the range of the whole numbers that it takes (`file_facts`)."""
    facts: InputFacts
    """How images come to it, as the file and the files beside it say."""
    presets: dict[str, str]
    """Descriptions of the preprocessing presets, by name."""
    layers: tuple[str, ...]
    """Layers that can be explained, deepest first."""
    default_layer: str
    outputs: tuple[str, ...]
    """Names of the file's outputs, of which one holds the scores."""
    labels: tuple[tuple[str, ...], str] | None
    """Class names that the file or one beside it holds, and where."""
    lists: tuple[str, ...] = ()
    """Bundled lists of class names with as many classes."""
    missing: MissingFactError | None = None
    no_gradients: WhylightError | None = None
    """Why it has no gradients, where that was found out."""
    sessions: list[onnxruntime.InferenceSession] = field(default_factory=list)
    """The session for previews, once it was needed."""
    opening: threading.Lock = field(default_factory=threading.Lock)
    """Held while that session is opened."""


def examine(path: Path, asked: Asked = Asked(), cancelled: Cancelled | None = None) -> Foreign:
    """Recognise a model; raises `WhylightError` if it is not an image classifier.

    A model that cannot be differentiated is examined again without gradients.
    """
    from whylight.errors import MissingFactError, ModelError

    try:
        return _examine(path, asked, cancelled)
    except MissingFactError:
        raise
    except ModelError as error:
        if asked.without_gradients:
            raise
        try:
            found = _examine(path, replace(asked, without_gradients=True), cancelled)
        except ModelError:  # the first refusal says more
            raise error from None
        return replace(found, no_gradients=error)


def _examine(path: Path, asked: Asked, cancelled: Cancelled | None) -> Foreign:
    from whylight.adoption import prepare
    from whylight.adoption.adopt import input_facts
    from whylight.adoption.class_names import labels_from_metadata, signs_from_metadata
    from whylight.adoption.files_beside import names_beside
    from whylight.adoption.known_classes import fitting_lists
    from whylight.adoption.load_model import read_graph
    from whylight.adoption.prepare import file_facts
    from whylight.adoption.preprocessing_presets import PRESET_NOTES
    from whylight.errors import MissingFactError
    from whylight.isolation.trust import examine_isolated

    notes = {name: translate_error(note) for name, note in PRESET_NOTES.items()}
    gradients = not asked.without_gradients
    options = {"size": asked.size, "scores": asked.scores, "answers": asked.answers, "gradients": gradients}
    with suppress(MissingFactError):
        examine_isolated(path, options, cancelled=cancelled)
    graph = read_graph(path).graph
    outputs = tuple(value.name for value in graph.output)
    file = file_facts(path, asked.size)
    facts = input_facts(path, size=asked.size, file=file)
    size = asked.size or facts.chosen.get("size")
    scaling = None if facts.mean is None or facts.std is None else (facts.mean, facts.std)
    try:
        network = prepare(
            path, size=size, scores=asked.scores, answers=asked.answers, scaling=scaling, gradients=gradients
        )
    except MissingFactError as error:
        is_open = error.fact == "size" or asked.size is not None
        known = (file, facts, notes)
        return Foreign(path, None, asked, size, is_open, 0, *known, (), "", outputs, None, missing=error)
    default = network.default_layer[0] if gradients else network.any_layer
    count = network.scores.classes
    own = labels_from_metadata(network.metadata, count)
    if network.segmenter is not None and network.segmenter.is_line:
        own = signs_from_metadata(network.metadata, count) or own
    return Foreign(
        path=path,
        network=network,
        asked=asked,
        size=network.image.size,
        size_is_open=asked.size is not None,
        class_count=count,
        file=file,
        facts=facts,
        presets=notes,
        layers=tuple(layer.name for layer in reversed(network.layers) if layer.is_cut),
        default_layer="" if default is None else default.name,
        outputs=outputs,
        labels=(own, path.name) if own else names_beside(path, count),
        lists=fitting_lists(count),
    )


def preview(foreign: Foreign, image: NDArray[np.uint8], choices: Choices) -> str:
    """Return the prediction for these choices in one line, or what was found."""
    from whylight.adoption.class_names import numbered, numbered_values, read_labels

    count = foreign.class_count
    if choices.labels is not None:
        names: Sequence[str] = read_labels(choices.labels, count)
    else:
        is_number = foreign.network is not None and foreign.network.scores.kind in NO_SHARES
        unnamed = numbered_values(count) if is_number else numbered(count)
        names = shown_names(unnamed) if foreign.labels is None else foreign.labels[0]
    if foreign.network is not None and foreign.network.detector is not None:
        return _found(foreign, image, choices, names)
    if foreign.network is not None and foreign.network.segmenter is not None:
        return _regions(foreign, image, choices, names)
    probabilities = _answers(foreign, image, choices)
    best = np.argsort(-probabilities, kind="stable")[:MOST_PREVIEWED]
    if foreign.network is not None and foreign.network.scores.kind in NO_SHARES:
        return ", ".join(f"{names[index]} {probabilities[index]:.4g}" for index in best)
    return ", ".join(f"{names[index]} {percent(float(probabilities[index]))}" for index in best)


@dataclass(frozen=True, slots=True)
class Tried:
    """Answers of a model to some images with one preset."""

    preset: str
    answers: tuple[str, ...]
    """The most probable class of each image and its probability, as text."""


def sample_images() -> list[tuple[str, NDArray[np.uint8]]]:
    """Return sample photographs on which presets are tried, with a name for each."""
    from whylight.bundled import asset
    from whylight.images.decode import read_image

    return [(name, read_image(asset("samples") / f"{name}.jpg")) for name in SAMPLES]


def try_presets(foreign: Foreign, images: Sequence[NDArray[np.uint8]], choices: Choices) -> Iterator[Tried]:
    """Yield what the model answers with each preset, other choices as they are.

    Presets that cannot be used are left out: whole numbers take no other range, for instance.
    """
    from whylight.errors import WhylightError

    for name in foreign.presets:
        with_preset = replace(choices, preprocessing=name, mean=None, std=None, value_range=None)
        try:
            told = [preview(foreign, image, with_preset) for image in images]
        except WhylightError:
            continue
        yield Tried(name, tuple(answer.split(", ")[0] for answer in told))


def _answers(foreign: Foreign, image: NDArray[np.uint8], choices: Choices) -> NDArray[np.float32]:
    """The model's answers float32 `[K]` for an image, with these choices."""
    from whylight.answers import answers_of

    assert foreign.network is not None
    scores = foreign.network.scores
    logits = _outputs(foreign, image, choices, (LOGITS,))[0][0]
    return answers_of(logits, scores.kind, of_logarithm=scores.of_logarithm)


def _found(foreign: Foreign, image: NDArray[np.uint8], choices: Choices, names: Sequence[str]) -> str:
    """Return the boxes found in an image with these choices, the best first."""
    from whylight.answers import answers_of
    from whylight.detection.boxes import find_boxes
    from whylight.detection.description import CXCYWH

    assert foreign.network is not None
    assert foreign.network.detector is not None
    scores, detector = foreign.network.scores, foreign.network.detector
    outputs = _outputs(foreign, image, choices, (PLACE_SCORES, BOXES))
    answers = answers_of(outputs[0][0], scores.kind, of_logarithm=scores.of_logarithm)
    corners = outputs[1][0]
    if detector.box_form == CXCYWH:
        middle, half = corners[:2], corners[2:] / 2
        corners = np.concatenate([middle - half, middle + half])
    boxes = find_boxes(answers, corners.T, tuple(names), needs_nms=detector.needs_nms)
    if boxes:
        return ", ".join(f"{box.class_name} {100 * box.score:.0f} %" for box in boxes[:MOST_PREVIEWED])
    best = answers.max(axis=1)
    likeliest = int(best.argmax())
    words = QCoreApplication.translate("Adoption", "nothing found ({name} {answer} % at most)")
    return words.format(name=names[likeliest], answer=f"{100 * best[likeliest]:.1f}")


def _regions(foreign: Foreign, image: NDArray[np.uint8], choices: Choices, names: Sequence[str]) -> str:
    """Return the classes found with these choices, the largest first, or the text."""
    from whylight.images.geometry import InputDescription
    from whylight.segmentation.found import find_regions

    assert foreign.network is not None
    assert foreign.network.segmenter is not None
    assert foreign.size is not None
    outputs = _outputs(foreign, image, choices, (PLACE_SCORES,))
    described = _facts(foreign, choices).describe(foreign.size) or InputDescription(size=foreign.size)
    view = described.view((image.shape[0], image.shape[1]))
    found = find_regions(
        outputs[0][0], foreign.network.scores.kind, tuple(names), foreign.network.segmenter, view
    )
    if found.is_line:
        nothing = QCoreApplication.translate("Adoption", "no letter was read")
        return found.text.replace(", ", ",") or nothing  # the table of presets shows what is before ", "
    if not found.segments:
        return QCoreApplication.translate("Adoption", "nothing found")
    return ", ".join(
        f"{segment.class_name} {100 * segment.share:.0f} %" for segment in found.segments[:MOST_PREVIEWED]
    )


def _facts(foreign: Foreign, choices: Choices) -> InputFacts:
    """Return how images come to the model, with these choices."""
    from whylight.adoption.adopt import input_facts

    return input_facts(foreign.path, **choices.input_options, file=foreign.file)


def _outputs(
    foreign: Foreign, image: NDArray[np.uint8], choices: Choices, names: Sequence[str]
) -> list[NDArray[np.float32]]:
    """Run the prepared network on an image, with these choices."""
    from whylight.adoption.preprocessing_presets import find_preprocessing
    from whylight.graphs.in_memory import open_in_memory
    from whylight.images.geometry import InputDescription

    assert foreign.network is not None
    assert foreign.size is not None
    facts = _facts(foreign, choices)
    if facts.mean is None or facts.std is None:
        find_preprocessing(None)  # raises
    with foreign.opening:  # previews and the table of presets have a thread each
        if not foreign.sessions:
            foreign.sessions.append(open_in_memory(foreign.network.model, optimise=True))
        (session,) = foreign.sessions
    described = facts.describe(foreign.size) or InputDescription(size=foreign.size)
    values = described.prepare(image).astype(np.float32) / 255
    values = (values - np.asarray(facts.mean, np.float32)) / np.asarray(facts.std, np.float32)
    planes = values.transpose(2, 0, 1)[None]
    if facts.bgr:  # the network was prepared for RGB
        planes = planes[:, ::-1]
    fed = {session.get_inputs()[0].name: np.ascontiguousarray(planes)}
    return [np.asarray(output) for output in session.run(list(names), fed)]


def is_writable(folder: Path) -> bool:
    """Return whether files can be made in a folder, which is created if need be."""
    import tempfile

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):  # the mode is not enough: the disk may be read-only
            return True
    except OSError:
        return False


def adopt(
    foreign: Foreign,
    choices: Choices,
    folder: Path,
    on_step: Callable[[Message], None] | None = None,
    cancelled: Cancelled | None = None,
) -> Path:
    """Write a pair under `folder` and return its forward graph.

    An earlier pair from the same file is replaced; one from another file of the same name is not. Raises
    `WhylightError`, a `StoppedError` once `cancelled` returns True; nothing is written then.
    """
    from whylight.isolation.trust import adopt_isolated
    from whylight.steps import steps_told

    source = hashlib.sha256(os.fsencode(foreign.path.absolute())).hexdigest()[:8]
    out = folder / source / f"{foreign.path.stem}.onnx"
    options = {**choices.options, "force": True}  # the folder is named by the source
    with steps_told(on_step) if on_step is not None else nullcontext():
        adopt_isolated(foreign.path, out, options, cancelled=cancelled)
    return out
