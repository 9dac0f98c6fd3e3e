"""Table and pages of a report on disk, moved into place at the end."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from whylight.common.atomic_file import part_path
from whylight.images.files import REPORT_TABLE
from whylight.report.html_page import Summary, head_html, page_name, tail_html

IMAGES_A_PAGE = 250
"""Each takes some 90 kB of its page."""


class ReportFiles:
    """Writes the table and the pages of a report.

    The pages' images go to files of their own first, because what stands above them is known only at the
    end. Leaving without `finish` removes them all and keeps an earlier report's files as they were.
    """

    def __init__(self, out: Path, top: int) -> None:
        self.index = out / page_name(1)
        self.table = out / REPORT_TABLE
        self._out = out
        self._bodies: list[Path] = []
        self._unfinished = [part_path(self.table)]
        self._body: IO[str] | None = None
        self._count = 0
        self._stack = ExitStack()
        table = self._open(
            part_path(self.table), encoding="utf-8-sig"
        )  # the mark tells Excel that it is UTF-8
        self._table = table
        self._rows = csv.writer(table)
        ranks = [text for rank in range(1, top + 1) for text in (f"class_{rank}", f"probability_{rank}")]
        self._rows.writerow(["path", *ranks, "milliseconds", "notes"])

    def __enter__(self) -> ReportFiles:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._stack.close()  # writes what is left in the buffers, for which a full disk has no room
        finally:
            for path in (*self._bodies, *self._unfinished):
                path.unlink(missing_ok=True)

    def add(self, image: str, row: Sequence[str]) -> None:
        """Add an image, as HTML and as a row of the table."""
        if self._count % IMAGES_A_PAGE == 0:
            self._next_page()
        assert self._body is not None
        self._body.write(image)
        self._rows.writerow(row)
        self._count += 1

    def finish(self, summary: Summary) -> None:
        """Assemble the pages and move all files into place."""
        if not self._bodies:
            self._next_page()
        self._stack.close()
        pages = len(self._bodies)
        for page, body in enumerate(self._bodies, start=1):
            target = self._out / page_name(page)
            part = part_path(target)
            self._unfinished.append(part)
            with part.open("wb") as whole, body.open("rb") as images:
                whole.write(head_html(summary, page, pages).encode("utf-8", "replace"))
                shutil.copyfileobj(images, whole)
                whole.write(tail_html(page, pages).encode("utf-8", "replace"))
            part.replace(target)
        part_path(self.table).replace(self.table)
        self._remove_pages_from(pages + 1)

    def _remove_pages_from(self, page: int) -> None:
        """Remove further pages of an earlier, longer report."""
        while (stale := self._out / page_name(page)).exists():
            stale.unlink()
            page += 1

    def _next_page(self) -> None:
        if self._body is not None:
            self._body.close()
        path = part_path(self._out / f"images-{len(self._bodies) + 1}")
        self._bodies.append(path)
        self._body = self._open(path, encoding="utf-8")

    def _open(self, path: Path, *, encoding: str) -> IO[str]:
        file = path.open("w", encoding=encoding, newline="")
        return self._stack.enter_context(file)
