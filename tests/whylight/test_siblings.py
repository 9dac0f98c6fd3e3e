"""The packages beside the library, and what is said where they cannot be imported."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from whylight.errors import MissingExtraError
from whylight.siblings import import_sibling, requires_extra

ROOT = Path(__file__).resolve().parents[2]


def test_the_checkouts_own_package_is_imported() -> None:
    assert Path(str(import_sibling("export").__file__)) == ROOT / "export" / "__init__.py"
    assert import_sibling("desktop.cli") is sys.modules["desktop.cli"]


@pytest.mark.parametrize(
    ("package", "missing", "words"),
    [
        ("trainer", "torch.nn", r"training needs the package 'torch', .* pip install 'whylight\[train\]'"),
        ("desktop", "PySide6", r"the window needs the package 'PySide6', .* 'whylight\[desktop\]'"),
    ],
)
def test_a_package_that_is_missing_is_named_with_its_extra(package: str, missing: str, words: str) -> None:
    with pytest.raises(MissingExtraError, match=words) as raised, requires_extra(package):
        raise ModuleNotFoundError(f"No module named '{missing}'", name=missing)
    assert (raised.value.part, raised.value.package) == (package, missing.partition(".")[0])


@pytest.mark.parametrize("missing", ["whylight.nothing", "trainer.nothing", "export"])
def test_a_part_of_ours_that_is_missing_is_a_defect(missing: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=missing), requires_extra("trainer"):
        raise ModuleNotFoundError(f"No module named '{missing}'", name=missing)


def test_the_packaged_app_says_that_it_holds_no_trainer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with (
        pytest.raises(MissingExtraError, match=r"training is not part of this app; .*'whylight\[train\]'"),
        requires_extra("trainer"),
    ):
        raise ModuleNotFoundError("No module named 'trainer'", name="trainer")
