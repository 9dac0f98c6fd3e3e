"""Result of calling an `Explainer`: an explanation with its image."""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from whylight.answers import answer_words
from whylight.detection.boxes import Box
from whylight.drawing.boxes import draw_boxes
from whylight.drawing.heatmap import Panels, draw_panels, normalize_map
from whylight.errors import QuestionError
from whylight.explanation import Explanation
from whylight.images.encode import encode_png, write_image
from whylight.images.resize import shrink_to
from whylight.methods.registry import METHODS
from whylight.segmentation.letters import Letter
from whylight.segmentation.regions import Segment
from whylight.view import View

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Panel = Literal["overlay", "heatmap", "image", "panels"]
SHOWN_CLASSES = 10
"""Rows of the table shown in notebooks."""
_NOTEBOOK_EDGE = 320
"""Longest edge of a panel in a notebook, in pixels."""


class NoScoreError(QuestionError, IndexError):
    """The result has no score with this index."""


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """Explanation of one image: `len(result)` scores, `result[i]` is one of them.

    Methods that draw a single map use the first score. Results compare by identity.
    """

    explanation: Explanation
    """The numbers: probabilities, logits, raw maps, timings; see `whylight.explanation.Explanation`."""
    image: NDArray[np.uint8]
    """RGB uint8 `[H, W, 3]`."""
    class_names: tuple[str, ...]
    """Names of all K classes."""
    questions: tuple[str, ...]
    """Question of each score: `why tabby?`, `why tabby rather than tiger cat?`."""
    name: str = ""
    """File name of the image, if it was read from a file."""
    boxes: tuple[Box, ...] = ()
    """What a detector found in the image, the highest score first; empty for other models. Each box can be
    the `target` of the next question."""
    segments: tuple[Segment, ...] = ()
    """What a segmenter found in the image, the largest region first; empty for other models."""
    letters: tuple[Letter, ...] = ()
    """What a reader of text lines read, from left to right; empty for other models. Each letter can be the
    `target` of the next question."""
    asked: tuple[Box, ...] = ()
    """The box that each score is about; empty where classes were asked."""

    # -- numbers

    @property
    def maps(self) -> NDArray[np.float32]:
        """Raw maps, float32 `[M, h, w]`, one per score, with negative evidence."""
        return self.explanation.maps

    @property
    def map(self) -> NDArray[np.float32]:
        """The first score's map scaled to 0..1 at the image's size, float32 `[H, W]`.

        This is `grayscale_cam` of pytorch-grad-cam. It is zero outside of `view`.
        """
        return normalize_map(self.maps[0], self.explanation.image_size, self.explanation.map_view)

    @property
    def text(self) -> str:
        """The text that was read; empty for other models."""
        return "".join(letter.sign for letter in self.letters)

    @property
    def view(self) -> View | None:
        """The part of the image that the model saw; None for the whole image."""
        return self.explanation.view

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """Probabilities of all classes, float32 `[K]`."""
        return self.explanation.probabilities

    @property
    def classes(self) -> tuple[int, ...]:
        """Indices of the explained classes, one per score."""
        return self.explanation.classes

    @property
    def method(self) -> str:
        """The method that computed the maps."""
        return self.explanation.method

    @property
    def predicted(self) -> str:
        """Name of the most probable class."""
        return self.class_names[int(self.probabilities.argmax())]

    def to_dataframe(self) -> pd.DataFrame:
        """Return a table of all classes, the most probable first; needs pandas.

        Columns: `class`, `index`, `probability`, `logit`, `explained`.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise QuestionError("to_dataframe needs pandas: pip install pandas") from error
        order = np.argsort(-self.probabilities, kind="stable")
        return pd.DataFrame(
            {
                "class": [self.class_names[index] for index in order],
                "index": order,
                "probability": self.probabilities[order],
                "logit": self.explanation.logits[order],
                "explained": np.isin(order, self.classes),
            }
        )

    # -- images

    @property
    def heatmap(self) -> NDArray[np.uint8]:
        """The first score's map as a colour image, RGB uint8 `[H, W, 3]`."""
        return self._panels.heatmap

    def overlay(self, *, opacity: float = 0.5, colour_map: str = "jet") -> NDArray[np.uint8]:
        """Return the first score's heatmap blended over the image, RGB uint8 `[H, W, 3]`.

        Args:
            opacity: the heatmap's share, 0 to 1.
            colour_map: one of `whylight.drawing.heatmap.COLOUR_MAPS`.

        Raises:
            QuestionError: the opacity is out of range, or there is no such colour map.
        """
        return self.panels(opacity=opacity, colour_map=colour_map).overlay

    def panels(self, *, opacity: float = 0.5, colour_map: str = "jet") -> Panels:
        """Return image, heatmap and overlay of the first score; arguments as of `overlay`."""
        view = self.explanation.map_view
        return draw_panels(self.image, self.maps[0], opacity=opacity, colour_map=colour_map, view=view)

    def save(
        self,
        path: str | os.PathLike[str],
        panel: Panel = "overlay",
        *,
        opacity: float = 0.5,
        colour_map: str = "jet",
    ) -> Path:
        """Write a panel as PNG or JPEG, depending on the suffix; return the path.

        The box that was asked about is drawn on it.

        Args:
            path: the file; an existing file is replaced atomically.
            panel: `overlay`, `heatmap`, `image`, or `panels` for all three side by side.
            opacity, colour_map: as for `overlay`.

        Raises:
            QuestionError: there is no such panel.
            ImageError: the file cannot be written, or its suffix is not supported.
        """
        drawn = self._with_box(self.panels(opacity=opacity, colour_map=colour_map))
        kinds = {"overlay": drawn.overlay, "heatmap": drawn.heatmap, "image": drawn.image}
        if panel == "panels":
            picture = np.concatenate([drawn.image, drawn.heatmap, drawn.overlay], axis=1)
        elif panel in kinds:
            picture = kinds[panel]
        else:
            raise QuestionError(
                "there is no panel '{panel}'; there are {known}",
                panel=panel,
                known=", ".join([*kinds, "panels"]),
            )
        write_image(Path(path), picture)
        return Path(path)

    def plot(self) -> Figure:
        """Draw the panels of each score with pyplot and return the figure.

        Needs matplotlib.
        """
        try:
            from matplotlib import pyplot as plt
        except ImportError as error:
            raise QuestionError("plot needs matplotlib: pip install matplotlib") from error
        figure, axes = plt.subplots(
            len(self), 3, squeeze=False, figsize=(9, 3.2 * len(self)), layout="constrained"
        )
        for row, one in zip(axes, self, strict=True):
            drawn = one._with_box(one.panels())
            titles = (one.name or "image", one.method, one._caption())
            for axis, pixels, title in zip(
                row, (drawn.image, drawn.heatmap, drawn.overlay), titles, strict=True
            ):
                axis.imshow(pixels)
                axis.set_title(title, fontsize=10)
                axis.axis("off")
        return figure

    def _with_box(self, panels: Panels) -> Panels:
        """Draw the first score's box on the panels, if it is about one."""
        if not self.asked:
            return panels
        size = self.explanation.image_size
        drawn = (
            draw_boxes(each, self.asked[:1], size) for each in (panels.image, panels.heatmap, panels.overlay)
        )
        return Panels(*drawn)

    @cached_property
    def _panels(self) -> Panels:
        return self.panels()

    # -- one score of several

    def __len__(self) -> int:
        return len(self.questions)

    def __getitem__(self, index: int) -> Result:
        """Return the result of one score."""
        if not isinstance(index, (int, np.integer)):
            raise QuestionError(
                "expected the index of a score, 0 to {last}; got {index}",
                last=len(self) - 1,
                index=repr(index),
            )
        if not -len(self) <= index < len(self):
            raise NoScoreError(
                "there is no score {index}: the result has {count}", index=index, count=len(self)
            )
        only = slice(int(index) % len(self), int(index) % len(self) + 1)
        return replace(
            self,
            explanation=self.explanation.only(only),
            questions=self.questions[only],
            asked=self.asked[only],
        )

    def __iter__(self) -> Iterator[Result]:
        return (self[index] for index in range(len(self)))

    # -- representations

    def _answer(self, index: int) -> str:
        words = answer_words(float(self.probabilities[index]), self.explanation.answers)
        return words.replace(" %", "%")

    def _caption(self) -> str:
        if self.explanation.method and not METHODS[self.explanation.method].class_specific:
            return "strongest in the layer, whatever the class"
        first = self.classes[0]
        answer = self._answer(first)
        if self.asked:
            answer = answer_words(self.asked[0].score, self.explanation.answers).replace(" %", "%")
        return f"{self.questions[0]} ({self.class_names[first]} {answer})"

    def __repr__(self) -> str:
        name = f"{self.name}: " if self.name else ""
        asked = ", ".join(self.questions[:3]) + (", …" if len(self) > 3 else "")
        answer = self._answer(int(self.probabilities.argmax()))
        return f"<Result {name}{self.predicted} {answer}; {asked} By {self.method}>"

    def _repr_html_(self) -> str:
        """Return HTML for notebooks: three panels per score and the most probable classes."""
        rows = []
        for one in self:
            drawn = one._with_box(one.panels())
            cells = "".join(
                f'<td style="text-align:center"><img src="{_data_uri(pixels)}" alt="{kind}"><br>{kind}</td>'
                for kind, pixels in (
                    (html.escape(one.name or "image"), drawn.image),
                    (html.escape(one.method), drawn.heatmap),
                    (html.escape(one._caption()), drawn.overlay),
                )
            )
            rows.append(f"<tr>{cells}</tr>")
        order = np.argsort(-self.probabilities, kind="stable")[:SHOWN_CLASSES]
        classes = "".join(
            f"<tr><td>{html.escape(self.class_names[index])}</td>"
            f'<td style="text-align:right">{self._answer(index)}</td></tr>'
            for index in order
        )
        return (
            f"<table>{''.join(rows)}</table>"
            f"<table><tr><th>class</th><th>probability</th></tr>{classes}</table>"
        )


def _data_uri(pixels: NDArray[np.uint8]) -> str:
    """Return an image as a data URI, downscaled for notebooks."""
    data = encode_png(shrink_to(pixels, _NOTEBOOK_EDGE))
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"
