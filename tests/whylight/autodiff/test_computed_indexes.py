"""Tails that read and write places computed from the image, as both of PyTorch's exporters write them.

Indexes into the batch hold the image's row number, and cotangents have one row a score: with several
scores of one image these are not the same.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import helper
from torch import nn

from tests.whylight.autodiff.cases.scatter import case, ints, node
from tests.whylight.autodiff.networks import LOGITS, TARGET
from whylight.autodiff import differentiate
from whylight.errors import UnsupportedOperatorError
from whylight.graphs.extraction import values_at

SIZE = (3, 6, 6)
_CHANNELS, _PICKED, _PLACES = 6, 5, 36
Tail = Callable[["Picking", torch.Tensor], torch.Tensor]


class Picking(nn.Module):
    """A convolution, a tail, and a linear layer."""

    def __init__(self, tail: Tail, features: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, _CHANNELS, 3, padding=1)
        self.score = nn.Linear(_CHANNELS, 1)
        self.head = nn.Linear(features, 4)
        self._tail = tail

    def picked(self, tokens: torch.Tensor) -> torch.Tensor:
        """The tokens of the highest scores, `[N, 5]`."""
        return self.score(tokens).squeeze(-1).topk(_PICKED, 1).indices

    def behind(self, activations: torch.Tensor) -> torch.Tensor:
        return self.head(self._tail(self, activations).flatten(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.behind(self.convolution(x))


def _tokens(activations: torch.Tensor) -> torch.Tensor:
    return activations.flatten(2).transpose(1, 2)


def _images(tokens: torch.Tensor) -> torch.Tensor:
    return torch.arange(tokens.shape[0])


def _selected(network: Picking, activations: torch.Tensor) -> torch.Tensor:
    tokens = _tokens(activations)
    chosen = tokens[_images(tokens)[:, None], network.picked(tokens)]
    return chosen * chosen.sigmoid() + chosen.mean(1, keepdim=True) * chosen


def _selected_twice(network: Picking, activations: torch.Tensor) -> torch.Tensor:
    tokens = _tokens(activations)
    chosen = tokens[_images(tokens)[:, None], network.picked(tokens)]
    chosen = chosen * chosen.softmax(1)
    return chosen[_images(tokens)[:, None], chosen.sum(2).topk(3, 1).indices]


def _selected_from_rows(network: Picking, activations: torch.Tensor) -> torch.Tensor:
    tokens = _tokens(activations)
    places = network.picked(tokens) + _images(tokens)[:, None] * _PLACES
    return tokens.reshape(-1, _CHANNELS)[places.reshape(-1)].reshape(-1, _PICKED, _CHANNELS).tanh()


def _selected_by_repeated_rows(network: Picking, activations: torch.Tensor) -> torch.Tensor:
    tokens = _tokens(activations)
    rows = _images(tokens).repeat_interleave(_PICKED)
    return tokens[rows, network.picked(tokens).reshape(-1)].reshape(-1, _PICKED, _CHANNELS).exp()


def _selected_with_images_behind(network: Picking, activations: torch.Tensor) -> torch.Tensor:
    tokens = _tokens(activations)
    turned, places = tokens.transpose(0, 1), network.picked(tokens).transpose(0, 1)
    return turned[places, _images(tokens)[None]].transpose(0, 1).exp()


def _put(network: Picking, activations: torch.Tensor) -> torch.Tensor:
    tokens = _tokens(activations)
    places = (_images(tokens)[:, None], network.picked(tokens))
    return tokens.index_put(places, tokens[:, :_PICKED].tanh()) * tokens


def _added(network: Picking, activations: torch.Tensor) -> torch.Tensor:
    tokens = _tokens(activations)
    places = (_images(tokens)[:, None], network.picked(tokens))
    return tokens.index_put(places, tokens[:, :_PICKED].tanh(), accumulate=True) * tokens


def _copied(network: Picking, activations: torch.Tensor) -> torch.Tensor:
    tokens = _tokens(activations)
    rows = tokens.reshape(-1, _CHANNELS)
    places = (network.picked(tokens) + _images(tokens)[:, None] * _PLACES).reshape(-1)
    return rows.index_copy(0, places, rows[places].exp()).reshape(tokens.shape) * tokens


def _unpooled(_network: Picking, activations: torch.Tensor) -> torch.Tensor:
    largest, places = nn.functional.max_pool2d(activations, 2, return_indices=True)
    return nn.functional.max_unpool2d(largest.tanh(), places, 2) * activations


TAILS: dict[str, tuple[Tail, int]] = {
    "selected tokens": (_selected, _PICKED * _CHANNELS),
    "selected twice": (_selected_twice, 3 * _CHANNELS),
    "selected from a flattened batch": (_selected_from_rows, _PICKED * _CHANNELS),
    "row numbers repeated": (_selected_by_repeated_rows, _PICKED * _CHANNELS),
    "images in the second axis": (_selected_with_images_behind, _PICKED * _CHANNELS),
    "index_put": (_put, _PLACES * _CHANNELS),
    "index_put that adds": (_added, _PLACES * _CHANNELS),
    "index_copy": (_copied, _PLACES * _CHANNELS),
    "max_unpool": (_unpooled, _PLACES * _CHANNELS),
}
WAYS = [(name, True) for name in TAILS] + [(name, False) for name in TAILS if name != "max_unpool"]
"""The older exporter cannot write max_unpool."""


@pytest.mark.parametrize(("name", "newer"), WAYS, ids=lambda value: str(value))
def test_several_scores_at_once_are_each_scores_own(name: str, newer: bool) -> None:
    torch.manual_seed(5)
    network = Picking(*TAILS[name]).eval()
    model = _exported(network, newer=newer)
    (target,) = (node.output[0] for node in model.graph.node if node.op_type == "Conv")
    tail = differentiate(model, target, model.graph.output[0].name, SIZE)
    session = onnxruntime.InferenceSession(tail.model.SerializeToString(), providers=["CPUExecutionProvider"])
    exact = Picking(*TAILS[name]).double().eval()
    exact.load_state_dict(network.state_dict())
    for images in (1, 2, 3):
        for scores in range(1, 6):
            rng = np.random.default_rng(10 * images + scores)
            taken = values_at(
                model, (target, *tail.extra_inputs), rng.standard_normal((images, *SIZE)).astype(np.float32)
            )
            feed = {
                **taken,
                "activations": taken[target],
                "image_index": rng.integers(0, images, scores),
                "score_weights": rng.standard_normal((scores, 4)).astype(np.float32),
            }
            (found,) = session.run(None, {value.name: feed[value.name] for value in session.get_inputs()})
            for row, (image, weights) in enumerate(
                zip(feed["image_index"], feed["score_weights"], strict=True)
            ):
                activations = torch.tensor(taken[target][image][None]).double().requires_grad_()
                score = (exact.behind(activations) * torch.tensor(weights).double()).sum()
                (expected,) = torch.autograd.grad(score, activations)
                scale = float(expected.abs().max())
                np.testing.assert_allclose(found[row], expected[0].numpy(), rtol=0, atol=1e-5 * scale)


def test_row_numbers_of_unknown_origin_are_refused_by_name() -> None:
    """Row 0 for every image, by a number that is computed from the image: whose row that is, is open."""
    own_row = case(
        "",
        node("ReduceMax", "a all", "m", keepdims=0),
        node("Sign", "m", "s"),
        node("Sub", "s s", "zero"),
        helper.make_node("Cast", ["zero"], ["row"], to=onnx.TensorProto.INT64),
        node("Gather", "a row", "y", axis=0),
        all=ints(1, 2, 3),
        torch=lambda x: x,
    )
    with pytest.raises(UnsupportedOperatorError, match="unknown how they count the images"):
        differentiate(own_row.model(), TARGET, LOGITS, own_row.shape)


def _exported(network: nn.Module, *, newer: bool) -> onnx.ModelProto:
    written = io.BytesIO()
    way: dict[str, object] = (
        {"dynamic_shapes": {"x": {0: torch.export.Dim("N", min=1, max=64)}}, "verbose": False}
        if newer
        else {"dynamic_axes": {"x": {0: "N"}}}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            torch.onnx.export(
                network, (torch.randn(2, *SIZE),), written, dynamo=newer, input_names=["x"], **way
            )
        finally:
            logging.disable(logging.NOTSET)
    return onnx.load_from_string(written.getvalue())
