"""Files that fix the batch to one image are rewritten for any number.

Those that cannot be: `test_one_by_one`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from tests.whylight.helpers.classifiers import (
    CLASSES,
    SIZE,
    network,
    node,
    plain_constants,
    plain_nodes,
    saved,
)
from whylight.adoption import prepare
from whylight.adoption.batch_layout import Arrangement, arrangement
from whylight.graphs.in_memory import open_in_memory
from whylight.tensor_names import LOGITS

_RNG = np.random.default_rng(5)
_FIXED = {"x": [1, 3, *SIZE]}
_WIDE = _RNG.standard_normal((6 * 4 * 6, CLASSES))


def _require_batches(model: onnx.ModelProto, folder: Path) -> None:
    """Five images at once get the answers that the file gives each of them."""
    path = saved(model, folder)
    adopted = prepare(path)
    assert adopted.batch_was_fixed
    images = _RNG.standard_normal((5, 3, *SIZE)).astype(np.float32)
    file = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = file.get_inputs()[0].name
    apart = [file.run(None, {name: image[None]})[0].reshape(1, -1) for image in images]
    (together,) = open_in_memory(adopted.model).run([LOGITS], {adopted.model.graph.input[0].name: images})
    np.testing.assert_allclose(together, np.concatenate(apart), rtol=1e-4, atol=1e-5)


def _flattened(target: list[int], **extra: object) -> onnx.ModelProto:
    nodes = [*plain_nodes()[:4], node("Reshape", "relu2 target", "flat"), node("Gemm", "flat wide", "scores")]
    constants = {**plain_constants(), "wide": _WIDE, "target": np.array(target)}
    return network(nodes, constants, inputs=_FIXED, **extra)


@pytest.mark.parametrize("target", [[1, -1], [1, 144], [-1, 144]])
def test_a_flattening_reshape(tmp_path: Path, target: list[int]) -> None:
    if target[0] == -1:  # this one takes batches as it is
        assert not prepare(saved(_flattened(target), tmp_path)).batch_was_fixed
    else:
        _require_batches(_flattened(target), tmp_path)


def test_weights_reshaped_in_the_graph(tmp_path: Path) -> None:
    """As CNTK wrote its digit classifier: padding by name, sums for biases, matrices made by Reshape."""
    nodes = [
        node("Conv", "x w1", "conv1", auto_pad="SAME_UPPER", strides=[2, 2]),
        node("Add", "conv1 bias", "plus1"),
        node("Relu", "plus1", "relu1"),
        node("MaxPool", "relu1", "small", kernel_shape=[2, 2], strides=[2, 2], auto_pad="NOTSET"),
        node("Reshape", "small row", "flat"),
        node("Reshape", "kernel form", "matrix"),
        node("MatMul", "flat matrix", "product"),
        node("Add", "product shift", "scores"),
    ]
    constants = {
        "w1": plain_constants()["w1"],
        "bias": _RNG.standard_normal((6, 1, 1)),
        "row": np.array([1, 36]),
        "kernel": _RNG.standard_normal((6, 2, 3, CLASSES)),
        "form": np.array([36, CLASSES]),
        "shift": _RNG.standard_normal((1, CLASSES)),
    }
    _require_batches(network(nodes, constants, inputs=_FIXED, opset=8), tmp_path)


def test_channels_shuffled_by_reshapes(tmp_path: Path) -> None:
    nodes = plain_nodes()
    nodes[4:4] = [
        node("Reshape", "relu2 apart", "groups"),
        node("Transpose", "groups", "swapped", perm=[0, 2, 1, 3, 4]),
        node("Reshape", "swapped together", "shuffled"),
    ]
    nodes[7].input[0] = "shuffled"
    shapes = {"apart": np.array([1, 2, 3, 4, 6]), "together": np.array([1, 6, 4, 6])}
    _require_batches(network(nodes, {**plain_constants(), **shapes}, inputs=_FIXED), tmp_path)


def test_attention_with_the_batch_in_the_middle(tmp_path: Path) -> None:
    """Tokens [L, N, E] joined to [L N, E] for a matrix product, as PyTorch's attention does."""
    weights = {"v": _RNG.standard_normal((6, 6)), "out": _RNG.standard_normal((6, CLASSES))}
    shapes = {
        "rows": np.array([1, 6, 24]),
        "joined": np.array([24, 6]),
        "heads": np.array([24, 2, 3]),
        "back": np.array([24, 6]),
        "apart": np.array([24, 1, 6]),
        "one": np.array([1]),
    }
    nodes = [
        *plain_nodes()[:4],
        node("Reshape", "relu2 rows", "planes"),
        node("Transpose", "planes", "tokens", perm=[2, 0, 1]),
        node("Reshape", "tokens joined", "long"),
        node("MatMul", "long v", "valued"),
        node("Reshape", "valued heads", "headed"),
        node("Transpose", "headed", "first", perm=[1, 0, 2]),
        node("Transpose", "first", "turned", perm=[0, 2, 1]),
        node("MatMul", "first turned", "likeness"),
        node("Softmax", "likeness", "attention"),
        node("MatMul", "attention first", "mixed"),
        node("Transpose", "mixed", "placed", perm=[1, 0, 2]),
        node("Reshape", "placed back", "merged"),
        node("Gemm", "merged v", "again"),
        node("Reshape", "again apart", "tokens2"),
        node("Transpose", "tokens2", "tokens3", perm=[1, 0, 2]),
        node("ReduceMean", "tokens3 one", "summary", keepdims=0),
        node("Gemm", "summary out", "scores"),
    ]
    model = network(nodes, {**plain_constants(), **weights, **shapes}, inputs=_FIXED)
    _require_batches(model, tmp_path)


@pytest.mark.parametrize("size", [(7, 9), (4, 6)])  # 4 x 6 is what it has already
def test_a_resize_to_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    nodes = plain_nodes()
    nodes.insert(4, node("Resize", "relu2 - - sizes", "larger", mode="linear"))
    nodes[5].input[0] = "larger"
    sizes = {"sizes": np.array([1, 6, *size])}
    _require_batches(network(nodes, {**plain_constants(), **sizes}, inputs=_FIXED), tmp_path)


def test_a_squeeze_of_everything(tmp_path: Path) -> None:
    nodes = [*plain_nodes()[:5], node("Squeeze", "pooled", "flat"), node("MatMul", "flat head", "scores")]
    nodes += [node("Reshape", "scores row", "answer")]
    constants = {**plain_constants(), "row": np.array([1, CLASSES])}
    _require_batches(network(nodes, constants, ["answer"], inputs=_FIXED), tmp_path)


def test_arrangements() -> None:
    first, second = np.arange(6.0).reshape(1, 6), 10 + np.arange(6.0).reshape(1, 6)
    assert arrangement(first, second, np.concatenate([first, second])) == Arrangement(0, inner=False)
    assert arrangement(first, second, np.hstack([first, second])) == Arrangement(1, inner=False)
    alternating = np.stack([first, second], 2).reshape(1, 12)
    assert arrangement(first, second, alternating) == Arrangement(1, inner=True)
    assert arrangement(first, first, first) == Arrangement(-1, inner=False)
    assert arrangement(first, second, first) is None
