"""Requirements for gradients at a layer, and alternatives where they are not met."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.adoption.prepare import PreparedModel
from whylight.adoption.verify_gradients import GradientCheck
from whylight.autodiff import RULES
from whylight.errors import CommandHint, Message, ModelError, UnsupportedOperatorError
from whylight.graphs.in_memory import open_in_memory
from whylight.layers.find_layers import Layer, real_tensors
from whylight.methods.availability import join_names, methods_of
from whylight.pair.build import Pair
from whylight.runtime.file_kind import runtime_reason
from whylight.tensor_names import IMAGE, LOGITS

WITHOUT = "whylight adopt --without-gradients"
"""The command that adopts models without gradients."""


def unsupported_operators(network: PreparedModel) -> dict[str, onnx.NodeProto]:
    """Return, for each tensor, the deepest node behind it that has no rule.

    Tensors with rules for all nodes behind them are left out.
    """
    needed = network.graph.upstream([LOGITS], within=real_tensors(network.graph, network.probed))
    found: dict[str, onnx.NodeProto] = {}
    for node in reversed(network.graph.nodes):
        if needed.isdisjoint(node.output):
            continue
        obstacle = next((found[name] for name in node.output if name in found), None)
        if obstacle is None and node.op_type not in RULES:
            obstacle = node
        if obstacle is not None:
            for name in node.input:
                found.setdefault(name, obstacle)
    return found


def require_rules(network: PreparedModel, layer: Layer) -> None:
    """Refuse a layer with an operator without a rule behind it, with alternatives.

    Raises:
        UnsupportedOperatorError: there is one.
    """
    blocked = unsupported_operators(network)
    if layer.name not in blocked:
        return
    node = blocked[layer.name]
    free = [layer.name for layer in network.layers if layer.name not in blocked]
    advice = (
        Message(
            "choose a layer behind it{hint}, such as '{layer}'",
            layer=free[-1],
            hint=CommandHint(" with --layer"),
        )
        if free
        else Message("no layer lies behind it, so that none has gradients")
    )
    raise UnsupportedOperatorError(node.op_type, node.name or node.output[0], advice)


def require_gradient(pair: Pair, layer: str, *, is_followed: bool = True, alone: bool = False) -> None:
    """Refuse a layer without influence on the scores, and wrong gradients.

    Args:
        pair: just made, with gradients.
        layer: its name, for messages.
        is_followed: whether it is known where in the image the places of its map lie; else that is tried.
        alone: whether the graphs take one image and one score alone.

    Raises:
        ModelError: the gradient is zero, infinite, or differs from finite differences of the scores (see
            `whylight.adoption.verify_gradients`).
    """
    check = GradientCheck(pair, alone=alone)
    found = check.at_noise()
    if not np.isfinite(found).all():
        raise ModelError("the gradient at layer '{layer}' is not finite for an image of noise", layer=layer)
    if not found.any():
        raise ModelError(
            "the scores do not change with the places of layer '{layer}' (behind the last "
            "attention only the class token counts); choose an earlier layer{hint}",
            layer=layer,
            hint=CommandHint(", see --inspect"),
        )
    if not is_followed:
        check.require_places(layer)
    check.require_right(layer)


def require_answers(pair: Pair) -> None:
    """Refuse a forward graph that does not run, or gives infinite answers.

    Raises:
        ModelError: one of these.
    """
    for name, value in _answers_to_noise(pair).items():
        if not np.isfinite(value).all():
            raise ModelError("the model's {name} are not finite for an image of noise", name=name)


_WITH_ALTERNATIVE = "{refusal}{hint}"


def works_without_gradients(error: ModelError) -> bool:
    """Return whether a refusal was found to hold for an adoption with gradients alone."""
    return error.message.template == _WITH_ALTERNATIVE


def suggest_alternatives(error: ModelError, without_gradients: Callable[[], str]) -> None:
    """Add to an error that adopting without gradients works, after trying it.

    Args:
        error: the refusal; its message is changed in place.
        without_gradients: adopts the model so and gives the name of its layer, empty where it has none; or
            raises an error.
    """
    try:
        layer = without_gradients()
    except Exception:  # whatever is wrong on that way, the refusal is the answer
        return
    methods = join_names(methods_of(gradients=False, activations=bool(layer)))
    error.message = Message(
        _WITH_ALTERNATIVE,
        refusal=error.message,
        hint=CommandHint(". `{command}` adopts it as it is, for {methods}", command=WITHOUT, methods=methods),
    )


def _answers_to_noise(pair: Pair) -> dict[str, NDArray[np.float32]]:
    """Return all outputs of a forward graph for one image, by name."""
    height, width = pair.card.input_size
    images = np.random.default_rng(6).integers(0, 256, (1, height, width, 3), np.uint8)
    try:
        session = open_in_memory(pair.forward, optimise=True)
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(names, {IMAGE: images}), strict=True))
    except Exception as error:  # the runtime raises a family of types of its own
        raise ModelError(
            "ONNX Runtime cannot run the forward graph that was made: {reason}", reason=runtime_reason(error)
        ) from error
