"""Image size of each epoch, written as `96*10,128*6,160*2,224*2`."""

from __future__ import annotations

from dataclasses import dataclass

from whylight.errors import TrainingError

SMALLEST_SIZE = 32
"""Three poolings reduce 32 pixels to 4, the size of the last pooling's output."""


@dataclass(frozen=True, slots=True)
class ProgressiveResizing:
    """Training stages with their image sizes, in order."""

    stages: tuple[tuple[int, int], ...]
    """`(image size in pixels, epochs)` of each stage."""

    def __post_init__(self) -> None:
        for size, epochs in self.stages:
            if size < SMALLEST_SIZE:
                raise TrainingError(
                    "image size {size} is too small: expected {least} or more", size=size, least=SMALLEST_SIZE
                )
            if epochs < 1:
                raise TrainingError(
                    "{epochs} epochs at image size {size}: expected 1 or more", epochs=epochs, size=size
                )

    @classmethod
    def constant(cls, size: int, epochs: int) -> ProgressiveResizing:
        """Use one image size for all epochs."""
        return cls(((size, epochs),))

    @classmethod
    def parse(cls, text: str) -> ProgressiveResizing:
        """Parse `SIZE*EPOCHS,SIZE*EPOCHS,...`; raises `TrainingError` if invalid."""
        stages = []
        for part in text.split(","):
            size, star, epochs = part.strip().partition("*")
            if not (star and size.isdecimal() and epochs.isdecimal()):
                raise TrainingError(
                    "growing sizes: cannot read '{part}': expected SIZE*EPOCHS, such as 96*10,224*2",
                    part=part,
                )
            stages.append((int(size), int(epochs)))
        return cls(tuple(stages))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Distinct image sizes in order of first use."""
        return tuple(dict.fromkeys(size for size, _ in self.stages))

    @property
    def final_size(self) -> int:
        """Image size of the last epoch, which is that of the trained network."""
        return self.stages[-1][0]

    @property
    def epochs(self) -> int:
        """Number of epochs of all stages."""
        return sum(epochs for _, epochs in self.stages)

    def size_of(self, epoch: int) -> int:
        """Return the image size of epoch `epoch` (from 0)."""
        return [size for size, epochs in self.stages for _ in range(epochs)][epoch]

    def __str__(self) -> str:
        """Format as `10 epochs at 96 px, 2 at 224 px`."""
        first, *others = self.stages
        words = [f"{first[1]} {'epoch' if first[1] == 1 else 'epochs'} at {first[0]} px"]
        return ", ".join(words + [f"{epochs} at {size} px" for size, epochs in others])
