"""Decompose ONNX Runtime's contrib operators into standard operators.

A model that was saved after optimisation (level "extended", or by `onnxruntime.transformers`) holds
convolutions fused with their activations, and approximations of GELU. See
https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md.
"""

from __future__ import annotations

import numpy as np
import onnx

from whylight.errors import ModelError
from whylight.graphs.graph_view import attributes_of
from whylight.graphs.rewriter import GraphRewriter, Opening, Openings, rewrite

DOMAIN = "com.microsoft"


def decompose_contrib_ops(model: onnx.ModelProto) -> None:
    """Replace ONNX Runtime's contrib operators by standard ones, in place.

    The model's operator set is 20 or newer.

    Raises:
        ModelError: there is one that is not known here.
    """

    def open_(rewriting: GraphRewriter, node: onnx.NodeProto) -> None:
        if node.domain != DOMAIN:
            rewriting.keep(node)
        elif node.op_type in _OPENINGS:
            _OPENINGS[node.op_type](rewriting, node)
        else:
            raise ModelError(
                "node '{node}' is {domain}.{operator}, an operator of ONNX Runtime's own. Adopt the "
                "model as it was before it was optimised or quantised for it",
                node=node.name or node.output[0],
                domain=DOMAIN,
                operator=node.op_type,
            )

    if any(node.domain == DOMAIN for node in model.graph.node):
        rewrite(model, open_)


def _fused(op_type: str) -> Opening:
    """Decompose an operator fused with an activation, and perhaps a residual sum."""

    def change(opened: GraphRewriter, node: onnx.NodeProto) -> None:
        attributes = attributes_of(node)
        activation = attributes.pop("activation", b"").decode()
        names = [name for name in attributes if name.startswith("activation_")]
        values = [attributes.pop(name) for name in sorted(names)]  # alpha, beta, gamma, or a list of them
        parameters = [float(value) for value in np.ravel(values)]
        final = node.output[0]
        current = opened.add(op_type, list(node.input[:3]), f"{final}::{op_type}", **attributes)
        if len(node.input) > 3 and node.input[3]:
            current = opened.add("Add", [current, node.input[3]], f"{final}::sum")
        _activate(opened, activation, parameters, current, final)

    return change


def _activate(
    opened: GraphRewriter, activation: str, parameters: list[float], current: str, final: str
) -> None:
    if activation == "Clip":
        bounds = [
            opened.constant(f"{final}::bound{i}", np.array(value, np.float32))
            for i, value in enumerate(parameters)
        ]
        opened.add("Clip", [current, *bounds], final)
        return
    names = {"LeakyRelu": ("alpha",), "HardSigmoid": ("alpha", "beta")}.get(activation, ())
    given = dict(zip(names, parameters, strict=False))
    opened.add(activation or "Identity", [current], final, **given)


def _gelu(opened: GraphRewriter, node: onnx.NodeProto) -> None:
    current = node.input[0]
    if len(node.input) > 1 and node.input[1]:
        current = opened.add("Add", [current, node.input[1]], f"{node.output[0]}::biased")
    approximate = "tanh" if node.op_type == "FastGelu" else "none"
    opened.add("Gelu", [current], node.output[0], approximate=approximate)


def _quick_gelu(opened: GraphRewriter, node: onnx.NodeProto) -> None:
    final = node.output[0]
    alpha = opened.constant(f"{final}::alpha", np.array(attributes_of(node).get("alpha", 1.702), np.float32))
    scaled = opened.add("Mul", [node.input[0], alpha], f"{final}::scaled")
    gate = opened.add("Sigmoid", [scaled], f"{final}::gate")
    opened.add("Mul", [node.input[0], gate], final)


def _skip_norm(opened: GraphRewriter, node: onnx.NodeProto) -> None:
    final = node.output[0]
    given = list(node.input) + [""] * (5 - len(node.input))
    total = node.output[3] if len(node.output) > 3 and node.output[3] else f"{final}::sum"
    parts = [given[0], given[1], *filter(None, [given[4]])]
    opened.add("Sum", parts, total)
    norm = [total, given[2], *filter(None, [given[3]])]
    opened.add(
        "LayerNormalization", norm, final, axis=-1, epsilon=float(attributes_of(node).get("epsilon", 1e-12))
    )


_OPENINGS: Openings = {
    "FusedConv": _fused("Conv"),
    "FusedGemm": _fused("Gemm"),
    "Gelu": _gelu,
    "BiasGelu": _gelu,
    "FastGelu": _gelu,
    "QuickGelu": _quick_gelu,
    "SkipLayerNormalization": _skip_norm,
}
"""By operator: the function that decomposes it."""
