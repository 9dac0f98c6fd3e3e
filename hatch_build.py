"""Build hooks of the wheel: one root package, and a README with absolute links."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

INSIDE = ("desktop", "trainer", "export", "assets")
"""Folders of the repository that are installed inside `whylight/`."""

REPOSITORY = "https://github.com/whylight/whylight"

_RELATIVE = re.compile(r"(!?)\[([^\]]*)\]\((?!https?://|#|mailto:)([^)\s]+)\)")
"""A Markdown link or image whose target is a file of the repository."""


class OneRoot(BuildHookInterface[Any]):
    """Includes `desktop/` in the wheel as `whylight/desktop`, and so on.

    Editable installs use the folders in place.
    """

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folders `INSIDE` to the wheel, unless it is editable."""
        if self.target_name == "wheel" and version != "editable":
            for name in INSIDE:
                build_data["force_include"][str(Path(self.root) / name)] = f"whylight/{name}"
            for page in sorted((Path(self.root) / "docs").glob("*.md")):  # the window's manual
                build_data["force_include"][str(page)] = f"whylight/assets/manual/{page.name}"


class ReadmeAnywhere(MetadataHookInterface):
    """Sets the package description to README.md with absolute links."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the field `readme`."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": absolute_links(text)}


def absolute_links(text: str) -> str:
    """Make links to files of the repository absolute."""

    def absolute(match: re.Match[str]) -> str:
        mark, words, target = match.groups()
        return f"{mark}[{words}]({REPOSITORY}/{'raw' if mark else 'blob'}/main/{target.removeprefix('./')})"

    return _RELATIVE.sub(absolute, text)
