from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from torchvision import transforms

from trainer.data.batches import Batching, DatasetSlice, Normaliser, epoch_order
from trainer.data.cache import ImageCache
from trainer.data.statistics import Statistics


def _as_they_are(pixels: torch.Tensor, _: int) -> torch.Tensor:
    return pixels


@pytest.fixture
def part() -> DatasetSlice:
    """Images 7, 5, 3, 1 and 0 of eight; each image's pixels are all its own number."""
    pixels = np.arange(8, dtype=np.uint8)[:, None, None, None].repeat(4, 1).repeat(4, 2).repeat(3, 3)
    cache = ImageCache(pixels, tuple(f"{i}.png" for i in range(8)), {})
    return DatasetSlice.of(cache, [("7.png", 1), ("5.png", 0), ("3.png", 2), ("1.png", 1), ("0.png", 0)])


def test_batches_follow_the_order(part: DatasetSlice) -> None:
    batches = list(part.batches(np.array([4, 0, 2, 1, 3]), 2, _as_they_are))
    assert [pixels[:, 0, 0, 0].tolist() for pixels, _ in batches] == [[0, 7], [3, 5, 1]]
    assert [labels.tolist() for _, labels in batches] == [[0, 1], [2, 0, 1]]


def test_batches_from_the_middle_are_the_same_ones(part: DatasetSlice) -> None:
    order = np.array([4, 0, 2, 1, 3])
    all_labels = [labels.tolist() for _, labels in part.batches(order, 2, _as_they_are)]
    for start in range(4):
        found = [labels.tolist() for _, labels in part.batches(order, 2, _as_they_are, start=start)]
        assert found == all_labels[start:]


def test_batches_are_prepared_by_their_number(part: DatasetSlice) -> None:
    batches = part.batches(np.arange(5), 2, lambda pixels, number: pixels.float() + 100 * number, start=1)
    assert [images[:, 0, 0, 0].tolist() for images, _ in batches] == [[103, 101, 100]]


def test_leaving_early_leaves_no_thread(part: DatasetSlice) -> None:
    before = threading.active_count()
    batches = part.batches(np.arange(5), 1, _as_they_are)
    next(batches)
    batches.close()
    assert threading.active_count() == before


def test_the_order_is_a_permutation_that_changes_with_seed_and_epoch() -> None:
    orders = [epoch_order(50, seed=seed, epoch=epoch) for seed in (0, 1) for epoch in (0, 1)]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert len({tuple(order) for order in orders}) == 4
    np.testing.assert_array_equal(orders[3], epoch_order(50, seed=1, epoch=1))


def test_normalising_equals_torchvision() -> None:
    image = np.random.default_rng(1).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    mean, std = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
    expected = transforms.Compose([transforms.ToTensor(), transforms.Normalize(mean, std)])(image)
    found = Normaliser.of(Statistics(mean, std), torch.device("cpu"))(torch.from_numpy(image)[None])
    torch.testing.assert_close(found[0], expected, rtol=0, atol=2e-6)
    assert found.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("count", "size", "lengths"),
    [(12, 4, [4, 4, 4]), (14, 4, [4, 4, 4, 2]), (13, 4, [4, 4, 5]), (3, 4, [3]), (1, 4, [1])],
)
def test_a_last_image_alone_joins_the_batch_before_it(count: int, size: int, lengths: list[int]) -> None:
    batching = Batching(count, size)
    assert [batching.length(batch) for batch in range(len(batching))] == lengths
    places = [place for batch in range(len(batching)) for place in range(count)[batching[batch]]]
    assert places == [*range(count)]
    assert [batching.seen(batch) for batch in range(len(batching) + 1)] == [0, *np.cumsum(lengths)]
