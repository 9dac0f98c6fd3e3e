"""The report as its reader meets it: a real pair explains real files."""

from __future__ import annotations

import base64
import csv
import hashlib
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

from whylight.drawing.heatmap import draw_panels
from whylight.errors import QuestionError, WhylightError
from whylight.explainer import Explainer
from whylight.images.decode import read_image
from whylight.images.encode import write_image
from whylight.report import Progress, pages, render, write_report


class Page(HTMLParser):
    """What a browser would take from a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.images: list[np.ndarray] = []
        self.links: list[str] = []
        self.text = ""
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "src":
                assert value is not None
                assert value.startswith("data:image/")
                self.images.append(read_image(base64.b64decode(value.partition(",")[2])))
            if name == "href" and tag == "a" and "#" not in (value or ""):
                self.links.append(unquote(value or ""))

    def handle_data(self, data: str) -> None:
        self.text += data


CONTENTS = [".whylight-report", ".whylight-work", "index.html", "panels", "predictions.csv"]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_becomes_panels_a_table_and_a_page(
    explainer: Explainer, images: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    told: list[Progress] = []
    report = write_report(explainer, [images], out, top=2, on_progress=told.append)

    assert (report.explained, report.total, report.cancelled) == (3, 5, False)
    assert [failure.path.name for failure in report.failures] == ["broken.jpg", "empty.png"]
    assert [(progress.done, progress.total, progress.failed) for progress in told] == [
        (1, 5, 0), (2, 5, 0), (3, 5, 1), (4, 5, 2), (5, 5, 2)
    ]  # fmt: skip

    rows = table(report.table)
    assert list(rows[0]) == [
        "file", "width", "height", "bytes", "sha256", "label", "class_1", "probability_1", "class_2",
        "probability_2", "map_max", "map_mean", "map_positive", "map_half", "map_x", "map_y", "notes",
        "error",
    ]  # fmt: skip
    assert [row["file"] for row in rows] == [
        "a & <i>.png", "b.png", "broken.jpg", "empty.png", "sub/Größe.png"
    ]  # fmt: skip
    assert [row["class_1"] for row in rows] == ["red", "green", "", "", "blue"]
    probabilities = explainer.predict(images / "b.png")
    assert float(rows[1]["probability_1"]) == pytest.approx(probabilities[1], abs=1e-6)
    data = (images / "b.png").read_bytes()
    assert (rows[1]["width"], rows[1]["height"], rows[1]["bytes"]) == ("500", "700", str(len(data)))
    assert rows[1]["sha256"] == hashlib.sha256(data).hexdigest()
    assert [row["error"] != "" for row in rows] == [False, False, True, True, False]
    assert rows[3]["error"] == f"{images / 'empty.png'}: the file is empty"
    # The evidence fills the upper left quarter: a quarter of the cells, its centre a quarter from each side.
    found = {name: float(rows[0][name]) for name in ("map_half", "map_x", "map_y")}
    assert found == pytest.approx(dict.fromkeys(found, 0.25), abs=0.02)

    assert sorted(path.name for path in out.iterdir()) == CONTENTS


def test_the_panels_are_those_of_the_most_likely_class(
    explainer: Explainer, images: Path, tmp_path: Path
) -> None:
    write_report(explainer, [images], tmp_path / "report")
    image = read_image(images / "sub" / "Größe.png")
    expected = draw_panels(image, explainer.explain(image, top=1).maps[0])
    for kind in ("image", "heatmap", "overlay"):
        written = read_image(tmp_path / "report" / "panels" / "sub" / f"Größe.png.{kind}.png")
        np.testing.assert_array_equal(written, getattr(expected, kind))
    # The evidence lies in the upper left quarter and nowhere else: red there, blue elsewhere.
    assert expected.heatmap[:25, :35, 0].min() > 100
    assert expected.heatmap[35:, 45:].tolist() == np.full((25, 35, 3), [0, 0, 128]).tolist()


def test_on_a_scale_in_common_the_page_says_what_1_is(
    explainer: Explainer, images: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    report = write_report(explainer, [images / "b.png"], out, scale="absolute", full_scale=160)
    image = read_image(images / "b.png")
    map_ = explainer.explain(image, top=1).maps[0]
    # 8 x 8 places: 2.5 logits in one of them are 160 of density.
    expected = draw_panels(image, map_, strongest=2.5)
    np.testing.assert_array_equal(read_image(out / "panels" / "b.png.heatmap.png"), expected.heatmap)
    assert "evidence of 160 logits" in report.index.read_text(encoding="utf-8")


def test_on_the_folders_scale_all_heatmaps_have_the_strongest_of_any_image_as_1(
    explainer: Explainer, images: Path, tmp_path: Path
) -> None:
    write_image(images / "faint.png", np.full((20, 20, 3), (40, 0, 0), np.uint8))
    names = ("b.png", "faint.png", "sub/Größe.png")
    maps = [explainer.explain(read_image(images / name), top=2).maps for name in names]
    strongest = float(np.max(maps))
    assert strongest > 2 * min(map_.max() for map_ in maps), "the images must differ"
    told: list[Progress] = []
    out = tmp_path / "report"
    report = write_report(explainer, [images], out, top=2, scale="folder", on_progress=told.append)
    for name, ranked in zip(names, maps, strict=True):
        expected = draw_panels(read_image(images / name), ranked[0], strongest=strongest)
        heatmap = read_image(out / "panels" / f"{name}.heatmap.png")
        np.testing.assert_array_equal(heatmap, expected.heatmap)
    assert (report.explained, report.total, len(report.failures)) == (4, 6, 2)
    assert [(progress.measuring, progress.done, progress.total) for progress in told] == [
        *[(measuring, done, 6) for measuring in (True, False) for done in range(1, 7)]
    ]  # fmt: skip
    assert "strongest place in all heatmaps here" in report.index.read_text(encoding="utf-8")


def test_without_a_look_at_every_image_nothing_is_drawn_on_the_folders_scale(
    explainer: Explainer, images: Path, tmp_path: Path
) -> None:
    told: list[Progress] = []
    report = write_report(
        explainer,
        [images],
        tmp_path / "report",
        scale="folder",
        on_progress=told.append,
        cancelled=lambda: len(told) == 2,
    )
    assert (report.cancelled, report.explained, report.total) == (True, 0, 5)
    assert "Stopped before the end" in Page(report.index).text


def test_the_page_is_self_contained_escaped_and_links_the_panels(
    explainer: Explainer, images: Path, tmp_path: Path
) -> None:
    report = write_report(explainer, [images], tmp_path / "report", top=3)
    page = Page(report.index)
    assert "Colours <b>&" in page.text
    assert "a & <i>.png" in page.text
    assert "b" not in page.tags
    assert "i" not in page.tags
    assert page.tags.count("script") == 1
    assert "3 of 5 images explained" in page.text
    assert "2 images could not be explained" in page.text
    assert f"{images / 'empty.png'}: the file is empty" in page.text
    assert "top 1 50.0 %" in page.text
    assert not re.search(r"https?://", page.source)
    assert len(page.links) == 9, "three panels an image"
    assert all((tmp_path / "report" / link).is_file() for link in page.links)
    # One colour scale; three panels and two small overlays for each image, none larger than needed.
    assert len(page.images) == 1 + 3 * (3 + 2)
    assert {image.shape[:2] for image in page.images[1:]} == {(60, 80), (320, 229), (160, 114)}
    overlay = read_image(tmp_path / "report" / "panels" / "a & _i_.png.overlay.png")
    assert np.abs(page.images[3].astype(int) - overlay).mean() < 4  # JPEG


def test_cancelling_keeps_what_was_done(explainer: Explainer, images: Path, tmp_path: Path) -> None:
    told: list[Progress] = []
    report = write_report(
        explainer, [images], tmp_path / "report", on_progress=told.append, cancelled=lambda: len(told) == 2
    )
    assert (report.cancelled, report.explained, report.total) == (True, 2, 5)
    assert [row["class_1"] for row in table(report.table)] == ["red", "green"]
    page = Page(report.index)
    assert page.tags.count("article") == 2
    assert "Stopped before the end" in page.text


def test_many_images_are_spread_over_pages_and_old_pages_go(
    explainer: Explainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, images: Path
) -> None:
    monkeypatch.setattr(pages, "PAGE_BYTES", 10_000)
    out = tmp_path / "report"
    write_report(explainer, [images], out)
    names = ["index.html", "index-2.html", "index-3.html", "index-4.html"]
    found = [Page(out / name) for name in names]
    assert [page.tags.count("article") for page in found] == [0, 1, 1, 1], "the overview, then the images"
    assert [sum(link in names for link in page.links) for page in found] == [6, 6, 6, 6]  # above and below
    assert "b.png" in found[2].text
    assert sorted(path.name for path in out.glob("*.html")) == sorted(names)
    monkeypatch.undo()
    write_report(explainer, [images / "b.png"], out)
    assert [path.name for path in out.glob("*.html")] == ["index.html"]


def test_a_second_report_does_not_explain_the_first(explainer: Explainer, images: Path) -> None:
    for _ in range(2):
        report = write_report(explainer, [images], images / "report")
        assert (report.explained, report.total) == (3, 5)


def test_a_folder_without_images_gives_an_empty_report(explainer: Explainer, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    report = write_report(explainer, [tmp_path / "empty"], tmp_path / "report")
    assert (report.explained, report.total, report.failures) == (0, 0, ())
    assert "0 of 0 images explained" in Page(report.index).text
    assert table(report.table) == []


def test_a_missing_path_is_a_failure_and_the_others_go_on(
    explainer: Explainer, images: Path, tmp_path: Path
) -> None:
    report = write_report(explainer, [tmp_path / "gone", images / "b.png"], tmp_path / "report")
    assert report.explained == 1
    assert [failure.reason for failure in report.failures] == [f"{tmp_path / 'gone'}: there is no such file"]


def test_a_crash_leaves_the_earlier_report_as_it_was(
    explainer: Explainer, images: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    report = write_report(explainer, [images / "b.png"], out)
    before = (report.index.read_bytes(), report.table.read_bytes())

    def crash(_: Progress) -> None:
        raise RuntimeError("the caller's own mistake")

    with pytest.raises(RuntimeError):
        write_report(explainer, [images], out, on_progress=crash)
    assert (report.index.read_bytes(), report.table.read_bytes()) == before
    assert sorted(path.name for path in out.iterdir()) == CONTENTS


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"top": 0}, "0 classes"),
        ({"method": "magic"}, "no method 'magic'; there are grad-cam"),
        ({"colour_map": "rainbow"}, "no colour map 'rainbow'"),
        ({"opacity": 2.0}, "the opacity is 2"),
        ({"scale": "magic"}, "no scale 'magic'; there are image, compared, absolute, folder"),
        ({"scale": "absolute", "method": "eigencam"}, "eigencam maps are not additive contributions"),
    ],
)
def test_impossible_wishes_are_refused_before_anything_is_written(
    explainer: Explainer, images: Path, tmp_path: Path, options: dict, message: str
) -> None:
    with pytest.raises(QuestionError, match=message):
        write_report(explainer, [images], tmp_path / "report", **options)
    assert not (tmp_path / "report").exists()


def test_a_folder_that_cannot_be_made_says_so(explainer: Explainer, images: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WhylightError, match="the report cannot be written"):
        write_report(explainer, [images], tmp_path / "file" / "report")


def test_large_panels_are_reduced(
    explainer: Explainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "PANEL_LONGEST", 100)
    write_image(tmp_path / "large.png", np.zeros((400, 300, 3), np.uint8))
    report = write_report(explainer, [tmp_path / "large.png"], tmp_path / "report")
    assert read_image(tmp_path / "report" / "panels" / "large.png.image.png").shape == (100, 75, 3)
    assert "300 × 400" in Page(report.index).text


def test_how_a_file_was_read_is_said_in_page_table_and_record(explainer: Explainer, tmp_path: Path) -> None:
    case = Path(__file__).parents[1] / "cases" / "pictures" / "grey12in16.tif"
    records: list[Mapping[str, object]] = []
    report = write_report(explainer, [case], tmp_path / "report", on_image=records.append)
    note = "values of 0 to 4,080 in 16 bits, shown as 12 bits"
    assert records[0]["notes"] == [note]
    assert table(report.table)[0]["notes"].split("; ")[0] == note
    assert note in Page(report.index).text
