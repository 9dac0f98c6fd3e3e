"""Load models in background threads."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whylight.errors import Message
    from whylight.explainer import Explainer

log = logging.getLogger(__name__)

RECOMMENDED = "grad-cam"
"""The method to begin with: the best in docs/faithfulness.md at saying which thing speaks for the class."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """An open model with the available methods and colour maps."""

    explainer: Explainer
    colour_maps: tuple[str, ...]
    methods: tuple[str, ...]
    """Names of the methods available for it, those of gradients first."""
    bundled: str | None
    """Name of the bundled pair (`whylight.bundled.BUNDLED`), None for others."""
    own_layer: str = ""
    """The pair's own layer, which is the recommended one."""
    layer: str | None = None
    """Explained layer, if it is not the pair's own."""
    skipped: tuple[Message, ...] = ()
    """Reasons why preferred models could not be opened."""

    @property
    def title(self) -> str:
        """The model's name, with its file if it is not bundled."""
        name = self.explainer.card.name
        return name if self.is_bundled else f"{name} ({self.explainer.model_path.name})"

    @property
    def recommended_method(self) -> str:
        """The method to begin with: the model's first, which for a classifier is Grad-CAM."""
        return self.methods[0]

    def usable_method(self, wanted: str) -> str:
        """Return the wanted method, or the recommended one if this model has no such."""
        return wanted if wanted in self.methods else self.recommended_method

    @property
    def is_bundled(self) -> bool:
        """Whether it is one of the bundled pairs."""
        return self.bundled is not None

    @property
    def is_default(self) -> bool:
        """Whether it is the bundled pair that is opened unless another is chosen."""
        from whylight.bundled import GENERAL

        return self.bundled == GENERAL


class NotAPairError(Exception):
    """The file is not a pair, but may be a model that can be adopted."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


def open_model(path: Path | None, layer: str | None = None) -> LoadedModel:
    """Load a pair by its forward graph `path`, or General, with a layer.

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
    from whylight.bundled import GENERAL, bundled_model, bundled_name
    from whylight.drawing.heatmap import COLOUR_MAPS
    from whylight.errors import NoCardError
    from whylight.explainer import Explainer
    from whylight.isolation.trust import require_openable

    try:
        require_openable(path, {"adopt": False})
        explainer = Explainer(bundled_model() if path is None else path, adopt=False)
    except NoCardError:
        if path is not None:
            raise NotAPairError(path) from None
        raise
    name = GENERAL if path is None else bundled_name(path)
    own_layer = explainer.layer
    if layer is not None and layer != own_layer:
        explainer = explainer.with_layer(layer)
    return LoadedModel(explainer, tuple(COLOUR_MAPS), explainer.methods, name, own_layer, layer)


def open_first_model(
    wanted: Sequence[Path | None], last: Path | None, layer: str | None = None
) -> LoadedModel:
    """Load the first usable pair at start-up.

    Candidates, in this order, are: `wanted`, the user's replacement of the bundled pairs in a packaged app,
    that of the last session (`last`; None is General), and General. Entries of `wanted` that
    are None are skipped. The last session's `layer` is restored with its model, if it still exists.

    Raises `WhylightError` with all reasons if none is usable, and `NotAPairError` for a foreign model that
    precedes a usable one.
    """
    from whylight.bundled import replacing_model
    from whylight.errors import ModelError, WhylightError, one_a_line

    candidates = dict.fromkeys(path for path in (*wanted, replacing_model(), last) if path is not None)
    reasons: list[Message] = []
    for path in (*candidates, None):
        try:
            opened = _open_at(path, layer) if path == last else open_model(path)
            return replace(opened, skipped=tuple(reasons))
        except WhylightError as error:
            reasons.append(error.message)
    raise ModelError(one_a_line(reasons))


def _open_at(path: Path | None, layer: str | None) -> LoadedModel:
    """Load a pair with a layer, which may be missing if the file has changed."""
    from whylight.errors import WhylightError

    if layer is not None:
        try:
            return open_model(path, layer)
        except WhylightError as error:
            log.info("the last layer is not explained: %s", error)
    return open_model(path)
