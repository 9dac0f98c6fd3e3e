from __future__ import annotations

import pytest
import torch
from torch import nn, optim
from torch.optim.lr_scheduler import OneCycleLR, StepLR

from trainer.recipes.schedules import (
    OneCycleSchedule,
    OptimizerRates,
    StepSchedule,
    WarmCosineSchedule,
    set_rates,
)
from trainer.recipes.variants import VARIANTS


def _sgd() -> optim.SGD:
    return optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.01, momentum=0.9)


@pytest.mark.parametrize("steps_per_epoch", [1, 7])
def test_step_schedule_equals_torch(steps_per_epoch: int) -> None:
    optimiser = _sgd()
    reference = StepLR(optimiser, step_size=10, gamma=0.1)
    schedule = StepSchedule(learning_rate=0.01)
    for step in range(30 * steps_per_epoch):
        rates = schedule.rates(step, steps_per_epoch=steps_per_epoch, total_steps=30 * steps_per_epoch)
        assert rates.learning_rate == pytest.approx(optimiser.param_groups[0]["lr"], rel=1e-12)
        assert rates.momentum is None
        optimiser.step()
        if (step + 1) % steps_per_epoch == 0:
            reference.step()


@pytest.mark.parametrize(("epochs", "steps_per_epoch"), [(20, 115), (20, 1), (3, 5), (7, 11)])
def test_one_cycle_equals_torch_at_every_step(epochs: int, steps_per_epoch: int) -> None:
    total = epochs * steps_per_epoch
    optimiser = _sgd()
    reference = OneCycleLR(optimiser, max_lr=0.1, total_steps=total, pct_start=0.3, anneal_strategy="cos")
    schedule = OneCycleSchedule(peak=0.1)
    for step in range(total):
        rates = schedule.rates(step, steps_per_epoch=steps_per_epoch, total_steps=total)
        assert rates.learning_rate == pytest.approx(optimiser.param_groups[0]["lr"], rel=1e-9)
        assert rates.momentum == pytest.approx(optimiser.param_groups[0]["momentum"], rel=1e-9)
        optimiser.step()
        if step + 1 < total:
            reference.step()


@pytest.mark.parametrize("total", [1, 2, 3, 4])
def test_one_cycle_of_very_few_steps_stays_between_its_bounds(total: int) -> None:
    for step in range(total):
        rates = OneCycleSchedule(peak=0.1).rates(step, steps_per_epoch=1, total_steps=total)
        assert 0 < rates.learning_rate <= 0.1
        assert rates.momentum is not None
        assert 0.85 <= rates.momentum <= 0.95


# network, optimiser, first learning rate of 2,300 steps, epochs: the report's table.
@pytest.mark.parametrize(
    ("variant", "network", "optimiser", "learning_rate", "epochs"),
    [
        ("adam", "MyCNN", optim.Adam, 1e-3, 20),
        ("sgd", "MyCNN", optim.SGD, 0.01, 20),
        ("improved", "ImprovedCNN", optim.SGD, 0.01, 30),
        ("onecycle", "ImprovedCNN", optim.SGD, 0.004, 20),
    ],
)
def test_variants_are_the_reports(
    variant: str, network: str, optimiser: type[optim.Optimizer], learning_rate: float, epochs: int
) -> None:
    recipe = VARIANTS[variant]
    built = recipe.build_optimiser(nn.Linear(1, 1))
    rates = recipe.schedule.rates(0, steps_per_epoch=115, total_steps=2300)
    set_rates(built, rates)
    group = built.param_groups[0]
    assert (recipe.network, recipe.epochs, recipe.batch_size) == (network, epochs, 64)
    assert type(built) is optimiser
    assert group["lr"] == pytest.approx(learning_rate)
    if optimiser is optim.SGD:
        assert group["weight_decay"] == 1e-4
        assert group["momentum"] == (0.95 if variant == "onecycle" else 0.9)
    else:
        assert (group["betas"], group["weight_decay"]) == ((0.9, 0.999), 0)


def test_warm_cosine_by_hand() -> None:
    schedule = WarmCosineSchedule(peak=0.4, rising_part=0.2)
    rates = [schedule.rates(s, steps_per_epoch=1, total_steps=20).learning_rate for s in range(20)]
    assert rates[:4] == pytest.approx([0.08, 0.16, 0.24, 0.32])
    assert rates[4] == pytest.approx(0.4)
    assert rates[12] == pytest.approx(0.2)  # half way down
    assert 0 < rates[19] < 0.004
    assert rates[4:] == sorted(rates[4:], reverse=True)


def test_modern_decays_no_biases_and_no_norms() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2))
    built = VARIANTS["modern"].build_optimiser(network)
    decayed, free = built.param_groups
    assert [p.shape for p in decayed["params"]] == [network[0].weight.shape, network[2].weight.shape]
    assert len(free["params"]) == 4
    assert (decayed["weight_decay"], free["weight_decay"]) == (5e-4, 0.0)
    assert decayed["nesterov"]
    assert free["nesterov"]


def test_set_rates_leaves_momentum_where_the_schedule_does() -> None:
    optimiser = _sgd()
    set_rates(optimiser, OptimizerRates(0.5))
    assert (optimiser.param_groups[0]["lr"], optimiser.param_groups[0]["momentum"]) == (0.5, 0.9)
