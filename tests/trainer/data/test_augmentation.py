"""Random changes: each operation by hand, the draws by their distribution."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from trainer.data.augmentation import LUMA, Augmentation, AugmentParams

UNMOVED = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
UNCOLOURED = [[1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0, 0.0]]
NOTHING = [0.0, 0.0, 0.0, 0.0]


def _changes(
    geometry: list[list[float]] = UNMOVED,
    colour: list[list[float]] = UNCOLOURED,
    erased: list[float] = NOTHING,
) -> AugmentParams:
    return AugmentParams(torch.tensor([geometry]), torch.tensor([colour]), torch.tensor([erased]))


def _ramp() -> Tensor:
    """`[1, 3, 8, 8]`: red is the column, green the row, blue their sum."""
    columns = torch.arange(8.0).expand(8, 8)
    return torch.stack([columns, columns.T, columns + columns.T])[None]


def test_no_change_is_the_same_image() -> None:
    torch.testing.assert_close(_changes().apply(_ramp(), 8), _ramp())


def test_a_negative_width_is_a_mirror_image() -> None:
    flipped = _changes(geometry=[[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]).apply(_ramp(), 8)
    torch.testing.assert_close(flipped, _ramp().flip(3))


def test_a_crop_of_the_lower_right_quarter() -> None:
    # The quarter's pixels are 4..7 of both; at half their size each new one lies between two old ones.
    cropped = _changes(geometry=[[0.5, 0.0, 0.5], [0.0, 0.5, 0.5]]).apply(_ramp(), 2)
    assert cropped[0, 0].flatten().tolist() == pytest.approx([4.5, 6.5, 4.5, 6.5])
    assert cropped[0, 1].flatten().tolist() == pytest.approx([4.5, 4.5, 6.5, 6.5])


def test_colours_by_hand() -> None:
    images = torch.tensor([1.0, 2.0, 3.0]).view(1, 3, 1, 1).repeat(1, 1, 2, 2)
    images[..., 1, :] = 0
    # Red becomes green; green half the mean grey; blue itself plus four.
    mix = [[0.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.5, 0.0], [0.0, 0.0, 1.0, 0.0, 4.0]]
    found = _changes(colour=mix).apply(images, 2)
    mean_grey = (LUMA[0] + 2 * LUMA[1] + 3 * LUMA[2]) / 2
    assert found[0, 0, :, 0].tolist() == pytest.approx([2.0, 0.0])
    assert found[0, 1].flatten().tolist() == pytest.approx([mean_grey / 2] * 4)
    assert found[0, 2, :, 0].tolist() == pytest.approx([7.0, 4.0])


def test_erasing_covers_the_rectangle_alone() -> None:
    found = _changes(erased=[0.25, 0.75, 0.0, 0.5]).apply(torch.ones(1, 3, 4, 4), 4)
    expected = torch.ones(4, 4)
    expected[:2, 1:3] = 0
    torch.testing.assert_close(found[0], expected.expand(3, 4, 4))


def test_the_draws_keep_their_bounds_and_parts() -> None:
    augmentation = Augmentation(smallest_area=0.4, geometry=0.3, colour=0.3, erasing=0.15)
    drawn = augmentation.draw(8000, seed=1, epoch=0, batch=0)
    areas = drawn.geometry[:, :, :2].det().abs()
    # A crop that would be longer than the image is cut to it, hence the aspect in the lower bound.
    assert 0.4 * 3 / 4 <= areas.min() < 0.45
    assert 0.95 < areas.max() <= 1.0 + 1e-6
    straight = drawn.geometry[(drawn.geometry[:, 0, 1] == 0) & (drawn.geometry[:, 1, 0] == 0)]
    assert 0.7 < len(straight) / 8000 < 0.85  # the stretched ones are straight, too
    assert (drawn.geometry[:, 0, 0] < 0).float().mean().item() == pytest.approx(0.5, abs=0.03)
    coloured = (drawn.colour != torch.tensor(UNCOLOURED)).flatten(1).any(1)
    assert coloured.float().mean().item() == pytest.approx(0.3, abs=0.03)
    left, right, top, bottom = drawn.erased.unbind(1)
    covered = (right - left) * (bottom - top)
    assert (covered > 0).float().mean().item() == pytest.approx(0.15, abs=0.02)
    assert covered.max() <= 0.2 + 1e-6
    assert drawn.erased.min() >= 0
    assert drawn.erased.max() <= 1 + 1e-6


def test_without_turns_a_crop_never_leaves_the_image() -> None:
    geometry = Augmentation(geometry=0).draw(2000, seed=3, epoch=1, batch=2).geometry
    reach = geometry[:, :, :2].abs().sum(2) + geometry[:, :, 2].abs()
    assert reach.max() <= 1 + 1e-6


def test_draws_are_a_pure_function_of_seed_epoch_and_batch() -> None:
    def draw(**names: int) -> Tensor:
        return Augmentation().draw(4, **({"seed": 1, "epoch": 2, "batch": 3} | names)).geometry

    torch.testing.assert_close(draw(), draw(), rtol=0, atol=0)
    for other in (draw(seed=2), draw(epoch=3), draw(batch=2)):
        assert not torch.equal(draw(), other)
    assert len(draw().unique(dim=0)) == 4  # each image its own


def test_a_part_of_a_batch_changes_as_it_would_in_the_whole() -> None:
    images = torch.rand(6, 3, 12, 12, generator=torch.Generator().manual_seed(0))
    changes = Augmentation(erasing=1.0).draw(6, seed=1, epoch=2, batch=3)
    whole = changes.apply(images, 10)
    torch.testing.assert_close(changes[2:5].apply(images[2:5], 10), whole[2:5])
