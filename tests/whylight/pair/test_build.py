"""Pairs are whole, batched alike, and never half-replaced."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from tests.whylight.helpers.networks import CARD, CLASSES, SIZE, SmallNetwork, random_image, small_pair
from whylight.errors import ModelError
from whylight.pair.files import load_pair, save_pair
from whylight.pair.metadata import gradient_path
from whylight.placement import Placement

PLACED = replace(CARD, placement=Placement((16, 20), (0.5, 0.5), (2.0, 2.0)))
"""Behind one pooling of 2 x 2."""


def _sessions(path: Path) -> list[onnxruntime.InferenceSession]:
    files = (path, gradient_path(path))
    return [onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"]) for file in files]


def test_both_graphs_take_batches(tmp_path: Path) -> None:
    """Five scores of three images at once equal autograd's, each at its own image."""
    save_pair(small_pair(), tmp_path / "m.onnx")
    forward, gradient = _sessions(tmp_path / "m.onnx")
    images = np.stack([random_image(seed) for seed in range(3)])
    logits, activations = forward.run(["logits", "activations"], {"image": images})
    assert logits.shape == (3, len(CLASSES))
    image_index = np.array([2, 0, 0, 1, 2])
    weights = np.random.default_rng(0).standard_normal((5, len(CLASSES))).astype(np.float32)
    feed = {"activations": activations, "image_index": image_index, "score_weights": weights}
    (found,) = gradient.run(["gradients"], feed)

    network = SmallNetwork().double()
    rows = torch.from_numpy(activations[image_index]).double().requires_grad_()
    hidden = torch.nn.functional.avg_pool2d(torch.relu(network.norm(rows)), 4).flatten(1)
    scores = (network.linear(hidden) * torch.from_numpy(weights)).sum()
    (expected,) = torch.autograd.grad(scores, rows)
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-4, atol=1e-6)


def test_the_forward_graph_speaks_the_designs_names(tmp_path: Path) -> None:
    pair = small_pair()
    save_pair(pair, tmp_path / "m.onnx")
    forward, gradient = _sessions(tmp_path / "m.onnx")
    assert [(i.name, i.type, i.shape) for i in forward.get_inputs()] == [
        ("image", "tensor(uint8)", ["N", "H", "W", 3])
    ]
    assert [(o.name, o.shape) for o in forward.get_outputs()] == [
        ("logits", ["N", len(CLASSES)]),
        ("activations", ["N", 12, SIZE[0] // 2, SIZE[1] // 2]),
    ]
    assert [i.name for i in gradient.get_inputs()] == ["activations", "image_index", "score_weights"]
    assert [(o.name, o.shape[0]) for o in gradient.get_outputs()] == [
        ("gradients", "M"), ("channel_means", "M")
    ]  # fmt: skip
    onnx.checker.check_model(pair.forward, full_check=True)
    onnx.checker.check_model(pair.gradient, full_check=True)


def test_a_pair_comes_back_with_its_card(tmp_path: Path) -> None:
    save_pair(small_pair(), tmp_path / "deep" / "m.onnx")
    assert load_pair(tmp_path / "deep" / "m.onnx").card == PLACED


def test_the_same_network_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("a.onnx", "b.onnx"):
        save_pair(small_pair(), tmp_path / name)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
    assert gradient_path(tmp_path / "a.onnx").read_bytes() == gradient_path(tmp_path / "b.onnx").read_bytes()


def test_a_failed_write_replaces_nothing_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.onnx"
    save_pair(small_pair(), path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(ModelError, match="No space left on device"):
        save_pair(small_pair(SmallNetwork(seed=1)), path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["model.pt", "model.gradient.onnx"])
def test_a_name_that_is_no_forward_graphs_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match=r"expected a name that ends in \.onnx"):
        save_pair(small_pair(), tmp_path / name)


def test_a_card_of_another_class_count_is_refused() -> None:
    with pytest.raises(ModelError, match="6 logits, the card 2 classes"):
        small_pair(card=replace(CARD, classes=("ant", "bass")))


def test_weights_beyond_one_message_lie_in_a_file_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = small_pair()
    save_pair(pair, tmp_path / "whole.onnx")
    monkeypatch.setattr("whylight.pair.files.LARGEST_MESSAGE", 0)
    monkeypatch.setattr("whylight.runtime.external_weights._HANDED_OVER_SIZE", 16)
    save_pair(pair, tmp_path / "parted.onnx")
    assert (tmp_path / "parted.onnx.data").stat().st_size > 0
    assert load_pair(tmp_path / "parted.onnx").card == PLACED
    images = np.stack([random_image(seed) for seed in range(2)])
    answers = [
        _sessions(tmp_path / name)[0].run(["logits", "activations"], {"image": images})
        for name in ("whole.onnx", "parted.onnx")
    ]
    for whole, parted in zip(*answers, strict=True):
        np.testing.assert_array_equal(whole, parted)
