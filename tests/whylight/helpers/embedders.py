"""A small embedder, and a text model with its tokenizer."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.whylight.helpers.classifiers import network, node, plain_constants, plain_nodes

NUMBERS = 20
RNG = np.random.default_rng(11)
HEAD = RNG.standard_normal((6, NUMBERS))
SCALE = 1 + 0.1 * RNG.standard_normal(NUMBERS)
SHIFT = 0.1 * RNG.standard_normal(NUMBERS)


def embedder(ending: str = "norm", output: str = "vectors") -> onnx.ModelProto:
    """The plain classifier's trunk, and an embedding that ends as those of transformers do."""
    nodes = [*plain_nodes()[:6], node("MatMul", "flat head", "projected")]
    constants = {**plain_constants(), "head": HEAD, "scale": SCALE, "shift": SHIFT}
    if ending == "norm":
        nodes.append(node("LayerNormalization", "projected scale shift", output, axis=-1))
    elif ending == "length":
        nodes += [node("ReduceL2", "projected last", "length"), node("Div", "projected length", output)]
        constants["last"] = np.array([1])
    else:
        nodes.append(node("Identity", "projected", output))
    return network(nodes, constants, [output], opset=18)


def text_model(length: int | str = "T", *, mask: bool = True) -> onnx.ModelProto:
    """A mean of vectors of tokens, those of the mask alone where there is one."""
    table = RNG.standard_normal((6, NUMBERS)).astype(np.float32)
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["vectors"])]
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["N", length])]
    last = "vectors"
    if mask:
        inputs.append(helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["N", length]))
        nodes += [
            helper.make_node("Cast", ["attention_mask"], ["weights"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["weights", "last"], ["column"]),
            helper.make_node("Mul", ["vectors", "column"], ["masked"]),
        ]
        last = "masked"
    nodes.append(helper.make_node("ReduceSum", [last, "tokens"], ["text_embeds"], keepdims=0))
    constants = {"table": table, "last": np.array([-1]), "tokens": np.array([1])}
    graph = helper.make_graph(
        nodes,
        "texts",
        inputs,
        [helper.make_tensor_value_info("text_embeds", TensorProto.FLOAT, ["N", NUMBERS])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


TOKENIZER = {
    "version": "1.0",
    "added_tokens": [],
    "normalizer": {"type": "Lowercase"},
    "pre_tokenizer": {"type": "Whitespace"},
    "model": {
        "type": "WordLevel",
        "vocab": {"[UNK]": 0, "a": 1, "cat": 2, "dog": 3, "photo": 4, "of": 5},
        "unk_token": "[UNK]",
    },
}
