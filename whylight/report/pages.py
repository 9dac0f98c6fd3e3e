"""Pages of a report, put together at its end from the shards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from whylight.collection.shards import Shards
from whylight.common.atomic_file import part_path
from whylight.report.html_page import Summary, head_html, page_name, tail_html
from whylight.report.overview import PageEntry

PAGE_BYTES = 1_900_000
"""Bytes of a page, beyond which another one is begun; a single image may take more."""


def write_pages(out: Path, summary: Summary, shards: Shards, *, pictures: bool = True) -> Path:
    """Write the pages and remove those of an earlier, longer report; return the first.

    Where the images do not fit beside the overview, the first page has the overview alone.

    Args:
        out: the report's folder.
        summary: what stands above the images.
        shards: what the pages show of the images.
        pictures: whether there are images to show; if not, the overview is all.

    Raises:
        OSError: the disk refuses. Pages that were finished stay.
    """
    entries: Sequence[PageEntry] = summary.overview.ordered() if pictures else []
    room = PAGE_BYTES - len(_head(summary, 1, 1, {})) - len(tail_html(1, 1))
    together = sum(entry[1] for entry in entries) <= room
    layout = [range(len(entries))] if together else [range(0), *_layout(entries)]
    places: dict[int, list[int]] = defaultdict(list)
    for page, shown in enumerate(layout, start=1):
        for index in shown:
            for class_index in entries[index][2]:
                if places[class_index][-1:] != [page]:
                    places[class_index].append(page)
    for page, shown in enumerate(layout, start=1):
        target = out / page_name(page)
        part = part_path(target)
        try:
            with part.open("wb") as file:
                file.write(_head(summary, page, len(layout), places))
                for index in shown:
                    position = entries[index][0]
                    file.write(shards.read_html(position, shards.read(position)))
                file.write(tail_html(page, len(layout)).encode("utf-8", "replace"))
            part.replace(target)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
    _remove_pages_from(out, len(layout) + 1)
    return out / page_name(1)


def _head(summary: Summary, page: int, pages: int, places: dict[int, list[int]]) -> bytes:
    head = head_html(summary, page, pages, lambda index: places.get(index, []))
    return head.encode("utf-8", "replace")


def _layout(entries: Sequence[PageEntry]) -> list[range]:
    """Spread the images over pages of `PAGE_BYTES`, less what every page has."""
    pages: list[range] = []
    begin, free = 0, PAGE_BYTES - _COMMON
    for index, (_, length, _, _) in enumerate(entries):
        if length > free and index > begin:
            pages.append(range(begin, index))
            begin, free = index, PAGE_BYTES - _COMMON
        free -= length
    return [*pages, range(begin, len(entries))]


_COMMON = 30_000
"""Bytes of style, script and links of any page but the first."""


def _remove_pages_from(out: Path, page: int) -> None:
    """Remove further pages of an earlier, longer report."""
    while (stale := out / page_name(page)).exists():
        stale.unlink()
        page += 1
