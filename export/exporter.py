"""Checkpoint to verified pair: build, verify, and only then replace."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from explain.errors import ExportError
from explain.pair import Pair, bind, build_pair, save_pair
from export.describe import describe
from export.network import ACTIVATIONS, LOGITS, to_onnx
from export.verification import LEAST_PICTURES, OnPicture, Verification, verify
from trainer.checkpoint import Trained


def export(trained: Trained, out: Path, *, pictures: int, on_picture: OnPicture) -> Verification:
    """Write the verified pair of a trained network to `out` and its gradient graph beside it.

    Args:
        trained: the network.
        out: path of the forward graph, `NAME.onnx`.
        pictures: on how many held-out pictures the pair is verified; 0 for all of them.
        on_picture: told of the progress of the verification.

    Raises:
        ExportError: the network cannot be exported, or the pair is not the network; nothing is replaced.
    """
    samples = held_out(trained, pictures)
    pair = make_pair(trained)
    verification = verify(trained, pair, samples, on_picture)
    failures = verification.failures()
    if failures:
        raise ExportError(
            f"the pair differs from the checkpoint, nothing was replaced: {'; '.join(failures)}"
        )
    card = replace(pair.card, verification=verification.figures())
    save_pair(bind(pair.forward, pair.gradient, card), out)
    return verification


def make_pair(trained: Trained) -> Pair:
    """The pair of a trained network, not yet verified."""
    network = to_onnx(trained.network, trained.target_layer, trained.image_size)
    return build_pair(network, describe(trained), target=ACTIVATIONS, logits=LOGITS)


def held_out(trained: Trained, pictures: int) -> list[tuple[Path, int]]:
    """A fixed random choice of the held-out pictures with their labels; all of them for 0.

    Raises:
        ExportError: the pictures are not where they were at training, or too few are asked for.
    """
    if pictures != 0 and pictures < LEAST_PICTURES:
        raise ExportError(
            f"verification needs at least {LEAST_PICTURES} pictures, or 0 for all; got {pictures}"
        )
    samples = [(trained.data_root / path, label) for path, label in trained.split.test]
    if 0 < pictures < len(samples):
        samples = random.Random(trained.split.seed).sample(samples, pictures)
    missing = [path for path, _ in samples if not path.is_file()]
    if missing:
        raise ExportError(
            f"{len(missing)} of the {len(samples)} held-out pictures are missing, "
            f"the first is '{missing[0]}'; name the folder of the pictures with --data"
        )
    return samples
