"""Description of an ONNX model as text: inputs, outputs, layers."""

from __future__ import annotations

from collections.abc import Mapping

import onnx

from whylight.adoption.class_names import labels_from_metadata, signs_from_metadata
from whylight.adoption.input_facts import InputFacts
from whylight.adoption.prepare import PreparedModel
from whylight.adoption.preprocessing_presets import PRESET_NOTES, WHOLE_NUMBERS
from whylight.adoption.requirements import unsupported_operators
from whylight.errors import ModelError
from whylight.images.geometry import ASSUMED
from whylight.layers.find_layers import Layer
from whylight.methods import WITHOUT_LAYERS
from whylight.methods.availability import join_names


def describe(
    network: PreparedModel, name: str, *, gradients: bool = True, facts: InputFacts | None = None
) -> str:
    """Describe input, scores, layers, the default layer and the options to give.

    Args:
        network: as it was prepared.
        name: of its file.
        gradients: whether it was prepared for them.
        facts: how images come to it, as far as that is known.
    """
    scores = network.scores
    lines = [
        f"{name}: ONNX operator set {network.opset}"
        + (f", {', '.join(network.converted_types)} converted to float32" if network.converted_types else ""),
        f"input   {network.image.describe()}"
        + ("; images are turned to grey" if network.image.channels == 1 else "")
        + ("; adopted it takes any batch size" if network.image.batch is not None else "")
        + (", one image after the other" if network.is_one_by_one else ""),
        f"scores  '{scores.output}', {scores.classes} classes"
        + (f"; logits are taken before the final {scores.activation}" if scores.activation else ""),
    ]
    labels = labels_from_metadata(network.metadata, scores.classes)
    if network.segmenter is not None and network.segmenter.is_line:
        labels = signs_from_metadata(network.metadata, scores.classes) or labels
    lines.append(
        f"labels  {', '.join(labels[:3])}, ... from the model's metadata"
        if labels
        else f"labels  the model holds no {scores.classes} names: give --labels FILE, or classes are numbered"
    )
    blocked = unsupported_operators(network) if gradients else {}
    lines += ["", "layers, from the image to the scores (* every path goes through it):"]
    lines += _table(network.layers, blocked)
    lines += ["", _default(network, blocked) + _way_out(network, blocked, gradients=gradients), ""]
    if facts is not None and facts.mean is not None:
        lines += _input_lines(network, facts)
    elif network.image.is_whole:
        lines.append(f"preprocessing is '{WHOLE_NUMBERS}', since the input takes whole numbers")
    else:
        lines.append("preprocessing is not in the file; name it with --preprocessing:")
        lines += [f"  {preset:15s} {note}" for preset, note in PRESET_NOTES.items()]
    return "\n".join(lines)


def _input_lines(network: PreparedModel, facts: InputFacts) -> list[str]:
    """Describe the input facts, each with its source."""
    described = facts.describe(network.image.size, grey=network.image.channels == 1)
    if described is None:
        return ["images are stretched by the forward graph itself"]
    sources = described.sources
    lines = [
        f"images: {described.describe()} ({sources.get('geometry', ASSUMED)})",
        f"values: {described.values}, {described.colours} ({sources.get('values', ASSUMED)})",
    ]
    lines += [str(contradiction) for contradiction in facts.contradictions]
    if sources.get("geometry") == ASSUMED:
        lines.append("nothing says the geometry: --geometry crop, or a preset, if images were not stretched")
    return [*lines, *facts.notes]


def _default(network: PreparedModel, blocked: Mapping[str, onnx.NodeProto]) -> str:
    try:
        layer, why = network.default_layer
    except ModelError as error:
        return f"default: none, {error}"
    if layer.name in blocked:
        return f"default: none, since {_obstacle(blocked[layer.name])} lies behind every layer"
    return f"default: {layer.name} ({layer.op_type}, {layer.layout.describe()}): {why}"


def _way_out(network: PreparedModel, blocked: Mapping[str, onnx.NodeProto], *, gradients: bool) -> str:
    """Suggest an alternative where no layer has gradients."""
    layer = network.any_layer
    if gradients and (layer is None or layer.name in blocked):
        return "; --without-gradients adopts the network for the methods that need none"
    if layer is None:
        return f"; {join_names(WITHOUT_LAYERS)} need none"
    return ""


def _obstacle(node: onnx.NodeProto) -> str:
    return f"{node.op_type} '{node.name or node.output[0]}', which has no differentiation rule,"


def _table(layers: list[Layer], blocked: Mapping[str, onnx.NodeProto]) -> list[str]:
    if not layers:
        return ["  none"]
    wide = max(len(layer.name) for layer in layers)
    rows = []
    for layer in layers:
        mark = "*" if layer.is_cut else " "
        row = f"  {mark} {layer.name:{wide}s}  {layer.op_type:20s} {layer.layout.describe()}"
        if layer.name in blocked:
            row += f"; no gradients, {blocked[layer.name].op_type} lies behind it"
        rows.append(row)
    return rows
