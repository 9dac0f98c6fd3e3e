"""What is odd about a data set, told before training: what is left out, and what its owner should know."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

from whylight.common.atomic_file import write_text
from whylight.errors import TrainingError

DATA = "data.json"
"""All findings, in the run folder."""
SHOWN = 3
"""So many of each kind are named on the terminal."""

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "unreadable": "left out, cannot be read",
        "duplicate": "left out, the same file twice",
        "contradiction": "left out, the same file in several classes",
        "small class": "left out, a class needs two images: one to train on, one to measure with",
        "empty class": "left out, class folders without an image",
        "link": "left out, links that lead nowhere or back",
        "name": "left out, names that are no text",
        "no image": "left out, no images by their names",
        "elsewhere": "left out, not directly in a class folder",
        "untrained": "all images of these classes were drawn into the held-out part",
        "unmeasured": "not measured, no image of these classes is held out",
        "leak": "held out, though the same file is trained on",
    }
)
"""The kinds of findings in the order they are told, each with its heading."""


@dataclass(frozen=True, slots=True)
class DataIssue:
    """One oddity."""

    kind: str
    """Key in `KINDS`."""
    what: str
    """A path relative to the data set's folder, or a class."""
    reason: str = ""
    """What is wrong, or what was done about it; empty where the heading says all."""

    def __str__(self) -> str:
        """On one line, whatever characters the name holds."""
        text = f"{self.what}: {self.reason}" if self.reason else self.what
        return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def by_kind(findings: Iterable[DataIssue]) -> dict[str, list[DataIssue]]:
    """The findings of each kind that occurs, in the order of `KINDS`."""
    found: dict[str, list[DataIssue]] = {kind: [] for kind in KINDS}
    for finding in findings:
        found[finding.kind].append(finding)
    return {kind: group for kind, group in found.items() if group}


def summary(findings: Sequence[DataIssue]) -> list[str]:
    """A line for each kind that occurs: its heading, how many, and the first few by name."""
    lines = []
    for kind, group in by_kind(findings).items():
        more = f"; and {len(group) - SHOWN} more" if len(group) > SHOWN else ""
        lines.append(f"  {KINDS[kind]} ({len(group)}): {'; '.join(map(str, group[:SHOWN]))}{more}")
    return lines


def write_findings(folder: Path, findings: Sequence[DataIssue]) -> None:
    """Write `folder/data.json`."""
    write_text(folder / DATA, json.dumps([asdict(finding) for finding in findings], indent=1))


def read_findings(folder: Path) -> list[DataIssue]:
    """What `folder/data.json` holds; nothing where it is missing, as in older run folders."""
    file = folder / DATA
    if not file.exists():
        return []
    try:
        return [DataIssue(**finding) for finding in json.loads(file.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise TrainingError("cannot read {file}: {reason}", file=file, reason=repr(error)) from error
