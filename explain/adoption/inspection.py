"""What there is to know about somebody else's model, as text."""

from __future__ import annotations

from explain.adoption.labels import labels_from_metadata
from explain.adoption.layers import Layer
from explain.adoption.preparing import Network
from explain.adoption.presets import PRESET_NOTES
from explain.errors import ModelError


def describe(network: Network, name: str) -> str:
    """Input, scores, layers, the default guess and why; what has to be said by name."""
    scores = network.scores
    lines = [
        f"{name}: ONNX operator set {network.opset}"
        + (f", {', '.join(network.converted_types)} converted to float32" if network.converted_types else ""),
        f"input   {network.picture.describe()}"
        + ("; the pair takes any batch size" if network.batch_was_fixed else ""),
        f"scores  '{scores.output}', {scores.classes} classes"
        + (f"; logits are taken before the final {scores.activation}" if scores.activation else ""),
    ]
    labels = labels_from_metadata(network.metadata, scores.classes)
    lines.append(
        f"labels  {', '.join(labels[:3])}, ... from the model's metadata"
        if labels
        else "labels  the model names none: give --labels FILE, or classes are numbered"
    )
    lines += ["", "layers, from the picture to the scores (* every path goes through it):"]
    lines += _table(network.layers)
    lines += ["", _default(network), "", "preprocessing is not in the file; name it with --preprocessing:"]
    lines += [f"  {preset:10s} {note}" for preset, note in PRESET_NOTES.items()]
    return "\n".join(lines)


def _default(network: Network) -> str:
    try:
        layer, why = network.default_layer
    except ModelError as error:
        return f"default: none, {error}"
    return f"default: {layer.name} ({layer.op_type}, {layer.layout.describe()}): {why}"


def _table(layers: list[Layer]) -> list[str]:
    if not layers:
        return ["  none"]
    wide = max(len(layer.name) for layer in layers)
    rows = []
    for layer in layers:
        mark = "*" if layer.is_cut else " "
        rows.append(f"  {mark} {layer.name:{wide}s}  {layer.op_type:20s} {layer.layout.describe()}")
    return rows
