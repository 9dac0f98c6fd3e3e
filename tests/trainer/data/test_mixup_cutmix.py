"""Two images in one: the sums by hand, the draws by their distribution, the loss by its definition."""

from __future__ import annotations

import pytest
import torch

from trainer.data.mixup_cutmix import MixedBatch, MixupCutmix, permuted_index
from trainer.distributed.process_group import ProcessGroup


def _images() -> torch.Tensor:
    """`[3, 3, 4, 4]`: the first all 1, the second all 2, the third all 3."""
    return torch.tensor([1.0, 2.0, 3.0]).view(3, 1, 1, 1).repeat(1, 3, 4, 4)


def test_a_blend_by_hand() -> None:
    kept = torch.tensor([0.75, 0.75, 1.0])
    found = MixedBatch(kept, kept, torch.zeros(3, 4)).apply(_images())
    assert found.flatten(1).unique(dim=1).flatten().tolist() == pytest.approx([1.25, 1.75, 3.0])


def test_a_rectangle_by_hand() -> None:
    rectangle = torch.tensor([[0.25, 0.75, 0.0, 0.5]] * 2 + [[0.0] * 4])
    found = MixedBatch(torch.tensor([0.75, 0.75, 1.0]), torch.ones(3), rectangle).apply(_images())
    expected = torch.ones(4, 4)
    expected[:2, 1:3] = 2
    torch.testing.assert_close(found[0], expected.expand(3, 4, 4))
    torch.testing.assert_close(found[1], (3 - expected).expand(3, 4, 4))
    assert (found[2] == 3).all()


def test_the_draws_keep_their_bounds_and_parts() -> None:
    drawn = MixupCutmix(part=0.6, rectangles=0.5).draw(8001, seed=1, epoch=0, batch=0)
    assert drawn.kept[-1] == drawn.blend[-1] == 1
    assert not drawn.rectangle[-1].any()
    torch.testing.assert_close(drawn.kept[0:8000:2], drawn.kept[1:8000:2])
    cut = drawn.rectangle.any(1)
    blended = drawn.blend < 1
    assert not (cut & blended).any()
    assert cut.float().mean().item() == pytest.approx(0.3, abs=0.02)
    # A blend so weak that float32 rounds it to one is none.
    assert 0.2 < blended.float().mean().item() < 0.32
    assert drawn.kept.min() >= 0.5
    left, right, top, bottom = drawn.rectangle.unbind(1)
    torch.testing.assert_close(((right - left) * (bottom - top))[cut], 1 - drawn.kept[cut])
    assert drawn.rectangle.min() >= 0
    assert drawn.rectangle.max() <= 1


def test_the_rectangle_covers_what_the_loss_gives_away() -> None:
    drawn = MixupCutmix(part=1.0, rectangles=1.0).draw(64, seed=2, epoch=3, batch=4)
    images = (torch.arange(64) % 2).float().view(64, 1, 1, 1).expand(64, 3, 300, 300)
    given = drawn.apply(images)[::2].mean((1, 2, 3))
    torch.testing.assert_close(given, 1 - drawn.kept[::2], atol=0.01, rtol=0)


@pytest.mark.parametrize("length", [1, 2, 7, 64])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_partners_stay_with_one_process(length: int, count: int) -> None:
    labels = torch.arange(length)
    drawn = MixupCutmix(part=1.0).draw(length, seed=0, epoch=0, batch=0)
    images = labels.float().view(-1, 1, 1, 1).expand(length, 3, 8, 8)
    whole = drawn.apply(images)
    seen = []
    for rank in range(count):
        share = ProcessGroup(rank=rank, count=count).local_batch_slice(length)
        seen += share.tolist()
        torch.testing.assert_close(drawn[share].apply(images[share]), whole[share])
        assert labels[share][permuted_index(len(share))].tolist() == permuted_index(length)[share].tolist()
    assert sorted(seen) == list(range(length))
