from __future__ import annotations

import pytest
import torch
from torch import nn

from trainer.loop.ema import ModelEma


def test_the_average_by_hand() -> None:
    network = nn.Linear(1, 1, bias=False)
    network.weight.data.fill_(1.0)
    average = ModelEma(network, decay=0.15)
    network.weight.data.fill_(2.0)
    average.update(0)  # still warming up: 1/10 of the old, 9/10 of the new
    assert average.network.weight.item() == pytest.approx(1.9)
    network.weight.data.fill_(0.0)
    average.update(5)  # 6/15 would be more than 0.15
    assert average.network.weight.item() == pytest.approx(1.9 * 0.15)


def test_running_statistics_are_averaged_and_counters_copied() -> None:
    network = nn.BatchNorm1d(1)
    average = ModelEma(network, decay=0.5)
    network.running_mean.fill_(8.0)
    network.num_batches_tracked.fill_(3)
    average.update(100)
    assert average.network.running_mean.item() == pytest.approx(4.0)
    assert average.network.num_batches_tracked.item() == 3


def test_the_average_asks_for_no_gradients_and_is_in_evaluation_mode() -> None:
    average = ModelEma(nn.Sequential(nn.Linear(2, 2), nn.Dropout()), decay=0.9)
    assert not average.network.training
    assert not any(p.requires_grad for p in average.network.parameters())


def test_it_follows_the_network_after_an_optimiser_step() -> None:
    network = nn.Linear(2, 1)
    average = ModelEma(network, decay=0.0)
    network(torch.ones(1, 2)).sum().backward()
    torch.optim.SGD(network.parameters(), lr=1.0).step()
    average.update(50)
    torch.testing.assert_close(average.network.state_dict(), network.state_dict())
