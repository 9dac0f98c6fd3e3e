"""Run one training from settings to a complete run folder."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.backends import cudnn

from whylight.common.atomic_file import remove_unfinished
from whylight.errors import TrainingError

from .config import Settings
from .data.batches import DatasetSlice, Normaliser
from .data.data_issues import write_findings
from .distributed.device import bfloat16_is_fast, choose_device
from .distributed.process_group import SINGLE_PROCESS, ProcessGroup
from .loop.checkpoint import BEST, LAST, SPLIT, Checkpoint, load_trained, save_best
from .loop.epoch_metrics import EpochRecord
from .loop.evaluate import Evaluation, classify
from .loop.predictions import write_predictions
from .loop.trainer import Trainer
from .models.backbones import load_backbone, replace_head
from .models.report_cnns import build_network
from .prepare_data import RunData, open_data
from .progress.event import OnProgress
from .progress.stop_signals import InterruptedRun
from .run_report.build import describe
from .run_report.epoch_writer import EpochWriter
from .run_report.gradcam_gallery import GALLERY
from .run_report.html_page import PAGE
from .run_report.run_folder import FinishedRun, machine, versions, write_run
from .run_report.tensorboard import EventFiles, check_tensorboard


def run(
    settings: Settings,
    tell: Callable[[str], None],
    on_progress: OnProgress,
    processes: ProcessGroup = SINGLE_PROCESS,
) -> Evaluation:
    """Train as given by `settings` and fill the run folder.

    `tell` receives lines of text for the user. With several processes, each calls this function and rank 0
    writes the files. Returns the held-out accuracy of the best network. Raises `TrainingError` for invalid
    settings, data or checkpoints, and propagates exceptions raised by `on_progress`; an `InterruptedRun`
    during the epochs is propagated after saving.
    """
    folder = settings.folder
    sizes = settings.sizes  # validates; done before the slow reading of the data
    _check_folder(folder, settings.resume)
    if settings.tensorboard:
        check_tensorboard()
    device = choose_device(settings.device, processes)
    if processes.local_rank > 0:
        processes.wait()  # the first process on this machine decodes the images
    data = open_data(settings, tell, on_progress)
    if processes.local_rank == 0:
        processes.wait()
    configuration = _configuration(settings, data)
    compiled = processes.count == 1 and (
        settings.compile == "on" or (settings.compile == "auto" and device.type == "cuda")
    )
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True  # few distinct batch shapes
    normalise = Normaliser.of(data.statistics, device)
    torch.manual_seed(settings.seed)
    recipe = settings.recipe_used
    training = Trainer(
        network=_build(settings, len(data.split.classes)),
        recipe=recipe,
        sizes=sizes,
        parts=data.parts,
        normalise=normalise,
        batch_size=configuration["batch_size"],
        seed=settings.seed,
        bfloat16=bfloat16_is_fast(device),
        compiled=compiled,
        measures_each_epoch=recipe.chooses_best or settings.validate or settings.early_stopping is not None,
        folder=folder,
        configuration=configuration,
        on_progress=on_progress,
        processes=processes,
        early_stopping=settings.early_stopping,
        balance=settings.balance,
        head_images=data.train if recipe.is_finetuning else None,
        cache=folder.parent / "cache",
    )
    torch.manual_seed(settings.seed + processes.rank)  # different dropout on each process
    if settings.resume:
        training.resume()  # before anything is written, since it may raise
    computed = machine(device) | {"processes": processes.count, "compiled": compiled}
    facts = {"configuration": configuration, "machine": computed}
    # Record the settings, split and data issues before training starts.
    if processes.is_first:
        folder.mkdir(parents=True, exist_ok=True)
        remove_unfinished(folder)
        data.split.save(folder / SPLIT)
        write_findings(folder, data.findings)
        if not FinishedRun.is_in(folder):  # keep the old accuracy until the new one is measured
            write_run(folder, facts)
    if not processes.is_first:
        _train(training, lambda _: None)
        return _outcome_of(training)
    with ExitStack() as stack:
        events = stack.enter_context(EventFiles(folder, training.history)) if settings.tensorboard else None
        _train(training, EpochWriter(folder, training, configuration, tell, events).write)
    # Evaluate the best network in float32 and write the report.
    trained = load_trained(folder)
    outcome = _measure(folder, trained, data.held_out, normalise, on_progress)
    best = training.history[trained.configuration["best_epoch"] - 1]
    write_run(folder, facts | {"best_epoch": asdict(best), "accuracy": asdict(outcome)})
    (folder / GALLERY).unlink(missing_ok=True)  # left by an earlier, shorter run
    describe(folder, tell, on_progress)
    tell(
        f"held out: top-1 {outcome.top1:.2%}, mean per class {outcome.mean_per_class:.2%}; "
        f"the network is {folder / BEST}, the whole run is shown in {folder / PAGE}"
    )
    return outcome


def _build(settings: Settings, class_count: int) -> nn.Module:
    """Create the network to train."""
    if not settings.recipe_used.is_finetuning:
        return build_network(settings.network, class_count)
    network = load_backbone(settings.backbone)
    replace_head(network, class_count)
    return network


def _outcome_of(training: Trainer) -> Evaluation:
    """Return the evaluation made during training, for processes other than rank 0."""
    best = training.best_epoch
    if best is None or best.test_loss is None or best.test_top1 is None or best.test_mean_per_class is None:
        raise RuntimeError("a run has ended without having been measured")
    return Evaluation(loss=best.test_loss, top1=best.test_top1, mean_per_class=best.test_mean_per_class)


def _check_folder(folder: Path, resume: bool) -> None:
    if resume and not (folder / LAST).exists():
        raise TrainingError(
            "there is no {checkpoint} to resume from: start without --resume", checkpoint=folder / LAST
        )
    if not resume and (folder / LAST).exists():
        raise TrainingError(
            "{folder} already holds a run: go on with --resume, or choose another --out", folder=folder
        )


def _configuration(settings: Settings, data: RunData) -> dict[str, Any]:
    """Return the configuration as plain values, as stored in run.json and checkpoints."""
    return {
        "variant": settings.name,
        "chooses_best": settings.recipe_used.chooses_best,
        "starts_from": f"{settings.backbone}, ImageNet-1k"
        if settings.recipe_used.is_finetuning
        else "nothing",
        "early_stopping": settings.early_stopping,
        "balance": settings.balance,
        "augment": settings.augment,
        "network": settings.network,
        "data_set": data.images.name,
        "attribution": data.images.attribution,
        "data_root": str(data.images.root.resolve()),
        "split_seed": data.split.seed,
        "split_sha256": data.split.sha256,
        "seed": settings.seed,
        "epochs": settings.sizes.epochs,
        "batch_size": settings.batch_size or settings.recipe_used.batch_size,
        "image_size": settings.size,
        "size_schedule": str(settings.sizes),
        "validate": settings.validate,
        "per_class": settings.per_class,
        "mean": list(data.statistics.mean),
        "std": list(data.statistics.std),
        "versions": versions(),
    }


def _train(training: Trainer, on_epoch: Callable[[EpochRecord], None]) -> None:
    """Run all epochs; on `InterruptedRun`, save and re-raise."""
    try:
        for record in training.run():
            on_epoch(record)
    except InterruptedRun:
        training.stop()
        raise


def _measure(
    folder: Path,
    trained: Checkpoint,
    part: DatasetSlice,
    normalise: Normaliser,
    on_progress: OnProgress,
) -> Evaluation:
    """Evaluate the best network in float32; update `best.pt` and write predictions.

    Evaluation during training uses the precision of training. The published accuracy is that of the exported
    network, which is float32.
    """
    with cudnn.flags(enabled=True, allow_tf32=False):  # no TF32
        predictions = classify(
            trained.network.to(normalise.mean.device).to(memory_format=torch.channels_last),
            part,
            normalise,
            batch_size=trained.configuration["batch_size"],
            bfloat16=False,
            title=f"Measuring epoch {trained.configuration['best_epoch']}, the best, in float32",
            on_progress=on_progress,
        )
    outcome = Evaluation.of(predictions)
    save_best(
        folder,
        network=trained.network,
        configuration=trained.configuration,
        best_epoch=trained.configuration["best_epoch"],
        accuracy={"top1": outcome.top1, "mean_per_class": outcome.mean_per_class},
    )
    write_predictions(folder, trained.split, predictions)
    return outcome
