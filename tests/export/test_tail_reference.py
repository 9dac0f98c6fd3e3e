"""Jumps of a gradient at kinks are told from errors, whatever function has the kink."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from export.tail_reference import TailReference
from whylight.autodiff.kinks import GRADIENT_TOLERANCE, agree

CHANNELS, SIZE, CLASSES = 6, 4, 3


class Network(nn.Module):
    """A layer that is explained, a function with kinks, and a linear classifier."""

    def __init__(self, kinked: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.Conv2d(3, CHANNELS, 1)
        self.kinked = kinked
        with torch.no_grad():
            width = kinked(torch.zeros(1, CHANNELS, SIZE, SIZE)).flatten(1).shape[1]
        self.linear = nn.Linear(width, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        return self.linear(self.kinked(self.layer(images)).flatten(1))


# Each with two activations of one plane (flattened, of 16) that lie on the kink, but for a distance d.
KINKED: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[float], dict[int, float]]]] = {
    "relu": (torch.relu, lambda d: {5: d}),
    "relu_in_place": (nn.ReLU(inplace=True), lambda d: {5: d}),
    "leaky_relu": (nn.LeakyReLU(0.2), lambda d: {5: d}),
    "prelu": (nn.PReLU(), lambda d: {5: d}),
    "abs": (torch.abs, lambda d: {5: d}),
    "relu6_below": (nn.ReLU6(), lambda d: {5: d}),
    "relu6_above": (nn.ReLU6(), lambda d: {5: 6 + d}),
    "hardtanh": (nn.Hardtanh(-2.0, 2.0), lambda d: {5: -2 + d}),
    "clamp": (lambda x: x.clamp(-0.5, 0.5), lambda d: {5: 0.5 + d}),
    "clamp_one_side": (lambda x: torch.clamp(x, max=0.5), lambda d: {5: 0.5 + d}),
    "hardswish": (nn.Hardswish(), lambda d: {5: -3 + d}),
    "hardsigmoid": (nn.Hardsigmoid(), lambda d: {5: 3 + d}),
    "softshrink": (nn.Softshrink(0.5), lambda d: {5: -0.5 + d}),
    "max_pool": (nn.MaxPool2d(2), lambda d: {0: 3, 5: 3 + d}),
    "max_pool_overlapping": (nn.MaxPool2d(3, 2, 1, ceil_mode=True), lambda d: {0: 3, 5: 3 + d}),
    "global_max_pool": (nn.AdaptiveMaxPool2d(1), lambda d: {0: 9, 5: 9 + d}),
    "amax": (lambda x: x.amax((2, 3)), lambda d: {0: 9, 5: 9 + d}),
    "max": (lambda x: x.max(3).values, lambda d: {4: 3, 5: 3 + d}),
    "maximum": (lambda x: torch.maximum(x, x.roll(1, 3)), lambda d: {5: 9, 6: 9 + d}),
    "topk_left_out": (lambda x: x[:, 0].flatten(1).topk(2).values, lambda d: {1: 10, 0: 9, 5: 9 + d}),
    "topk_order": (lambda x: x[:, 0].flatten(1).topk(2).values, lambda d: {0: 9, 5: 9 + d}),
}


def activations_at(places: dict[int, float]) -> NDArray[np.float64]:
    """Random activations, away from every kink above, with these values in the first plane."""
    values = np.random.default_rng(1).permutation(CHANNELS * SIZE * SIZE) / 40.0 - 1.2 + 0.0113
    for place, value in places.items():
        values[place] = value
    return values.reshape(1, CHANNELS, SIZE, SIZE)


def gradients_of(network: Network, activations: NDArray[np.float64]) -> NDArray[np.float32]:
    """What a program in float32 finds, by autograd, for every class."""
    value = torch.from_numpy(activations.astype(np.float32)).requires_grad_()
    logits = network.linear(network.kinked(value + 0).flatten(1))[0]
    rows = [torch.autograd.grad(logit, value, retain_graph=True)[0] for logit in logits]
    return torch.cat(rows).numpy()


@pytest.mark.parametrize("name", KINKED)
def test_a_unit_on_the_other_side_of_its_kink_is_shown(name: str) -> None:
    kinked, places = KINKED[name]
    network = Network(kinked)
    # Given to float32 exactly, and far less than its rounding away from each other.
    here, there = (activations_at(places(distance)) for distance in (2.0**-20, -(2.0**-20)))
    found = gradients_of(network, there)
    reference = TailReference(network, "layer").at(
        torch.zeros(1, 3, SIZE, SIZE), here.astype(np.float32), np.eye(CLASSES, dtype=np.float32)
    )
    agreement = agree(found, reference)
    assert agreement.unexplained > 0.01, "the jump has to be there"
    assert agreement.difference <= GRADIENT_TOLERANCE
    assert len(agreement.flipped) == 1
    np.testing.assert_allclose(agreement.reference, found, atol=1e-5)


@pytest.mark.parametrize("name", KINKED)
def test_what_is_far_from_a_kink_is_no_excuse(name: str) -> None:
    kinked, places = KINKED[name]
    network = Network(kinked)
    here, there = (activations_at(places(distance)) for distance in (0.001, -0.001))
    reference = TailReference(network, "layer").at(
        torch.zeros(1, 3, SIZE, SIZE), here.astype(np.float32), np.eye(CLASSES, dtype=np.float32)
    )
    agreement = agree(gradients_of(network, there), reference)
    assert agreement.difference > 0.01
    assert agreement.flipped == ()


def test_several_units_are_told_apart() -> None:
    """Of ten units within rounding of their kinks, the four that were decided otherwise are found."""
    network = Network(torch.relu)
    distances = (-1.0) ** np.arange(10) * 2.0**-21
    here = activations_at(dict(enumerate(distances)))
    there = activations_at(dict(enumerate(distances * np.where(np.arange(10) < 4, -1, 1))))
    reference = TailReference(network, "layer").at(
        torch.zeros(1, 3, SIZE, SIZE), here.astype(np.float32), np.eye(CLASSES, dtype=np.float32)
    )
    agreement = agree(gradients_of(network, there), reference)
    assert len(reference.kinks) == 10
    assert agreement.difference <= GRADIENT_TOLERANCE
    assert {kink.unit for kink in agreement.flipped} == {
        f"decision 0 at (0, 0, {k // 4}, {k % 4})" for k in range(4)
    }


def test_a_kink_excuses_nothing_else() -> None:
    """A unit at its kink, and one weight besides that is wrong by a thousandth."""
    network = Network(torch.relu)
    here = activations_at({5: 2.0**-20})
    reference = TailReference(network, "layer").at(
        torch.zeros(1, 3, SIZE, SIZE), here.astype(np.float32), np.eye(CLASSES, dtype=np.float32)
    )
    weights = np.abs(network.linear.weight[0].detach().numpy()) * (here.ravel() > 0)
    weights[5] = 0
    with torch.no_grad():
        network.linear.weight[0, int(weights.argmax())] *= 1.001
    agreement = agree(gradients_of(network, activations_at({5: -(2.0**-20)})), reference)
    assert GRADIENT_TOLERANCE < agreement.difference < agreement.unexplained


def test_nan_never_agrees() -> None:
    network = Network(torch.relu)
    here = activations_at({5: 2.0**-20})
    reference = TailReference(network, "layer").at(
        torch.zeros(1, 3, SIZE, SIZE), here.astype(np.float32), np.eye(CLASSES, dtype=np.float32)
    )
    found = gradients_of(network, here)
    found[1, 0, 0, 0] = np.nan
    assert not agree(found, reference).difference <= GRADIENT_TOLERANCE


def test_the_network_is_left_as_it_was() -> None:
    network = Network(torch.relu).train()
    TailReference(network, "layer")
    assert network.training
    assert network.linear.weight.dtype == torch.float32
    assert network.linear.weight.requires_grad
