"""Files whose batch cannot be freed are explained one image and one score at a time, with exact gradients."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from tests.whylight.helpers.classifiers import SIZE, network, node, plain_constants, plain_nodes, saved
from whylight import Explainer, adopt
from whylight.adoption import prepare
from whylight.errors import ModelError

_FIXED = {"x": [1, 3, *SIZE]}
_IMAGES = np.random.default_rng(3).integers(0, 256, (3, *SIZE, 3), np.uint8)


class Mixing(nn.Module):
    """Its normalisation runs over all of the batch: no rewriting gives each image its own."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 6, 3, padding=1)
        self.second = nn.Conv2d(6, 6, 3, padding=1, stride=2)
        self.head = nn.Linear(6, 4)

    def tail(self, activations: torch.Tensor, skipped: torch.Tensor) -> torch.Tensor:
        """From the second convolution on; `skipped` goes around it."""
        bent = activations.tanh() * (1 + skipped.mean())
        pooled = (bent - bent.mean(dim=0).mean()).flatten(2).mean(2)
        return self.head(pooled / pooled.norm())

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits `[1, 4]`."""
        start = self.first(images).relu()
        return self.tail(self.second(start), start)


@pytest.fixture
def module() -> Mixing:
    torch.manual_seed(0)
    return Mixing().eval()


@pytest.fixture
def pair_path(module: Mixing, tmp_path: Path) -> Path:
    written = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, (torch.zeros(1, 3, *SIZE),), written, dynamo=False)
    path = saved(onnx.load_from_string(written.getvalue()), tmp_path)
    out = tmp_path / "pair.onnx"
    pair = adopt(path, out, preprocessing="unit", layer="/second/Conv_output_0")
    assert "one after the other, which takes longer" in pair.card.notes
    return out


def test_answers_and_gradients_are_the_modules(module: Mixing, pair_path: Path) -> None:
    explainer = Explainer(pair_path)
    inputs = torch.tensor(_IMAGES.transpose(0, 3, 1, 2).copy()).float() / 255
    expected = [module(one[None])[0].detach().numpy() for one in inputs]
    np.testing.assert_allclose(explainer.logits(_IMAGES), expected, atol=1e-5)
    weights = np.random.default_rng(4).standard_normal((5, 4)).astype(np.float32)
    exact = Mixing().double()
    exact.load_state_dict(module.state_dict())
    for image, one in zip(_IMAGES, inputs, strict=True):
        explained = explainer.explain_scores(image, weights, "grad-cam")
        found = explainer.gradients(explained)
        start = exact.first(one[None].double()).relu()
        activations = exact.second(start).detach().requires_grad_()
        logits = exact.tail(activations, start.detach())[0]
        for row, score in zip(found, weights, strict=True):
            (gradient,) = torch.autograd.grad(
                (logits * torch.tensor(score).double()).sum(), activations, retain_graph=True
            )
            np.testing.assert_allclose(row, gradient[0], rtol=0, atol=1e-5 * gradient.abs().max())


def test_it_is_used_as_any_other(pair_path: Path) -> None:
    explainer = Explainer(pair_path)
    assert explainer.explain(_IMAGES[0], top=4).maps.shape[0] == 4
    many = [explanation for _, explanation in explainer.explain_many(list(_IMAGES), top=2)]
    for image, explanation in zip(_IMAGES, many, strict=True):
        np.testing.assert_allclose(explanation.maps, explainer.explain(image, top=2).maps, rtol=1e-5)
    for method in set(explainer.methods) - {"ablation-cam"}:
        assert np.isfinite(explainer.explain(_IMAGES[1], top=1, method=method).maps).all()
    with pytest.raises(ModelError, match="one image at a time"):
        explainer.explain(_IMAGES[0], method="ablation-cam")
    (only,) = explainer.layers()
    assert (only.name, only.channels, only.size) == (explainer.layer, 6, (SIZE[0] // 2, SIZE[1] // 2))
    with pytest.raises(ModelError, match="when it is adopted"):
        explainer.with_layer("/first/Conv_output_0")


def test_a_node_that_mixes_images_is_named(tmp_path: Path) -> None:
    nodes = plain_nodes()
    nodes.insert(4, node("ReduceMean", "relu2 batch", "mixed"))
    nodes[5].input[0] = "mixed"
    model = network(nodes, {**plain_constants(), "batch": np.array([0])}, inputs=_FIXED)
    path = saved(model, tmp_path)
    assert "ReduceMean 'mixed' cannot be rewritten" in prepare(path).stuck
    pair = adopt(path, preprocessing="unit")
    assert "ReduceMean 'mixed' cannot be rewritten" in pair.card.notes
