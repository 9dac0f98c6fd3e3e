"""Rows of tokens that do not go through the image line by line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from tests.whylight.helpers.classifiers import CLASSES, finite_differences, network, node, run_pair, saved
from whylight import adopt
from whylight.adoption import prepare
from whylight.layers.map_layout import MapLayout
from whylight.layers.token_positions import grid_of

_RNG = np.random.default_rng(12)
_SORTED = np.arange(24).reshape(2, 2, 3, 2).transpose(1, 3, 0, 2).reshape(-1)
"""4 x 6 places, those first that are the first of their 2 x 2 places, as Hiera sorts them."""
_ORDER = tuple(np.argsort(_SORTED).tolist())


def _hiera() -> onnx.ModelProto:
    """Patches, sorted; a layer a token; the maximum of each 2 x 2 of them; another layer a token."""
    nodes = [
        node("Conv", "x patch", "patches", strides=[2, 2]),
        node("Reshape", "patches parts", "apart"),
        node("Transpose", "apart", "turned", perm=[0, 3, 5, 2, 4, 1]),
        node("Reshape", "turned row", "tokens"),
        node("Identity", "shift", "same_shift"),  # as PyTorch writes weights that are equal
        node("MatMul", "tokens mix", "mixed"),
        node("Add", "same_shift mixed", "shifted"),
        node("Tanh", "shifted", "bent"),
        node("Reshape", "bent fours", "four"),
        node("ReduceMax", "four first", "pooled", keepdims=0),
        node("MatMul", "pooled mix", "again"),
        node("Add", "shift again", "last"),
        node("ReduceMean", "last first", "summary", keepdims=0),
        node("Gemm", "summary out", "scores"),
    ]
    constants = {
        "patch": _RNG.standard_normal((5, 3, 2, 2)) * 0.3,
        "parts": np.array([-1, 5, 2, 2, 3, 2]),
        "row": np.array([-1, 24, 5]),
        "mix": _RNG.standard_normal((5, 5)) * 0.3,
        "shift": _RNG.standard_normal(5),
        "fours": np.array([-1, 4, 6, 5]),
        "first": np.array([1]),
        "out": _RNG.standard_normal((5, CLASSES)),
    }
    return network(nodes, constants)


def test_sorted_tokens_are_followed(tmp_path: Path) -> None:
    adopted = prepare(saved(_hiera(), tmp_path))
    layers = {layer.name: layer.layout for layer in adopted.layers}
    assert layers["bent"] == MapLayout(True, True, 0, 5, (4, 6), _ORDER)
    assert layers["pooled"] == MapLayout(True, True, 0, 5, (2, 3))
    assert adopted.default_layer[0].name == "last"


def test_a_pair_has_them_line_by_line(tmp_path: Path) -> None:
    model = _hiera()
    pair = adopt(saved(model, tmp_path), preprocessing="unit", layer="bent")
    image = np.random.default_rng(0).integers(0, 256, (1, 8, 12, 3), np.uint8)
    weights = np.random.default_rng(1).standard_normal((1, CLASSES))
    given = image.transpose(0, 3, 1, 2).astype(np.float32) / 255
    found = run_pair(pair, image, [0], weights)
    exact = finite_differences(model, "bent", "scores", given, weights[0])

    def as_map(tokens: np.ndarray) -> np.ndarray:
        lines = np.empty_like(tokens)
        lines[:, _SORTED] = tokens
        return lines.transpose(0, 2, 1).reshape(1, 5, 4, 6)

    np.testing.assert_allclose(found["gradients"], as_map(exact), rtol=1e-3, atol=1e-4)
    constants = {entry.name: onnx.numpy_helper.to_array(entry) for entry in model.graph.initializer}
    blocks = given.reshape(1, 3, 4, 2, 6, 2)
    patches = np.einsum("nchiwj,ocij->nohw", blocks, constants["patch"])
    bent = np.tanh(np.einsum("nohw,op->nphw", patches, constants["mix"]) + constants["shift"][:, None, None])
    np.testing.assert_allclose(found["activations"], bent, atol=1e-5)


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([1j, 2j, 1 + 1j, 1 + 2j], ((2, 2), 0, (0, 1, 2, 3))),
        ([np.nan, 1 + 2j, 2j, 1j, 1 + 1j], ((2, 2), 1, (2, 1, 3, 0))),
        ([1j, 2j, 1 + 1j], None),
        ([1j, 1j, 1 + 1j, 1 + 1j], None),
        ([1j, np.nan, 1 + 1j], None),
    ],
)
def test_the_grid_of_places(places: list[complex], expected: object) -> None:
    assert grid_of(np.array(places, np.complex64)) == expected
