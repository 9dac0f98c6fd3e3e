from __future__ import annotations

import pytest

from trainer.config import Settings
from trainer.recipes.progressive_resizing import ProgressiveResizing
from whylight.errors import TrainingError


def test_stages_are_read_and_told_in_words() -> None:
    sizes = ProgressiveResizing.parse("96*2, 128*1,224*1")
    assert [sizes.size_of(epoch) for epoch in range(sizes.epochs)] == [96, 96, 128, 224]
    assert (sizes.sizes, sizes.final_size) == ((96, 128, 224), 224)
    assert str(sizes) == "2 epochs at 96 px, 1 at 128 px, 1 at 224 px"


@pytest.mark.parametrize("text", ["", "96", "96*", "*3", "96x2", "96*-1", "96*2,,224*1", "9.6*1"])
def test_what_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(TrainingError, match=r"SIZE\*EPOCHS"):
        ProgressiveResizing.parse(text)


@pytest.mark.parametrize("text", ["16*1", "96*0"])
def test_sizes_and_epochs_have_a_lower_bound(text: str) -> None:
    with pytest.raises(TrainingError, match=r"expected (32|1) or more"):
        ProgressiveResizing.parse(text)


def test_without_growing_sizes_every_epoch_has_the_image_size() -> None:
    assert Settings(variant="improved").sizes.stages == ((224, 30),)
    assert Settings(epochs=2, image_size=96).sizes.stages == ((96, 2),)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Settings(growing_sizes="96*10,224*9"), "names 19 epochs, but the run has 20"),
        (Settings(growing_sizes="96*10,160*10"), "ends at 160 px, but --image-size is 224"),
    ],
)
def test_growing_sizes_must_agree_with_the_other_options(settings: Settings, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        _ = settings.sizes
