"""What a run folder shows: the figures and the page, of a real run with names that could break them."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from trainer.cli import main
from trainer.config import Settings
from trainer.run import run
from trainer.run_report.build import describe
from trainer.run_report.confusion_matrix import Confusion
from trainer.run_report.figures import write_confusion
from whylight.errors import TrainingError

pytestmark = pytest.mark.slow
NAMES = {"red": "r$e^{d$", "green": "<b>grün & 緑</b>", "blue": "blue"}


class _Page(HTMLParser):
    """The text of a page and what it refers to; every tag but the empty ones must be closed in order."""

    EMPTY = frozenset({"meta", "img", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.sources: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.EMPTY:
            self._open.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data.strip())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run on 42 images of three classes; one epoch, so that there are mistakes."""
    folder = tmp_path_factory.mktemp("page")
    random = np.random.default_rng(3)
    for channel, name in enumerate(NAMES.values()):
        (folder / "pictures" / name.replace("/", "∕")).mkdir(parents=True)
        for number in range(14):
            pixels = random.integers(0, 200, (20, 20, 3), dtype=np.uint8)
            pixels[:, :, channel] += 20
            Image.fromarray(pixels).save(folder / "pictures" / name.replace("/", "∕") / f"{number}.png")
    settings = Settings(
        variant="adam", dataset="folder", data=folder / "pictures", epochs=1, image_size=32,
        batch_size=16, device="cpu", out=folder / "run",
    )  # fmt: skip
    run(settings, lambda _: None, lambda _: None)
    return folder / "run"


def test_the_page_needs_no_other_file_and_no_network(finished: Path) -> None:
    html = (finished / "index.html").read_text(encoding="utf-8")
    page = _Page(html)
    assert len(page.sources) == 3
    assert all(source.startswith("data:image/png;base64,") for source in page.sources)
    assert "http" not in html
    assert "url(" not in html


def test_the_page_shows_the_names_as_they_are(finished: Path) -> None:
    text = _Page((finished / "index.html").read_text(encoding="utf-8")).text
    for name in NAMES.values():
        assert name.replace("/", "∕") in text
    assert "adam on pictures" in text


def test_the_page_tells_the_run_s_own_figures(finished: Path) -> None:
    rows = (finished / "predictions.csv").read_text(encoding="utf-8").splitlines()[1:]
    right = sum(row.split(",")[1] == row.split(",")[2] for row in rows)
    text = " ".join(_Page((finished / "index.html").read_text(encoding="utf-8")).text)
    assert f"{100 * right / len(rows):.1f} % top-1 on {len(rows)} held-out images" in text
    assert f"{len(rows) - right} mistakes" in text
    counts = re.findall(r"(\d+) of (\d+)", (text.split("Classes")[1]).split("Confusions")[0])
    assert sum(int(r) for r, _ in counts) == right
    assert sum(int(n) for _, n in counts) == len(rows)


def test_an_older_run_folder_gets_the_same_files(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = tmp_path / "run"
    shutil.copytree(finished, older)
    made = ("predictions.csv", "classes.csv", "confusion.png", "gallery.png", "index.html")
    for name in made:
        (older / name).unlink()
    assert main(["page", str(older)]) == 0
    assert capsys.readouterr().out.strip() == str(older / "index.html")
    for name in ("predictions.csv", "classes.csv", "index.html"):
        assert (older / name).read_text(encoding="utf-8") == (finished / name).read_text(encoding="utf-8")
    assert {name for name in made if (older / name).exists()} == set(made)


def test_a_page_of_a_run_whose_images_are_gone(finished: Path, tmp_path: Path) -> None:
    moved = tmp_path / "run"
    shutil.copytree(finished, moved)
    (moved / "gallery.png").unlink()
    images = finished.parent / "pictures"
    told: list[str] = []
    images.rename(images.with_name("elsewhere"))
    try:
        describe(moved, told.append, lambda _: None)
    finally:
        images.with_name("elsewhere").rename(images)
    assert len(told) == 1
    assert told[0].startswith("no gallery: ")
    assert "gallery.png is not in the run folder" in (moved / "index.html").read_text(encoding="utf-8")


def test_a_run_that_has_not_ended_has_no_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TrainingError, match="is no run folder"):
        describe(tmp_path, lambda _: None, lambda _: None)
    (tmp_path / "run.json").write_text('{"configuration": {}}')
    (tmp_path / "metrics.csv").write_text("epoch\n")
    assert main(["page", str(tmp_path)]) == 2
    assert "has not ended: go on with --resume first" in capsys.readouterr().err


@pytest.mark.parametrize("count", [2, 257])
def test_the_confusion_matrix_has_a_legible_row_for_each_class(tmp_path: Path, count: int) -> None:
    confusions = [Confusion(truth="a", said="b", count=2, held_out=3)] if count > 2 else []
    write_confusion(tmp_path, np.eye(count, dtype=np.int64), [f"class {i}" for i in range(count)], confusions)
    with Image.open(tmp_path / "confusion.png") as image:
        # A name needs some ten pixels of height; the matrix takes most of the figure's.
        assert 0.8 * image.height > 10 * count
        assert image.height < 5000
