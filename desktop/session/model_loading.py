"""How models are opened: functions that run off the interface thread, as those of `rendering`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whylight.explainer import Explainer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that is ready to be asked, and what the engine can do with it."""

    explainer: Explainer
    colour_maps: tuple[str, ...]
    methods: tuple[str, ...]
    is_bundled: bool
    layer: str | None = None
    """That is explained in place of the pair's own."""
    passed_over: tuple[str, ...] = ()
    """Why models that come before this one could not be opened."""


class NotAPairError(Exception):
    """A model that is somebody else's: no forward graph of a pair, but perhaps one that can be adopted."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


def open_model(path: Path | None, layer: str | None = None) -> LoadedModel:
    """Load the pair whose forward graph is `path`, or the bundled one; it explains `layer`, or its own.

    Raises `WhylightError`, which names the file, and `NotAPairError` for an ONNX file without a card.
    """
    from whylight.errors import WhylightError, about_file

    try:
        return _open_pair(path, layer)
    except WhylightError as error:
        if path is not None:
            error.message = about_file(path.name, error.message)
        raise


def _open_pair(path: Path | None, layer: str | None) -> LoadedModel:
    from whylight.bundled import bundled_model
    from whylight.drawing.heatmap import COLOUR_MAPS
    from whylight.errors import NoCardError
    from whylight.explainer import Explainer
    from whylight.methods import methods_of_gradients
    from whylight.methods.availability import available_method

    try:
        explainer = Explainer(bundled_model() if path is None else path, layer=layer, adopt_foreign=False)
    except NoCardError:
        if path is not None:
            raise NotAPairError(path) from None
        raise
    methods = methods_of_gradients()  # the window has none of those that take seconds an image
    available_method(methods[0], explainer.methods, explainer.model_path.name)
    return LoadedModel(explainer, tuple(COLOUR_MAPS), methods, path is None, layer)


def open_first_model(
    wanted: Sequence[Path | None], last: Path | None, layer: str | None = None
) -> LoadedModel:
    """Load what a start begins with: the first pair that can be used of those wanted, the one put in place
    of the bundled one of a packaged app, the last session's, and the bundled one. None is passed by.

    Where it is the last session's (`last`, None: the bundled one) it explains that session's `layer`, if it
    still can.

    Raises `WhylightError` with all reasons where none can be used, and `NotAPairError` for a foreign one
    that comes before one that can.
    """
    from whylight.bundled import replacing_model
    from whylight.errors import Message, ModelError, WhylightError, one_a_line

    candidates = dict.fromkeys(path for path in (*wanted, replacing_model(), last) if path is not None)
    reasons: list[Message] = []
    for path in (*candidates, None):
        try:
            opened = _open_at(path, layer) if path == last else open_model(path)
            return replace(opened, passed_over=tuple(reasons))
        except WhylightError as error:
            reasons.append(error.message)
    raise ModelError(one_a_line(reasons))


def _open_at(path: Path | None, layer: str | None) -> LoadedModel:
    """Load a pair with a layer that it may have no more, since its file may have been written anew."""
    from whylight.errors import WhylightError

    if layer is not None:
        try:
            return open_model(path, layer)
        except WhylightError as error:
            log.info("the last layer is not explained: %s", error)
    return open_model(path)
