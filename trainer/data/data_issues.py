"""Issues of a data set, reported before training: exclusions and warnings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

from whylight.common.atomic_file import write_text
from whylight.errors import TrainingError

DATA = "data.json"
"""File name of the issues in the run folder."""
SHOWN = 3
"""Number of issues of each kind printed on the terminal."""

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
"""Kinds of issues in the order of reporting, each with its heading."""


@dataclass(frozen=True, slots=True)
class DataIssue:
    """One issue of a data set."""

    kind: str
    """Key in `KINDS`."""
    what: str
    """Path relative to the folder of the data set, or a class name."""
    reason: str = ""
    """The problem or the action taken; empty if the heading suffices."""

    def __str__(self) -> str:
        """Format on one line, with unprintable characters escaped."""
        text = f"{self.what}: {self.reason}" if self.reason else self.what
        return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def by_kind(findings: Iterable[DataIssue]) -> dict[str, list[DataIssue]]:
    """Group issues by kind, in the order of `KINDS`."""
    found: dict[str, list[DataIssue]] = {kind: [] for kind in KINDS}
    for finding in findings:
        found[finding.kind].append(finding)
    return {kind: group for kind, group in found.items() if group}


def summary(findings: Sequence[DataIssue]) -> list[str]:
    """Return one line per kind: its heading, the count and the first few names."""
    lines = []
    for kind, group in by_kind(findings).items():
        more = f"; and {len(group) - SHOWN} more" if len(group) > SHOWN else ""
        lines.append(f"  {KINDS[kind]} ({len(group)}): {'; '.join(map(str, group[:SHOWN]))}{more}")
    return lines


def write_findings(folder: Path, findings: Sequence[DataIssue]) -> None:
    """Write `folder/data.json`."""
    write_text(folder / DATA, json.dumps([asdict(finding) for finding in findings], indent=1))


def read_findings(folder: Path) -> list[DataIssue]:
    """Read `folder/data.json`; return an empty list if missing, as in old run folders."""
    file = folder / DATA
    if not file.exists():
        return []
    try:
        return [DataIssue(**finding) for finding in json.loads(file.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise TrainingError("cannot read {file}: {reason}", file=file, reason=repr(error)) from error
