"""`adopt`: somebody else's ONNX classifier becomes a pair."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from traceback import clear_frames
from typing import TYPE_CHECKING, cast

import onnx
import onnxruntime
from onnx import TensorProto, helper

from whylight.adoption.class_names import labels_from_metadata, numbered, read_labels
from whylight.adoption.prepare import PreparedModel, prepare, takes_uint8
from whylight.adoption.preprocessing_presets import (
    PRESETS,
    WHOLE_NUMBERS,
    Preprocessing,
    Triple,
    find_preprocessing,
)
from whylight.adoption.requirements import (
    require_answers,
    require_gradient,
    require_rules,
    suggest_alternatives,
)
from whylight.adoption.torch_module import adopt_module, is_module
from whylight.adoption.verify import compare
from whylight.answers import KINDS, SIGMOID
from whylight.common.hashing import sha256_of
from whylight.common.memory import trim_heap
from whylight.errors import ModelError
from whylight.graphs.graph_view import Graph
from whylight.layers.find_layers import Layer, find_layer
from whylight.layers.to_nchw import to_nchw
from whylight.pair.build import Pair, bind, build_pair
from whylight.pair.card import Card
from whylight.pair.files import require_replaceable, save_pair
from whylight.pair.forward_graph import build_forward
from whylight.tensor_names import ACTIVATIONS, LOGITS

if TYPE_CHECKING:
    import torch


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
    without_gradients: bool = False,
    force: bool = False,
) -> Pair:
    """Make a pair of an image classifier: an ONNX file from any framework, or a PyTorch module.

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
        preprocessing: how images are scaled, a name of `whylight.adoption.preprocessing_presets.PRESETS`; for
            a module also a transform of TorchVision or timm, or an image processor of transformers.
            May be left out for a file that takes whole numbers, which can only be 0 to 255.
        mean, std: three numbers each for RGB values in 0..1, instead of `preprocessing`.
        labels: K names, or a file of them (text or JSON); None for those of the model's metadata, else
            numbers.
        layer: the tensor or node to explain; None for the default (see `whylight.layers.find_layers`).
        scores: the output that holds the scores, where there are several; also a tensor inside.
        size: height and width in pixels, where the file leaves them open.
        name: what people call the model; None for the file's name.
        answers: what the scores answer, one of `whylight.answers.KINDS`: one of K classes, several labels, or
            two classes by one score. None where the file's own numbers show it.
        without_gradients: make the forward graph alone, of any network that can be run: for the methods that
            need no gradients. Such a network's layer is that of Score-CAM and Ablation-CAM, if there is one.
        force: replace whatever lies at `out`, the model itself included.

    Returns:
        The pair, its answers compared with the file's.

    Raises:
        ModelError: the file is no image classifier, cannot be differentiated, or something about it has to
            be said by name. Where it can be adopted without gradients, the message says so. Or something lies
            at `out` that is not to be replaced.
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
    if preprocessing is not None and not isinstance(preprocessing, str):
        raise ModelError("for an ONNX file, preprocessing is the name of a preset, or mean and std are given")
    if answers is not None and answers not in KINDS:
        raise ModelError(
            "there is no kind of answers '{answers}'; there are {known}",
            answers=answers,
            known=", ".join(KINDS),
        )
    if out is not None and not force:
        require_replaceable(Path(out), path)
    if preprocessing is None and mean is None and std is None and takes_uint8(path, size):
        preprocessing = WHOLE_NUMBERS
    wishes = AdoptOptions(
        path=path,
        preset=preprocessing,
        preprocessing=_preprocessing(preprocessing, mean, std),
        labels=labels,
        layer=layer,
        scores=scores,
        size=size,
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
        save_pair(pair, Path(out))
    return pair


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptOptions:
    """What `adopt` was told of a model."""

    path: Path
    preset: str | None
    """Name of the preprocessing, if it has one."""
    preprocessing: Preprocessing
    labels: str | os.PathLike[str] | Sequence[str] | None
    layer: str | None
    scores: str | None
    size: tuple[int, int] | None
    name: str | None
    answers: str | None


def _adopted(wishes: AdoptOptions) -> Pair:
    """The pair, checked but not written."""
    network = _prepared(wishes, gradients=True)
    chosen = _named_layer(wishes, network) or network.default_layer[0]
    require_rules(network, chosen)
    pair = make_pair(network, chosen, _card(wishes, network, chosen, gradients=True))
    del network  # the pair has its own copy of the weights
    trim_heap()
    require_gradient(pair, chosen.name, is_followed=chosen.layout.is_followed or not chosen.layout.tokens)
    return pair


def _adopt_forward_only(wishes: AdoptOptions) -> Pair:
    """The forward graph, checked but not written, of a network that need not be differentiated."""
    network = _prepared(wishes, gradients=False)
    chosen = _named_layer(wishes, network) or network.any_layer
    pair = make_forward(network, chosen, _card(wishes, network, chosen, gradients=False))
    del network
    trim_heap()
    require_answers(pair)
    return pair


def _prepared(wishes: AdoptOptions, *, gradients: bool) -> PreparedModel:
    bgr = wishes.preprocessing.bgr
    network = prepare(
        wishes.path,
        size=wishes.size,
        scores=wishes.scores,
        bgr=bgr,
        answers=wishes.answers,
        gradients=gradients,
    )
    if network.image.is_whole and wishes.preprocessing != PRESETS[WHOLE_NUMBERS]:
        raise ModelError(
            "input '{input}' takes whole numbers, 0 to 255; the preprocessing for them is '{preset}'",
            input=network.image.name,
            preset=WHOLE_NUMBERS,
        )
    return network


def _named_layer(wishes: AdoptOptions, network: PreparedModel) -> Layer | None:
    return None if wishes.layer is None else find_layer(network.layers, network.graph, wishes.layer)


def _card(wishes: AdoptOptions, network: PreparedModel, layer: Layer | None, *, gradients: bool) -> Card:
    """The card, for which the network's answers are compared with the file's."""
    classes = _classes(wishes.labels, network)
    verification = compare(wishes.path, network, bgr=wishes.preprocessing.bgr)
    trim_heap()
    return Card(
        name=wishes.name or wishes.path.stem,
        classes=classes,
        target_layer="" if layer is None else layer.name,
        input_size=network.image.size,
        mean=wishes.preprocessing.mean,
        std=wishes.preprocessing.std,
        answers=network.scores.kind,
        logits_are_logarithms=network.scores.of_logarithm,
        notes=_notes(wishes, network, layer, gradients=gradients),
        versions=_versions(),
        verification=verification,
        source=sha256_of(wishes.path),
    )


def make_pair(network: PreparedModel, layer: Layer, card: Card) -> Pair:
    """The pair of a prepared network at one of its layers.

    Raises:
        ModelError: the logits do not depend on the layer.
        UnsupportedOperatorError: an operator behind the layer has no differentiation rule.
    """
    target = to_nchw(network.model, layer)
    made = {name for node in network.model.graph.node for name in node.output if name}
    # What was probed holds as long as no map was turned in the network since.
    known = network.probed if made <= network.probed.infos.keys() | network.graph.constants.keys() else None
    return build_pair(network.model, card, target=target, logits=LOGITS, probed=known)


def make_forward(network: PreparedModel, layer: Layer | None, card: Card) -> Pair:
    """The forward graph alone of a prepared network, with the activations of a layer or of none."""
    tensors = {LOGITS: LOGITS}
    outputs = [helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, ["N", len(card.classes)])]
    if layer is not None:
        tensors[ACTIVATIONS] = to_nchw(network.model, layer)
        shape: list[int | str] = ["N", layer.layout.channels, *layer.layout.size]
        outputs.append(helper.make_tensor_value_info(ACTIVATIONS, TensorProto.FLOAT, shape))
    return bind(build_forward(Graph(network.model), card, tensors, outputs), None, card)


def _preprocessing(
    name: str | None, mean: Sequence[float] | None, std: Sequence[float] | None
) -> Preprocessing:
    if mean is None and std is None:
        return find_preprocessing(name)
    if name is not None or mean is None or std is None or len(mean) != 3 or len(std) != 3:
        raise ModelError("give mean and std together, three numbers each, and no preprocessing by name")
    return Preprocessing(cast(Triple, tuple(map(float, mean))), cast(Triple, tuple(map(float, std))))


def _classes(
    labels: str | os.PathLike[str] | Sequence[str] | None, network: PreparedModel
) -> tuple[str, ...]:
    count = network.scores.classes
    if labels is None:
        return labels_from_metadata(network.metadata, count) or numbered(count)
    if isinstance(labels, str | os.PathLike):
        return read_labels(Path(labels), count)
    if len(labels) != count:
        raise ModelError(
            "{labels} labels were given; the model has {count} classes", labels=len(labels), count=count
        )
    return tuple(labels)


def _notes(wishes: AdoptOptions, network: PreparedModel, layer: Layer | None, *, gradients: bool) -> str:
    parts = [f"Adopted from '{wishes.path.name}' (ONNX operator set {network.opset})."]
    parts.append(f"Preprocessing: {wishes.preset or 'mean and std as given'}.")
    if network.scores.activation is not None:
        parts.append(f"Scores are taken before the final {network.scores.activation}.")
    if network.scores.of_logarithm:
        parts.append("It gives no logits: the logarithm of its answers is explained.")
    if network.scores.kind == SIGMOID:
        parts.append("It answers for every class by itself: the answers do not add up to one.")
    if network.converted_types:
        parts.append(f"Converted from {', '.join(network.converted_types)} to float32.")
    if network.is_quantized and gradients:
        parts.append("It rounds on the way, which is differentiated straight through.")
    if network.is_one_by_one:
        parts.append("Images of a batch are answered one after the other.")
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
