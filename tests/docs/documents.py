"""The project's documents, and the code blocks in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDES = (
    ROOT / "README.md",
    *sorted(path for path in (ROOT / "docs").glob("*.md")),
)
"""What is written for users: their code blocks are run."""
DOCUMENTS = (
    *GUIDES,
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").rglob("*/*.md")),
)

_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<code>.*?)^ *```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    language: str
    """`python`; empty for commands."""
    code: str
    line: int
    """Line of its first line of code in the document."""


def blocks(document: Path) -> list[Block]:
    """The fenced blocks of a document, in order."""
    text = document.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        indent = match["indent"]
        lines = [line.removeprefix(indent) for line in match["code"].splitlines()]
        line = text.count("\n", 0, match.start("code")) + 1
        found.append(Block(match["language"], "\n".join(lines) + "\n", line))
    return found
