"""Several heads in one tensor: asked for, and each explained by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from tests.whylight.helpers.classifiers import (
    CLASSES,
    HEAD,
    SIZE,
    network,
    node,
    plain_constants,
    plain_nodes,
    saved,
)
from whylight import Explainer, adopt
from whylight.adoption.score_parts import find_heads, split_part
from whylight.errors import MissingFactError, ModelError

_SECOND = np.random.default_rng(8).standard_normal((HEAD.shape[0], 3)).astype(np.float32)
_IMAGE = np.random.default_rng(9).integers(0, 256, (*SIZE, 3), np.uint8)


def _two_heads(*, softmax: bool) -> onnx.ModelProto:
    nodes = [*plain_nodes(), node("Gemm", "flat second", "others")]
    ends = ("scores", "others")
    if softmax:
        nodes += [node("Softmax", end, f"{end}.p", axis=1) for end in ends]
        ends = ("scores.p", "others.p")
    nodes.append(node("Concat", " ".join(ends), "both", axis=1))
    return network(nodes, {**plain_constants(), "second": _SECOND}, ["both"])


@pytest.mark.parametrize("softmax", [True, False])
@pytest.mark.parametrize("part", [slice(0, CLASSES), slice(CLASSES, CLASSES + 3)])
def test_each_head_is_explained_by_itself(tmp_path: Path, softmax: bool, part: slice) -> None:
    path = saved(_two_heads(softmax=softmax), tmp_path)
    name = f"both[{part.start}:{part.stop}]"
    adopt(path, tmp_path / "pair.onnx", preprocessing="unit", scores=name)
    explainer = Explainer(tmp_path / "pair.onnx")
    assert explainer.class_count == part.stop - part.start
    image = (_IMAGE.transpose(2, 0, 1)[None] / 255).astype(np.float32)
    (answers,) = onnxruntime.InferenceSession(path).run(None, {"x": image})
    expected = answers[0, part]
    if not softmax:
        expected = np.exp(expected) / np.exp(expected).sum()
    np.testing.assert_allclose(explainer.predict(_IMAGE), expected, atol=1e-5)
    assert np.isfinite(explainer.explain(_IMAGE, top=2).maps).all()


def test_heads_are_asked_for(tmp_path: Path) -> None:
    path = saved(_two_heads(softmax=True), tmp_path)
    with pytest.raises(MissingFactError, match=r"2 heads.*--scores: 'both\[0:") as caught:
        adopt(path, preprocessing="unit")
    assert caught.value.fact == "scores"
    assert caught.value.choices == (f"both[0:{CLASSES}]", f"both[{CLASSES}:{CLASSES + 3}]")
    for wrong in ("both[2:2]", "both[90:95]", "nothing[0:2]"):
        with pytest.raises(ModelError):
            adopt(path, preprocessing="unit", scores=wrong)


def test_heads_are_told_from_one_head_and_from_labels() -> None:
    rng = np.random.default_rng(1)
    one = rng.dirichlet(np.ones(5), 6).astype(np.float32)
    other = rng.dirichlet(np.ones(3), 6).astype(np.float32)
    assert find_heads(one) == ()
    assert find_heads(np.hstack([one, other])) == (slice(0, 5), slice(5, 8))
    assert find_heads(rng.random((6, 8)).astype(np.float32)) == ()
    assert find_heads(rng.standard_normal((6, 8)).astype(np.float32)) == ()


def test_names_of_parts() -> None:
    assert split_part("output[3:10]") == ("output", slice(3, 10))
    assert split_part("output") == ("output", slice(None))
    assert split_part("a[0]") == ("a[0]", slice(None))
