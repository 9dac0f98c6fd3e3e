"""Rows of tokens that do not go through the image line by line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from tests.whylight.helpers.classifiers import CLASSES, finite_differences, network, node, run_pair, saved
from whylight import adopt
from whylight.adoption import prepare
from whylight.errors import ModelError
from whylight.graphs.token_positions import grid_of
from whylight.layers.map_layout import MapLayout

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


def _shifted_windows() -> onnx.ModelProto:
    """Swin V2's form: shifted windows of 8 x 8 places, merged to 4 x 4, of which one window is all.

    The shifted map is joined of parts, one of 2 x 8 places: as many as the merged map has.
    """
    rng = np.random.default_rng(13)

    def windows(source: str, stem: str, count: int) -> list[onnx.NodeProto]:
        return [
            node("Pad", f"{source} nothing", f"{stem}_padded"),
            node("Reshape", f"{stem}_padded split{count}", f"{stem}_split"),
            node("Transpose", f"{stem}_split", f"{stem}_turned", perm=[0, 1, 3, 2, 4, 5]),
            node("Reshape", f"{stem}_turned window", f"{stem}_windows"),
            node("MatMul", f"{stem}_windows mix", f"{stem}_mixed"),
            node("Tanh", f"{stem}_mixed", f"{stem}_bent"),
            node("Reshape", f"{stem}_bent joined{count}", f"{stem}_joined"),
            node("Transpose", f"{stem}_joined", f"{stem}_back", perm=[0, 1, 3, 2, 4, 5]),
            node("Reshape", f"{stem}_back map{count}", f"{stem}_map"),
        ]

    nodes = [
        node("Conv", "x patch", "patches"),
        node("Transpose", "patches", "stream", perm=[0, 2, 3, 1]),
        node("Slice", "stream zero two one_axis", "upper"),
        node("Slice", "stream two end one_axis", "lower"),
        node("Concat", "lower upper", "shifted", axis=1),
        *windows("shifted", "first", 2),
        node("Slice", "first_map zero six one_axis", "first_lower"),
        node("Slice", "first_map six end one_axis", "first_upper"),
        node("Concat", "first_upper first_lower", "unshifted", axis=1),
        node("LayerNormalization", "unshifted gain", "norm1"),
        node("Add", "stream norm1", "stage1"),
        node("Reshape", "stage1 quarters", "apart"),
        node("Transpose", "apart", "neighbours", perm=[0, 1, 3, 2, 4, 5]),
        node("Reshape", "neighbours fours", "four"),
        node("MatMul", "four merge", "merged"),
        *windows("merged", "second", 1),
        node("LayerNormalization", "second_map gain", "norm2"),
        node("Add", "merged norm2", "stage2"),
        node("Reshape", "stage2 row", "tokens"),
        node("MatMul", "tokens mix", "wide"),
        node("Add", "tokens wide", "block"),
        node("Reshape", "block map1", "last"),
        node("LayerNormalization", "last gain", "normed"),
        node("ReduceMean", "normed places", "summary", keepdims=0),
        node("Gemm", "summary out", "scores"),
    ]
    constants = {
        "patch": rng.standard_normal((5, 3, 1, 1)) * 0.5,
        "mix": rng.standard_normal((5, 5)) * 0.5,
        "merge": rng.standard_normal((20, 5)) * 0.4,
        "gain": rng.uniform(0.5, 1.5, 5),
        "out": rng.standard_normal((5, CLASSES)),
        "nothing": np.zeros(8, np.int64),
        "zero": np.array([0]),
        "two": np.array([2]),
        "six": np.array([6]),
        "end": np.array([2**31 - 1]),
        "one_axis": np.array([1]),
        "split2": np.array([-1, 2, 4, 2, 4, 5]),
        "window": np.array([-1, 16, 5]),
        "joined2": np.array([-1, 2, 2, 4, 4, 5]),
        "map2": np.array([-1, 8, 8, 5]),
        "quarters": np.array([-1, 4, 2, 4, 2, 5]),
        "fours": np.array([-1, 4, 4, 20]),
        "split1": np.array([-1, 1, 4, 1, 4, 5]),
        "joined1": np.array([-1, 1, 1, 4, 4, 5]),
        "map1": np.array([-1, 4, 4, 5]),
        "row": np.array([-1, 16, 5]),
        "places": np.array([1, 2]),
    }
    return network(nodes, constants, inputs={"x": ["N", 3, 8, 8]})


def test_shifted_windows_are_followed(tmp_path: Path) -> None:
    theirs = saved(_shifted_windows(), tmp_path)
    prepared = prepare(theirs)
    layers = {layer.name: layer.layout for layer in prepared.layers}
    assert layers["stage1"] == MapLayout(True, False, 0, 5, (8, 8))
    assert layers["block"] == MapLayout(True, True, 0, 5, (4, 4))
    assert layers["normed"] == MapLayout(True, False, 0, 5, (4, 4))
    assert all(layers[name].is_followed for name in ("stage1", "merged", "block", "normed"))
    assert not {"shifted", "upper", "lower", "first_windows", "first_map"} & layers.keys()
    assert prepared.default_layer[0].layout.size == (4, 4)
    pair = adopt(theirs, preprocessing="unit")
    # Where the image changes, the map does: within one window, most at the very place.
    images = np.random.default_rng(14).integers(0, 256, (2, 8, 8, 3), np.uint8)
    images[1] = images[0]
    images[1, 2:4, 6:8] = 255 - images[0, 2:4, 6:8]
    before, after = run_pair(pair, images, [0, 1], np.eye(CLASSES)[:2])["activations"]
    change = np.abs(after - before).sum(axis=0)
    assert np.unravel_index(change.argmax(), change.shape) == (1, 3)


def test_tokens_in_an_order_that_cannot_be_followed_are_refused(tmp_path: Path) -> None:
    """Sorted by a matrix product, which nothing can see through, they only look like the grid of patches."""
    order = np.random.default_rng(15).permutation(24)
    nodes = [
        node("Conv", "x patch", "patches", strides=[2, 2]),
        node("Reshape", "patches row", "planes"),
        node("MatMul", "planes sorting", "sorted"),
        node("Transpose", "sorted", "tokens", perm=[0, 2, 1]),
        node("MatMul", "tokens mix", "mixed"),
        node("Tanh", "mixed", "bent"),
        node("ReduceMean", "bent first", "summary", keepdims=0),
        node("Gemm", "summary out", "scores"),
    ]
    constants = {
        "patch": _RNG.standard_normal((5, 3, 2, 2)) * 0.3,
        "row": np.array([-1, 5, 24]),
        "sorting": np.eye(24)[order],
        "mix": _RNG.standard_normal((5, 5)) * 0.3,
        "first": np.array([1]),
        "out": _RNG.standard_normal((5, CLASSES)),
    }
    theirs = saved(network(nodes, constants), tmp_path)
    assert adopt(theirs, preprocessing="unit", layer="patches").card.target_layer == "patches"
    with pytest.raises(ModelError, match="could not be told"):
        adopt(theirs, preprocessing="unit", layer="bent")
