"""Runs that start from trained weights: the last layer first, then all layers, stopped and resumed."""

from __future__ import annotations

import signal
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from torch import nn

from trainer.config import Settings
from trainer.data.split import Split
from trainer.loop.checkpoint import load_checkpoint, load_trained
from trainer.models.backbones import IMAGENET_STATISTICS, head_of, load_backbone
from trainer.progress.event import OnProgress, ProgressEvent
from trainer.progress.stop_signals import InterruptedRun
from trainer.run import run
from trainer.run_report.run_folder import FinishedRun
from whylight.errors import TrainingError

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(coloured_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A small TorchVision network, whose weights stand in for downloaded ones; 3 epochs of 40 px."""

    def get_model(name: str, weights: object) -> nn.Module:
        torch.manual_seed(1)
        network: nn.Module = original(name, weights=None)
        if weights is None:
            return network
        # As trained networks do, it knows the statistics of its features.
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None
        with torch.no_grad():
            network.train()(torch.randn(32, 3, 64, 64))
        return network.eval()

    original = torchvision.models.get_model
    monkeypatch.setattr("torchvision.models.get_model", get_model)
    monkeypatch.setattr("trainer.run_report.epoch_writer.write_curves", lambda *_: None)
    monkeypatch.setattr("trainer.run.describe", lambda *_: None)
    return Settings(
        variant="finetune",
        backbone="shufflenet_v2_x0_5",
        dataset="folder",
        data=coloured_folder,
        epochs=3,
        image_size=40,
        batch_size=8,
        device="cpu",
        out=tmp_path / "runs" / "whole",
        workers=2,
    )


def _ignore(_: object) -> None: ...


def _stop_in(title: str) -> OnProgress:
    def on_progress(task: ProgressEvent) -> None:
        if task.title.startswith(title):
            raise InterruptedRun(signal.SIGTERM)

    return on_progress


def test_the_first_epoch_fits_the_last_layer_alone(settings: Settings) -> None:
    one = replace(settings, epochs=1)
    run(one, _ignore, _ignore)
    found = load_checkpoint(one.folder / "best.pt")["network"]
    torch.manual_seed(1)
    start = load_backbone(one.backbone).state_dict()
    assert set(found) == set(start)
    changed = {name for name in start if not torch.equal(found[name], start[name])}
    assert changed == {"fc.weight", "fc.bias"}
    record = FinishedRun.read(one.folder).facts["best_epoch"]
    assert record["train_top1"] == 1.0, "colours are told apart by frozen features"


def test_all_layers_learn_after_it_and_norms_keep_their_statistics(settings: Settings) -> None:
    run(settings, _ignore, _ignore)
    found = load_checkpoint(settings.folder / "best.pt")["network"]
    start = load_backbone(settings.backbone).state_dict()
    for name, value in start.items():
        if name.endswith(("running_mean", "running_var", "num_batches_tracked")):
            assert torch.equal(found[name], value), name
        elif name.endswith("weight"):
            assert not torch.equal(found[name], value), name
    trained = load_trained(settings.folder)
    assert trained.mean == IMAGENET_STATISTICS.mean
    maps = trained.network.get_submodule(trained.target_layer)
    assert isinstance(maps, nn.Sequential)
    assert trained.configuration["starts_from"] == "shufflenet_v2_x0_5, ImageNet-1k"


@pytest.mark.parametrize(
    "where", ["Reading features", "Fitting the last layer", "Epoch 2", "Measuring epoch"]
)
def test_a_run_stopped_anywhere_ends_as_one_that_was_not(where: str, settings: Settings) -> None:
    run(settings, _ignore, _ignore)
    stopped = replace(settings, out=settings.folder.parents[1] / "others" / "stopped")  # features of its own

    with pytest.raises(InterruptedRun):
        run(stopped, _ignore, _stop_in(where))
    run(replace(stopped, resume=True), _ignore, _ignore)
    folders = (settings.folder, stopped.folder)
    whole, resumed = (load_checkpoint(folder / "best.pt")["network"] for folder in folders)
    for name, value in whole.items():
        assert torch.equal(value, resumed[name]), name


def test_few_images_of_each_class_are_trained_on(settings: Settings) -> None:
    few = replace(settings, epochs=1, per_class=2, out=settings.folder.parent / "few")
    run(few, _ignore, _ignore)
    split = Split.load(few.folder / "split.json")
    assert {label: 2 for _, label in split.train} == Counter(label for _, label in split.train)
    whole = replace(settings, epochs=1)
    run(whole, _ignore, _ignore)
    assert Split.load(whole.folder / "split.json").test == split.test


def test_early_stopping_holds_out_a_tenth_and_measures_the_test_part_once(settings: Settings) -> None:
    early = replace(settings, epochs=9, early_stopping=1)
    run(early, _ignore, _ignore)
    trained = load_trained(early.folder)
    whole = replace(settings, out=settings.folder.with_name("other"), epochs=1)
    run(whole, _ignore, _ignore)
    plain = load_trained(whole.folder)
    assert trained.split.test == plain.split.test
    assert len(trained.split.train) == int(0.9 * len(plain.split.train))
    assert set(trained.split.train) < set(plain.split.train)
    # All are right from the first epoch on, so that the second is no better.
    assert len(list((early.folder / "metrics.csv").read_text().splitlines())) == 1 + 2
    assert trained.configuration["best_epoch"] == 1


def test_balance_favours_rare_classes(settings: Settings, coloured_folder: Path) -> None:
    for number in range(2, 8):
        (coloured_folder / "red" / f"{number:02}.png").unlink()
    biases = {}
    for balance in (False, True):
        out = settings.folder.with_name(f"balance-{balance}")
        made = replace(settings, epochs=1, balance=balance, out=out)
        run(made, _ignore, _ignore)
        _, head = head_of(load_trained(out).network)
        biases[balance] = head.bias.detach().numpy()
    counts = np.bincount([label for _, label in load_trained(out).split.train])
    gained = biases[True] - biases[False]
    np.testing.assert_allclose(gained, -0.5 * np.log(counts / counts.sum()), atol=1e-4)


def test_a_network_that_cannot_be_had_is_refused_with_the_place_of_its_file(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(name: str, weights: object) -> nn.Module:
        raise OSError("no network")

    monkeypatch.setattr("torchvision.models.get_model", offline)
    with pytest.raises(TrainingError, match=r"no network.*https://.*\.pth at .*checkpoints.*\.pth"):
        run(settings, _ignore, _ignore)
    with pytest.raises(TrainingError, match="unknown network 'resnet1': expected one of efficientnet-lite0"):
        replace(settings, backbone="resnet1")


def test_a_recipe_from_a_file(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from trainer.recipes.recipe import Recipe\n"
        "from trainer.recipes.schedules import StepSchedule\n"
        "schedule = StepSchedule(learning_rate=1e-3)\n"
        "RECIPE = Recipe(network='MyCNN', optimiser='adam', schedule=schedule, epochs=1)\n"
    )
    mine = replace(settings, recipe=file, epochs=None, out=tmp_path / "runs" / "mine")
    run(mine, _ignore, _ignore)
    trained = load_trained(mine.folder)
    assert trained.network_name == "MyCNN"
    assert trained.configuration["variant"] == "mine"
    file.write_text("nothing = 1\n")
    with pytest.raises(TrainingError, match="holds 0 recipes; expected one"):
        replace(mine, out=tmp_path / "none")
    file.write_text("1 / 0\n")
    with pytest.raises(TrainingError, match="cannot be run: ZeroDivisionError"):
        replace(mine, out=tmp_path / "none")
