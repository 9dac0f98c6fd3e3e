"""What a GPU does differently, as far as a processor can try it: the same results, bit for bit where due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from trainer.config import Settings
from trainer.data.augmentation import Augmentation
from trainer.data.batches import DatasetSlice, Normaliser, Share
from trainer.data.cache import ImageCache
from trainer.data.gpu_dataset import OnDeviceSlice, to_device
from trainer.data.statistics import Statistics
from trainer.loop.checkpoint import load_checkpoint
from trainer.progress.stop_signals import InterruptedRun
from trainer.recipes.schedules import OptimizerRates, set_rates
from trainer.recipes.variants import VARIANTS
from trainer.run import run

CPU = torch.device("cpu")


@pytest.fixture
def part() -> DatasetSlice:
    """300 random images, every second one in the part, in an order of its own."""
    random = np.random.default_rng(4)
    cache = ImageCache(random.integers(0, 256, (600, 8, 8, 3), np.uint8), tuple(map(str, range(600))), {})
    return DatasetSlice(cache, random.permutation(600)[:300].astype(np.int64), random.integers(0, 9, 300))


@pytest.mark.parametrize(
    ("start", "share"), [(0, np.arange), (3, np.arange), (1, lambda n: np.arange(1, n, 2))]
)
def test_resident_batches_are_those_of_the_cache(part: DatasetSlice, start: int, share: Share) -> None:
    order = np.random.default_rng(1).permutation(len(part))
    normalise = Normaliser.of(Statistics((0.5, 0.4, 0.3), (0.2, 0.25, 0.3)), CPU)

    def prepare(pixels: Tensor, batch: int) -> Tensor:
        length = min(64, len(part) - 64 * batch)
        changes = Augmentation().draw(length, seed=1, epoch=2, batch=batch)[share(length)]
        return changes.apply(normalise(pixels), 6)

    expected = list(part.batches(order, 64, prepare, start=start, share=share))
    resident = OnDeviceSlice.of(part, CPU)
    found = list(resident.batches(order, 64, prepare, start=start, share=share))
    assert len(found) == len(expected) == 5 - start
    for batch, reference in zip(found, expected, strict=True):
        torch.testing.assert_close(batch, reference, rtol=0, atol=0)
    np.testing.assert_array_equal(resident.labels, part.labels)


def test_a_processor_reads_the_cache_itself(part: DatasetSlice) -> None:
    assert to_device(part, CPU) is part


@pytest.mark.parametrize("free", [300 * 192 * 2, 300 * 192 * 2 - 1])
def test_a_gpu_without_room_is_fed_through_pinned_memory(
    part: DatasetSlice, free: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (free, 10 * free))
    monkeypatch.setattr(OnDeviceSlice, "of", lambda part, device: "resident")
    found = to_device(part, torch.device("cuda"))
    assert found == ("resident" if free == 300 * 192 * 2 else replace(part, pinned=True))


@pytest.mark.parametrize("variant", ["adam", "onecycle", "modern"])
def test_fused_optimisers_step_like_the_others(variant: str) -> None:
    recipe = VARIANTS[variant]
    weights = []
    for fused in (False, True):
        torch.manual_seed(0)
        # No bias before the norm: its gradient is rounding, which Adam would blow up to full steps.
        layers = nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 5)
        network = nn.Sequential(*layers)
        optimiser = recipe.build_optimiser(network, fused=fused)
        assert bool(optimiser.param_groups[0]["fused"]) == fused
        for step in range(6):
            set_rates(optimiser, OptimizerRates(0.01, 0.9 if variant == "onecycle" else None))
            optimiser.zero_grad()
            images = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(step))
            network(images).square().mean().backward()
            optimiser.step()
        weights.append(network.state_dict())
    torch.testing.assert_close(weights[1], weights[0], rtol=1e-4, atol=1e-6)


@pytest.fixture
def settings(coloured_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of 19 images two batches are full and one is not."""
    monkeypatch.setattr("trainer.run_report.epoch_writer.write_curves", lambda *_: None)
    monkeypatch.setattr("trainer.run.describe", lambda *_: None)
    return Settings(
        variant="sgd",
        dataset="folder",
        data=coloured_folder,
        epochs=2,
        growing_sizes="32*1,40*1",
        image_size=40,
        batch_size=8,
        device="cpu",
        out=tmp_path / "runs" / "one",
    )


def test_only_full_batches_are_compiled_once_for_each_size(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes = []

    def compiled(network: nn.Module, *, dynamic: bool) -> Callable[[Tensor], Tensor]:
        assert not dynamic

        def forward(images: Tensor) -> Tensor:
            shapes.append(tuple(images.shape))
            logits: Tensor = network(images)
            return logits

        return forward

    monkeypatch.setattr(torch, "compile", compiled)
    run(replace(settings, compile="on"), lambda _: None, lambda _: None)
    assert shapes == [(8, 3, 32, 32)] * 2 + [(8, 3, 40, 40)] * 2


def test_a_checkpoint_of_a_fused_optimiser_is_resumed_by_another(settings: Settings) -> None:
    def stop(task: object) -> None:
        if getattr(task, "title", "").startswith("Epoch 2"):
            raise InterruptedRun(15)

    with pytest.raises(InterruptedRun):
        run(settings, lambda _: None, stop)
    file = settings.folder / "last.pt"
    content = load_checkpoint(file)
    for group in content["optimiser"]["param_groups"]:
        group["fused"] = True
    torch.save(content, file)
    run(replace(settings, resume=True), lambda _: None, lambda _: None)
    assert [g["fused"] for g in load_checkpoint(file)["optimiser"]["param_groups"]] == [False]
