"""Nodes that compute the logit of a detector's score, log(p / (1 - p)).

The score p of a box is what its file answers: a sigmoid, a share of a softmax, a product of objectness and
class. Its logit is explained, whose gradient does not vanish where p comes near 1, and whose sigmoid is p.
Each function adds nodes to a network and returns the name of their result.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx

from whylight.graphs.editor import GraphEditor
from whylight.graphs.graph_view import producers

_MOVING = frozenset(
    [
        "Cast",
        "Concat",
        "Dropout",
        "Flatten",
        "Gather",
        "Identity",
        "Reshape",
        "ScatterND",
        "Slice",
        "Split",
        "Squeeze",
        "Transpose",
        "Unsqueeze",
    ]
)
"""Operators that only move numbers; all but Concat move those of their first input."""
_LEAST = 1e-30


def before_sigmoid(editor: GraphEditor, tensor: str) -> str | None:
    """Add the tensor as it would be without the sigmoids that its numbers come from.

    Operators that only move numbers are repeated behind what the sigmoids take. Numbers that come from
    elsewhere (a decoded box beside its scores) stay as they are.

    Returns:
        None if no number of the tensor is the direct result of a sigmoid.
    """
    makers = producers(editor.graph)
    made: dict[str, str] = {}

    def behind(name: str) -> str:
        if name not in made:
            made[name] = name
            node = makers.get(name)
            if node is not None and node.op_type == "Sigmoid":
                made[name] = node.input[0]
            elif node is not None and node.op_type in _MOVING:
                count = len(node.input) if node.op_type == "Concat" else 1
                moved = [behind(each) for each in node.input[:count]]
                if moved != list(node.input[:count]):
                    _repeat(node, moved)
        return made[name]

    def _repeat(node: onnx.NodeProto, moved: Sequence[str]) -> None:
        again = onnx.NodeProto()
        again.CopyFrom(node)
        again.input[: len(moved)] = moved
        again.name = editor.unique(f"{node.name or node.output[0]}.logits")
        again.output[:] = [editor.unique(f"{each}.logits") if each else "" for each in node.output]
        editor.graph.node.append(again)
        made.update(zip(node.output, again.output, strict=True))

    found = behind(tensor)
    return None if found == tensor else found


def logit_of_product(editor: GraphEditor, first: str, second: str) -> str:
    """Add the logit of sigmoid(first) x sigmoid(second).

    It is second - softplus(softplus(second) - first), since 1 / p - 1 = e^-a + e^-b + e^-(a + b).
    """
    inner = editor.node("Softplus", [second], stem="softplus")
    against = editor.node("Softplus", [editor.node("Sub", [inner, first], stem="less")], stem="against")
    return editor.node("Sub", [second, against], stem="logit_of_product")


def logit_of_root(editor: GraphEditor, first: str, second: str) -> str:
    """Add the logit of the square root of sigmoid(first) x sigmoid(second)."""
    losses = [
        editor.node("Softplus", [editor.node("Neg", [each], stem="against")], stem="loss")
        for each in (first, second)
    ]
    half = editor.constant(-0.5, np.float32, "half")
    logarithm = editor.node("Mul", [editor.node("Add", losses, stem="losses"), half], stem="logarithm")
    rest = editor.node("Sub", [_one(editor), editor.node("Exp", [logarithm], stem="answer")], stem="rest")
    return editor.node("Sub", [logarithm, _logarithm(editor, rest)], stem="logit_of_root")


def logit_of_answer(editor: GraphEditor, answer: str) -> str:
    """Add the logit of answers in 0..1, where what is before them is not known."""
    rest = editor.node("Sub", [_one(editor), answer], stem="rest")
    return editor.node("Sub", [_logarithm(editor, answer), _logarithm(editor, rest)], stem="logit_of_answer")


def logit_of_shares(editor: GraphEditor, shares: str, classes: int, kept: Sequence[int]) -> str:
    """Add the logits `[N, P, K]` of shares `[N, P, classes]` that add up to one.

    What is left to one is added up from the others: in float32 nothing would be left of 1 - p near 1.

    Args:
        editor: of the network.
        shares: result of a softmax along the last axis.
        classes: their number.
        kept: the K classes to return.
    """
    own = np.eye(classes)[:, list(kept)]
    picked = editor.node("Gather", [shares, editor.constant(list(kept))], stem="kept", axis=2)
    others = editor.node("MatMul", [shares, editor.constant(1 - own, np.float32, "others")], stem="rest")
    return editor.node("Sub", [_logarithm(editor, picked), _logarithm(editor, others)], stem="logit_of_share")


def _one(editor: GraphEditor) -> str:
    return editor.constant(1.0, np.float32, "one")


def _logarithm(editor: GraphEditor, tensor: str) -> str:
    least = editor.constant(_LEAST, np.float32, "least_answer")
    return editor.node("Log", [editor.node("Max", [tensor, least], stem="positive")], stem="logarithm")
