"""`adopt`: makes a pair of an ONNX classifier from any framework."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from traceback import clear_frames
from typing import TYPE_CHECKING

import onnx
import onnxruntime
from onnx import TensorProto, helper

from whylight.adoption.class_names import (
    labels_from_metadata,
    numbered,
    numbered_values,
    read_labels,
    signs_from_metadata,
)
from whylight.adoption.detectors.usual_inputs import usual_statement
from whylight.adoption.files_beside import beside_statements, names_beside
from whylight.adoption.image_input import find_image
from whylight.adoption.input_facts import (
    InputFacts,
    Statement,
    collect,
    file_statement,
    preset_statement,
    user_statement,
    values_in_words,
)
from whylight.adoption.load_model import read_graph
from whylight.adoption.prepare import PreparedModel, file_facts, prepare
from whylight.adoption.preprocessing_presets import WHOLE_NUMBERS, find_preprocessing
from whylight.adoption.requirements import (
    require_answers,
    require_gradient,
    require_rules,
    suggest_alternatives,
)
from whylight.adoption.torch_module import adopt_module, is_module
from whylight.adoption.transforms import transform_facts
from whylight.adoption.verify import compare
from whylight.answers import KINDS, NUMBER, SIGMOID, SIMILARITY
from whylight.common.hashing import sha256_of
from whylight.common.memory import trim_heap
from whylight.errors import ModelError
from whylight.graphs.bounds import refuses_broken_files
from whylight.graphs.graph_view import Graph
from whylight.graphs.shape_probing import with_new_nodes
from whylight.images.geometry import PRESET
from whylight.layers.find_layers import Layer, find_layer
from whylight.layers.to_nchw import to_nchw
from whylight.pair.build import Pair, bind, build_pair
from whylight.pair.card import Card
from whylight.pair.files import require_replaceable, save_pair
from whylight.pair.forward_graph import build_forward
from whylight.pair.one_by_one import loop_one_by_one
from whylight.steps import CHECKING, COMPARING, DIFFERENTIATING, WRITING, begin
from whylight.tensor_names import ACTIVATIONS, BOXES, LOGITS, MASKS, PLACE_SCORES

if TYPE_CHECKING:
    import torch


@refuses_broken_files
def adopt(
    model: str | os.PathLike[str] | torch.nn.Module,
    out: str | os.PathLike[str] | None = None,
    *,
    example: torch.Tensor | None = None,
    classes: Sequence[str] | Mapping[int, str] | None = None,
    preprocessing: object = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    labels: str | os.PathLike[str] | Sequence[str] | None = None,
    layer: str | None = None,
    scores: str | None = None,
    size: tuple[int, int] | None = None,
    name: str | None = None,
    answers: str | None = None,
    geometry: str | None = None,
    crop_pct: float | None = None,
    interpolation: str | None = None,
    antialias: bool | None = None,
    bgr: bool | None = None,
    value_range: str | None = None,
    without_gradients: bool = False,
    force: bool = False,
) -> Pair:
    """Make a pair of an ONNX classifier or a PyTorch module.

        weights = torchvision.models.ResNet50_Weights.DEFAULT
        whylight.adopt(
            torchvision.models.resnet50(weights=weights),
            "resnet50.onnx",
            preprocessing=weights.transforms(),
            classes=weights.meta["categories"],
        )

    A module is exported by `torch.onnx`, and the pair's answers and gradients are compared with the module's
    own, by autograd in float64.

    Args:
        model: an ONNX file, operator set 7 on, with one image input `[N, C, h, w]` or `[N, h, w, C]`; or a
            `torch.nn.Module` that maps normalised images `[N, 3, h, w]` to logits `[N, K]`, alone or as the
            attribute `logits` of its answer. It is not changed.
        example: for a module, images `[N, 3, h, w]` of the size that it takes; not needed if `preprocessing`
            or `size` says it.
        classes: K names, or names by index; for a transformers model, its own are the default.
        out: where to write the forward graph, `NAME.onnx`; the gradient graph goes beside it. None
            writes nothing. A pair that was made of the same file is replaced, anything else is not.
        preprocessing: how images come to the network: a name of
            `whylight.adoption.preprocessing_presets.PRESETS`, a transform of TorchVision or timm, or an image
            processor of transformers. May be left out where the file or one beside it says
            so (`whylight.adoption.input_facts`), or it takes whole numbers, which can only be 0 to 255.
        mean, std: three numbers each for RGB values in 0..1, instead of a named `preprocessing`; a transform
            that does not normalise may stand beside them.
        labels: K names, a file of them (text or JSON), or the name of a list in
            `whylight.adoption.known_classes` (`imagenet`); None for those of the model's metadata, else
            numbers.
        layer: the tensor or node to explain; None for the default (see `whylight.layers.find_layers`).
        scores: the output that holds the scores, where there are several; also a tensor inside, or a part of
            one, as in `output[0:7]`, of several heads in one tensor.
        size: height and width in pixels, where the file leaves them open.
        name: the model's name for the user; None for the file's name.
        answers: what the scores answer, one of `whylight.answers.KINDS`: one of K classes, several labels, or
            two classes by one score. None where the file's own numbers show it.
        geometry: `stretch`, `crop` or `letterbox`, with further lengths as in `crop:256`, instead of that of
            the preset or the file; see `whylight.images.geometry`.
        crop_pct: share of the resized image's shorter side that is cropped: 0.875 for 256 and 224.
        interpolation: `nearest`, `bilinear`, `bicubic` or `lanczos`.
        antialias: whether the interpolation's window widens when an image gets smaller.
        bgr: whether the network takes blue first.
        value_range: the range of the values that the network takes (`0..255`), instead of mean and std.
        without_gradients: make the forward graph alone, of any network that can be run: for the methods that
            need no gradients. Such a network's layer is that of Score-CAM and Ablation-CAM, if there is one.
        force: replace any file at `out`, the model itself included.

    Returns:
        The pair, its answers compared with the file's.

    Raises:
        ModelError: the file is not an image classifier, cannot be differentiated, or needs an option that was
            not given. Where it can be adopted without gradients, the message says so. Also if there is
            a file at `out` that must not be replaced.
        UnsupportedOperatorError: an operator behind the layer has no differentiation rule.
    """
    if classes is not None and not is_module(model):
        labels = [classes[index] for index in range(len(classes))]
    if not isinstance(model, str | os.PathLike):
        if not is_module(model):
            raise ModelError(
                "expected the path of an ONNX file, or a torch.nn.Module; got a {type}",
                type=type(model).__name__,
            )
        options = {
            "layer": layer,
            "scores": scores,
            "size": size,
            "mean": mean,
            "std": std,
            "answers": answers,
            "geometry": geometry,
            "crop_pct": crop_pct,
            "interpolation": interpolation,
            "antialias": antialias,
            "bgr": bgr,
            "value_range": value_range,
        }
        return adopt_module(
            model,
            out,
            adopt,
            example=example,
            preprocessing=preprocessing,
            classes=labels if classes is None else classes,
            name=name,
            force=force,
            without_gradients=without_gradients,
            **{option: value for option, value in options.items() if value is not None},
        )
    path = Path(model)
    if answers is not None and answers not in KINDS:
        raise ModelError(
            "there is no kind of answers '{answers}'; there are {known}",
            answers=answers,
            known=", ".join(KINDS),
        )
    if out is not None and not force:
        require_replaceable(Path(out), path)
    facts = input_facts(
        path,
        preprocessing,
        size=size,
        mean=mean,
        std=std,
        geometry=geometry,
        crop_pct=crop_pct,
        interpolation=interpolation,
        antialias=antialias,
        bgr=bgr,
        value_range=value_range,
    )
    if facts.mean is None:
        find_image(read_graph(path), size or facts.chosen.get("size"))  # an open size is asked for first
        find_preprocessing(None)  # raises
    wishes = AdoptOptions(
        path=path,
        facts=facts,
        labels=labels,
        layer=layer,
        scores=scores,
        size=size or facts.chosen.get("size"),
        name=name,
        answers=answers,
    )
    if without_gradients:
        pair = _adopt_forward_only(wishes)
    else:
        try:
            pair = _adopted(wishes)
        except ModelError as error:
            clear_frames(error.__traceback__)  # they hold the network
            suggest_alternatives(error, lambda: _adopt_forward_only(wishes).card.target_layer)
            raise
    trim_heap()
    if out is not None:
        begin(WRITING)
        save_pair(pair, Path(out))
    return pair


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptOptions:
    """Options of `adopt`, the preprocessing resolved."""

    path: Path
    facts: InputFacts
    """How images come to the network."""
    labels: str | os.PathLike[str] | Sequence[str] | None
    layer: str | None
    scores: str | None
    size: tuple[int, int] | None
    name: str | None
    answers: str | None


def _adopted(wishes: AdoptOptions) -> Pair:
    """Make a pair with gradients, checked but not written."""
    network = _prepared(wishes, gradients=True)
    chosen = _named_layer(wishes, network) or network.default_layer[0]
    require_rules(network, chosen)
    card = _card(wishes, network, chosen, gradients=True)
    begin(DIFFERENTIATING)
    pair = make_pair(network, chosen, card)
    alone = bool(network.stuck)
    del network  # the pair has its own copy of the weights
    trim_heap()
    begin(CHECKING)
    is_followed = chosen.layout.is_followed or not chosen.layout.tokens
    require_gradient(pair, chosen.name, is_followed=is_followed, alone=alone)
    return loop_one_by_one(pair) if alone else pair


def _adopt_forward_only(wishes: AdoptOptions) -> Pair:
    """Make a pair without gradients, checked but not written."""
    network = _prepared(wishes, gradients=False)
    chosen = _named_layer(wishes, network) or network.any_layer
    pair = make_forward(network, chosen, _card(wishes, network, chosen, gradients=False))
    del network
    trim_heap()
    require_answers(pair)
    return pair


def _prepared(wishes: AdoptOptions, *, gradients: bool) -> PreparedModel:
    assert wishes.facts.mean is not None
    assert wishes.facts.std is not None
    network = prepare(
        wishes.path,
        size=wishes.size,
        scores=wishes.scores,
        bgr=wishes.facts.bgr,
        scaling=(wishes.facts.mean, wishes.facts.std),
        answers=wishes.answers,
        gradients=gradients,
    )
    whole = network.image.whole_range
    if whole not in (None, values_in_words(wishes.facts.mean, wishes.facts.std)):
        raise ModelError(
            "input '{input}' takes whole numbers, 0 to 255; the preprocessing for them is '{preset}'",
            input=network.image.name,
            preset=WHOLE_NUMBERS,
        )
    return network


def _named_layer(wishes: AdoptOptions, network: PreparedModel) -> Layer | None:
    return None if wishes.layer is None else find_layer(network.layers, network.graph, wishes.layer)


def _card(wishes: AdoptOptions, network: PreparedModel, layer: Layer | None, *, gradients: bool) -> Card:
    """Make the card, comparing the network's answers with those of the file."""
    classes, written = _classes(wishes, network)
    facts = wishes.facts
    assert facts.mean is not None
    assert facts.std is not None
    begin(COMPARING)
    verification = compare(wishes.path, network, bgr=facts.bgr)
    trim_heap()
    return Card(
        name=wishes.name or wishes.path.stem,
        classes=classes,
        target_layer="" if layer is None else layer.name,
        input_size=network.image.size,
        mean=facts.mean,
        std=facts.std,
        input=facts.describe(network.image.size, grey=network.image.channels == 1),
        detector=network.detector,
        segmenter=network.segmenter,
        answers=network.scores.kind,
        logits_are_logarithms=network.scores.of_logarithm,
        notes=_notes(wishes, network, layer, gradients=gradients)
        + (f" Class names are those of '{written}'." if written else ""),
        versions=_versions(),
        verification=verification,
        source=sha256_of(wishes.path),
    )


def make_pair(network: PreparedModel, layer: Layer, card: Card) -> Pair:
    """Build the pair of a prepared network at one of its layers.

    Raises:
        ModelError: the logits do not depend on the layer.
        UnsupportedOperatorError: an operator behind the layer has no differentiation rule.
    """
    target = to_nchw(network.model, layer)
    probed = with_new_nodes(network.probed, network.model)
    return build_pair(network.model, card, target=target, logits=LOGITS, probed=probed)


def make_forward(network: PreparedModel, layer: Layer | None, card: Card) -> Pair:
    """Build a forward graph without a gradient graph.

    `layer` is the layer whose activations the graph also outputs; None for no layer.
    """
    tensors = {LOGITS: LOGITS}
    outputs = [helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, ["N", len(card.classes)])]
    if layer is not None:
        tensors[ACTIVATIONS] = to_nchw(network.model, layer)
        shape: list[int | str] = ["N", layer.layout.channels, *layer.layout.size]
        outputs.append(helper.make_tensor_value_info(ACTIVATIONS, TensorProto.FLOAT, shape))
    if card.detector is not None:
        places = card.detector.places
        parts = [(PLACE_SCORES, len(card.classes), places), (BOXES, 4, places)]
        if card.detector.masks:
            parts.append((MASKS, card.detector.masks[0], card.detector.mask_parts))
        for name, rows, places in parts:
            tensors[name] = name
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", rows, places]))
    if card.segmenter is not None:
        tensors[PLACE_SCORES] = PLACE_SCORES
        shape = ["N", len(card.classes), card.segmenter.places]
        outputs.append(helper.make_tensor_value_info(PLACE_SCORES, TensorProto.FLOAT, shape))
    return bind(build_forward(Graph(network.model), card, tensors, outputs), None, card)


def input_facts(
    path: Path,
    preprocessing: object = None,
    *,
    size: tuple[int, int] | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    geometry: str | None = None,
    crop_pct: float | None = None,
    interpolation: str | None = None,
    antialias: bool | None = None,
    bgr: bool | None = None,
    value_range: str | None = None,
    file: tuple[dict[str, str], str | None] | None = None,
) -> InputFacts:
    """Collect the input facts from options, preset, the file and files beside it.

    Arguments are those of `adopt`; `file` is what `whylight.adoption.prepare.file_facts` gave, if it was read
    already.

    Raises:
        ModelError: the file cannot be read, there is no such preset, or an option is out of range.
    """
    if isinstance(preprocessing, str) and (mean is not None or std is not None):
        raise ModelError("give mean and std together, three numbers each, and no preprocessing by name")
    told = user_statement(
        mean=mean,
        std=std,
        values=value_range,
        bgr=bgr,
        geometry=geometry,
        crop_pct=crop_pct,
        interpolation=interpolation,
        antialias=antialias,
    )
    statements = [told]
    in_graph = False
    if isinstance(preprocessing, str):
        preset = find_preprocessing(preprocessing)
        in_graph = preset.in_graph and not told.facts
        statements.append(preset_statement(preprocessing, preset))
    elif preprocessing is not None:
        statements.append(Statement(PRESET, "the transform given", transform_facts(preprocessing)))
    metadata, whole_range = file_facts(path, size) if file is None else file
    written, notes = file_statement(metadata, whole_range)
    statements += [written, *beside_statements(path)]
    if not any("values" in statement.facts for statement in statements):
        statements += usual_statement(read_graph(path), size)
    elif size is None and not any("size" in statement.facts for statement in statements):
        # How values are scaled is known; what is left is the size of a file that leaves it open.
        statements += [
            replace(usual, facts={"size": usual.facts["size"]})
            for usual in usual_statement(read_graph(path))
            if "size" in usual.facts
        ]
    return collect(statements, in_graph=in_graph, notes=notes)


def _input_notes(wishes: AdoptOptions, network: PreparedModel) -> list[str]:
    """Return the input facts and their sources as sentences."""
    facts = wishes.facts
    assert facts.mean is not None
    assert facts.std is not None
    described = facts.describe(network.image.size)
    geometry = "stretched in the graph" if described is None else described.describe()
    by = {} if described is None else described.sources
    parts = [
        f"Images: {geometry}; values {values_in_words(facts.mean, facts.std)}"
        + (", BGR" if facts.bgr else "")
        + f" (geometry: {by.get('geometry', PRESET)}, values: {by.get('values', PRESET)})."
    ]
    parts += [f"{contradiction}." for contradiction in facts.contradictions]
    size = facts.chosen.get("size")
    if size is not None and size != network.image.size:
        height, width = network.image.size
        parts.append(f"A size of {size[0]} x {size[1]} is written, but the file takes {height} x {width}.")
    return [*parts, *facts.notes]


def _classes(wishes: AdoptOptions, network: PreparedModel) -> tuple[tuple[str, ...], str]:
    """Return the class names, and the file beside the model that holds them."""
    count, labels = network.scores.classes, wishes.labels
    if labels is None:
        found = labels_from_metadata(network.metadata, count)
        beside = None if found else names_beside(wishes.path, count)
        if network.heads is not None and not found and not beside:
            found = _classes_of_heads(wishes, network)
        if network.segmenter is not None and network.segmenter.is_line:
            found = signs_from_metadata(network.metadata, count) or found
        names = numbered_values if network.scores.kind in (NUMBER, SIMILARITY) else numbered
        return beside or (found or names(count), "")
    if isinstance(labels, str | os.PathLike):
        return read_labels(Path(labels), count), ""
    if len(labels) != count:
        raise ModelError(
            "{labels} labels were given; the model has {count} classes", labels=len(labels), count=count
        )
    return tuple(labels), ""


def _classes_of_heads(wishes: AdoptOptions, network: PreparedModel) -> tuple[str, ...] | None:
    """Return a detector's class names, without one for nothing; those of its form."""
    heads = network.heads
    assert heads is not None
    if heads.names or heads.background is None:
        return heads.names or None
    beside = names_beside(wishes.path, heads.classes + 1)
    every = labels_from_metadata(network.metadata, heads.classes + 1) or (beside and beside[0])
    if not every:
        return None
    return tuple(name for index, name in enumerate(every) if index != heads.background)


def _notes(wishes: AdoptOptions, network: PreparedModel, layer: Layer | None, *, gradients: bool) -> str:
    parts = [f"Adopted from '{wishes.path.name}' (ONNX operator set {network.opset})."]
    parts += _input_notes(wishes, network)
    if network.detector is not None:
        parts.append(
            f"A detector of {network.scores.classes} classes at {network.detector.places} places; boxes are "
            "explained at the map that they are found on."
        )
        assert network.heads is not None
        parts.append(f"A box's score is {network.heads.form}; its logit is explained.")
    if network.segmenter is not None and network.segmenter.is_line:
        parts.append(
            f"It reads a line of text: {network.scores.classes} signs at {network.segmenter.places} steps. "
            "Each letter is explained at its step; the answer of a sign is its share of the steps."
        )
    elif network.segmenter is not None:
        rows, columns = network.segmenter.grid
        parts.append(
            f"A segmenter of {network.scores.classes} classes at {rows} x {columns} places; a class is "
            "explained over the region where it is found, and its answer is its share of the image."
        )
    if network.scores.activation is not None:
        parts.append(f"Scores are taken before the final {network.scores.activation}.")
    if network.scores.of_logarithm:
        parts.append("It gives no logits: the logarithm of its answers is explained.")
    if network.scores.kind == SIGMOID and network.detector is None and network.segmenter is None:
        parts.append("It answers for every class by itself: the answers do not add up to one.")
    if network.scores.kind == SIMILARITY:
        parts.append(
            f"It makes embeddings of {network.scores.width} numbers, brought to length one: images are "
            "explained by what makes them alike another image or a text."
        )
    if network.scores.kind == NUMBER:
        parts.append("It answers with numbers: what is red raises them.")
    if network.converted_types:
        parts.append(f"Converted from {', '.join(network.converted_types)} to float32.")
    if network.is_quantized and gradients:
        parts.append("It rounds on the way, which is differentiated straight through.")
    if network.is_one_by_one:
        parts.append("Images of a batch are answered one after the other.")
    elif network.stuck:
        parts.append(
            f"Images and classes are explained one after the other, which takes longer: {network.stuck}."
        )
    elif network.batch_was_fixed:
        parts.append("The file fixes the batch to one image; here it takes any number.")
    if layer is not None and not layer.is_cut:
        parts.append("Not every path to the scores goes through the layer explained.")
    if layer is not None and layer.layout.tokens and not layer.layout.is_followed:
        parts.append("Where its tokens lie was taken from the shape of an earlier map.")
    if not gradients:
        parts.append("It has no gradients: methods that need none explain it.")
    return " ".join(parts)


def _versions() -> dict[str, str]:
    found = {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__}
    try:
        found["whylight"] = version("whylight")
    except PackageNotFoundError:
        found["whylight"] = "not installed as a package"
    return found
