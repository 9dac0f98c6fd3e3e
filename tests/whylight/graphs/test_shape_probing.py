"""Shapes of added nodes are found without running the whole network."""

from __future__ import annotations

import numpy as np
import pytest

from tests.whylight.helpers.classifiers import SIZE, plain, transformer
from whylight.graphs import shape_probing
from whylight.graphs.editor import GraphEditor
from whylight.graphs.graph_view import Graph
from whylight.graphs.shape_probing import ProbedShapes, infer_dynamic_shapes, with_new_nodes
from whylight.layers.find_layers import find_layers
from whylight.layers.to_nchw import to_nchw


def _assert_same(found: ProbedShapes, expected: ProbedShapes) -> None:
    assert dict(found.infos) == dict(expected.infos)
    assert found.sized.keys() == expected.sized.keys()
    assert found.constants.keys() == expected.constants.keys()
    for name, value in expected.constants.items():
        np.testing.assert_array_equal(found.constants[name], value)


@pytest.mark.parametrize("class_token", [False, True])
def test_of_a_turned_layer(class_token: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    model = transformer(class_token=class_token, batch="N")
    probed = infer_dynamic_shapes(model, (3, *SIZE))
    graph = Graph(model)
    graph.fold(probed.constants)
    layer = next(
        layer for layer in find_layers(graph, probed, model.graph.output[0].name) if layer.layout.tokens
    )
    to_nchw(model, layer)
    expected = infer_dynamic_shapes(model, (3, *SIZE))
    asked: list[tuple[int, ...]] = []
    whole = infer_dynamic_shapes
    monkeypatch.setattr(
        shape_probing,
        "infer_dynamic_shapes",
        lambda part, shape: asked.append(shape) or whole(part, shape),
    )
    _assert_same(with_new_nodes(probed, model), expected)
    assert asked == [tuple(probed.infos[layer.name].shape[1:])]  # the new nodes alone


def test_of_nodes_that_take_several_tensors() -> None:
    model = plain()
    probed = infer_dynamic_shapes(model, (3, *SIZE))
    assert with_new_nodes(probed, model) is probed
    first, second = (name for name in ("relu1", "relu2"))
    editor = GraphEditor(model)
    small = editor.node("GlobalAveragePool", [first], at=len(model.graph.node), stem="small")
    other = editor.node("GlobalAveragePool", [second], at=len(model.graph.node), stem="other")
    editor.node("Concat", [small, other], at=len(model.graph.node), stem="joined", axis=1)
    _assert_same(with_new_nodes(probed, model), infer_dynamic_shapes(model, (3, *SIZE)))
