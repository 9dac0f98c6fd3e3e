"""Imports the packages beside the library: the window, the trainer, the exporter.

In the repository they are top-level packages beside `whylight/`; an installed Whylight has them inside it, as
`whylight.desktop` and so on, so that it takes no names from other packages. `import_sibling` knows both.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from whylight.errors import MissingExtraError

EXTRAS = {"desktop": "desktop", "trainer": "train", "export": "train"}
"""The extra of the distribution that brings what each of the packages needs."""

_PACKAGE = Path(__file__).resolve().parent


def import_sibling(module: str) -> ModuleType:
    """Import a module of `desktop`, `trainer` or `export`, by its name in the repository (`trainer.cli`).

    Raises:
        MissingExtraError: a package that it needs is not installed.
    """
    package = module.partition(".")[0]
    with requires_extra(package):
        return import_module(_installed_name(package) + module.removeprefix(package))


@contextmanager
def requires_extra(package: str) -> Iterator[None]:
    """Turn a failing import inside the context into a `MissingExtraError` of that package of ours."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing == package and getattr(sys, "frozen", False):  # the packaged app has no trainer
            raise MissingExtraError(package, "", EXTRAS[package]) from error
        if missing in {"", "whylight", *EXTRAS}:
            raise  # a part of Whylight itself, which no extra brings
        raise MissingExtraError(package, missing, EXTRAS[package]) from error


def _installed_name(package: str) -> str:
    """The name under which the package is imported here; in a checkout, the checkout's is found first."""
    if getattr(sys, "frozen", False):
        return package
    if (_PACKAGE / package).is_dir():
        return f"{_PACKAGE.name}.{package}"
    # Somebody else's package may be called `trainer` too, and stand earlier on the path.
    root = _PACKAGE.parent
    if not all(_is_found_in(root, each) for each in EXTRAS):
        sys.path.insert(0, str(root))
    return package


def _is_found_in(root: Path, package: str) -> bool:
    if package in sys.modules:
        return True
    spec = find_spec(package)
    return (
        spec is not None and spec.origin is not None and Path(spec.origin).resolve().parent == root / package
    )
