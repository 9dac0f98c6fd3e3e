"""Registry of explanation methods with their requirements and properties.

It is used by the window, the command line, reports and their warnings. Register a method by decorating a
function:

    @method("my-cam", label="My-CAM", summary="...", paper="...", needs="gradients")
    def my_cam(activations, gradients):
        return (activations[None] * gradients).max(axis=1)

Other packages register methods through the entry point group `whylight.methods`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Literal, cast

from whylight.errors import QuestionError

ENTRY_POINTS = "whylight.methods"
"""Entry point group for other packages: each entry is a `Method`, or a module that registers some."""

Needs = Literal["gradients", "image", "boxes"]
"""`gradients`: called with activations `[C, h, w]` and gradients `[M, C, h, w]`, returns maps `[M, h, w]`.
`image`: called with the model, an image and its explanation; runs the network hundreds of times.
`boxes`: the same, with a detector alone."""


@dataclass(frozen=True, eq=False)
class Method:
    """An explanation method; calling it computes maps."""

    name: str
    """Name on the command line: `grad-cam++`."""
    label: str
    """Name in its paper: `Grad-CAM++`."""
    summary: str
    """One-sentence description of its map."""
    paper: str
    """Authors, venue, year and identifier of the source."""
    needs: Needs
    needs_layer: bool = True
    """Whether it needs activations of a layer."""
    additive: bool = False
    """Whether maps are additive contributions in the unit of the score, with an absolute scale."""
    class_specific: bool = True
    """Whether the map depends on the explained score."""
    of_means: Callable[..., Any] | None = None
    """Variant that takes spatial means of the gradients `[M, C]`, if these suffice."""
    function: Callable[..., Any] | str = field(repr=False, default="")
    """Function that computes maps, or `module:name`, which is imported at the first call."""

    @cached_property
    def implementation(self) -> Callable[..., Any]:
        """The function that computes the maps."""
        if not isinstance(self.function, str):
            return self.function
        module, _, name = self.function.partition(":")
        return cast(Callable[..., Any], getattr(import_module(module), name))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute maps; the arguments depend on `needs`."""
        return self.implementation(*args, **kwargs)


class Registry(Mapping[str, Method]):
    """Methods by name, ignoring case and separators: `GradCAM++`, `gradcam_plusplus`."""

    def __init__(self) -> None:
        self._methods: dict[str, Method] = {}
        self._by_key: dict[str, str] = {}
        self._has_entry_points = False

    def add(self, method: Method) -> None:
        """Register a method.

        Raises:
            ValueError: the name is taken, possibly in another spelling.
        """
        known = self._by_key.setdefault(_key(method.name), method.name)
        if known in self._methods:
            raise ValueError(f"there is a method '{known}' already")
        self._methods[method.name] = method

    def __getitem__(self, name: str) -> Method:
        """Return the method with the given name.

        Raises:
            QuestionError: there is none; the message suggests similar names.
        """
        found = self.find(name)
        if found is None:
            raise UnknownMethodError(name, tuple(self))
        return found

    def find(self, name: object) -> Method | None:
        """Return the method with the given name in any spelling, or None."""
        if isinstance(name, Method):
            return name
        if not isinstance(name, str):
            return None
        if name in self._methods:  # normalising names took half a millisecond of each explanation
            return self._methods[name]
        for _ in range(2):
            if (known := self._by_key.get(_key(name))) is not None:
                return self._methods[known]
            self._load_entry_points()
        return None

    def __contains__(self, name: object) -> bool:
        return self.find(name) is not None

    def __iter__(self) -> Iterator[str]:
        self._load_entry_points()
        return iter(self._methods)

    def __len__(self) -> int:
        self._load_entry_points()
        return len(self._methods)

    def __repr__(self) -> str:
        return f"<methods {', '.join(self)}>"

    def _load_entry_points(self) -> None:
        if self._has_entry_points:
            return
        self._has_entry_points = True
        for entry in entry_points(group=ENTRY_POINTS):
            loaded = entry.load()
            if isinstance(loaded, Method) and loaded.name not in self._methods:
                self.add(loaded)


class UnknownMethodError(QuestionError, KeyError):
    """There is no method with the given name."""

    def __init__(self, name: object, known: tuple[str, ...]) -> None:
        near = get_close_matches(str(name).lower(), known, n=3)
        if near:
            super().__init__(
                "there is no method '{method}'; did you mean {names}?", method=name, names=" / ".join(near)
            )
        else:
            super().__init__(
                "there is no method '{method}'; there are {known}", method=name, known=", ".join(known)
            )


METHODS = Registry()
"""Registry of all methods."""


def method(name: str, **facts: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as a method; keyword arguments are fields of `Method`.

    The function itself is returned unchanged.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        METHODS.add(Method(name=name, function=function, **facts))
        return function

    return register


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9+]", "", name.lower().replace("plusplus", "++").replace("plus-plus", "++"))
