"""Nodes that replace others have names of their own, which the runtime asks for."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper

from whylight.graphs.in_memory import open_in_memory
from whylight.graphs.rewriter import GraphRewriter


def test_a_node_may_have_the_name_of_another_ones_output() -> None:
    nodes = [
        helper.make_node("Relu", ["x"], ["a"], "b"),
        helper.make_node("Neg", ["a"], ["b"], "negated"),
    ]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in "xb"]
    graph = helper.make_graph(nodes, "g", values[:1], values[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=8)
    rewriter = GraphRewriter(model)
    first, second = list(model.graph.node)
    rewriter.keep(first)
    minus = rewriter.constant("minus", np.float32([-1, -1]))
    rewriter.add("Mul", [second.input[0], minus], second.output[0])
    rewriter.finish()
    onnx.checker.check_model(model)
    (found,) = open_in_memory(model).run(None, {"x": np.float32([2, -3])})
    assert found.tolist() == [-2, 0]
