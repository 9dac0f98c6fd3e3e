"""The report of a labelled folder: accuracy, confusions, mistakes first, filters and print."""

from __future__ import annotations

import base64
import csv
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.whylight.conftest import painted
from whylight.explainer import Explainer
from whylight.images.encode import write_image
from whylight.report import pages, write_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Three reds of which one looks blue, two blues, a green, and one in a folder of no class."""
    folder = tmp_path / "labelled"
    looks = {
        "red": ["red", "blue", "red"], "blue": ["blue", "blue"], "green": ["green"], "other": ["red"]
    }  # fmt: skip
    for label, colours in looks.items():
        (folder / label).mkdir(parents=True)
        for number, colour in enumerate(colours):
            write_image(folder / label / f"{number}.png", painted(colour))
    return folder


def articles(page: str) -> list[str]:
    return re.findall(r"<article [^>]*>\s*<h2>.*?</h2>", page, re.DOTALL)


def test_accuracy_confusions_and_mistakes_first(explainer: Explainer, labelled: Path, tmp_path: Path) -> None:
    report = write_report(explainer, [labelled], tmp_path / "out")
    page = report.index.read_text(encoding="utf-8")
    assert (
        "<strong>83.3 % right</strong>: 5 of the 6 images in folders named after a class; 1 mistake." in page
    )
    assert re.search(r'<a href="index.html#class=0&amp;mistakes=1">red</a> taken for\s+blue: 1', page)
    names = [re.sub(r"<[^>]*>", "", article).strip() for article in articles(page)]
    assert names[0].startswith("red/1.png")
    assert "its folder says red" in names[0]
    assert [name.split(".")[0] for name in names[1:]] == [
        "blue/0", "blue/1", "green/0", "other/0", "red/0", "red/2"
    ]  # fmt: skip
    assert "its folder says" not in names[4]
    # Predicted, in its folder, right, recall, precision, page.
    rows = {
        row[0]: row[1:]
        for row in (
            re.findall(r"<t[hd][^>]*>(?:<a[^>]*>)?([^<]*)", found)
            for found in re.findall(r"<tr><th scope=\"row\">.*?</tr>", page, re.DOTALL)
        )
    }
    assert rows["red"] == ["3", "3", "2", "66.7 %", "100.0 %", "1"]
    assert rows["blue"] == ["3", "2", "2", "100.0 %", "66.7 %", "1"]
    assert hashlib.sha256(explainer.model_path.read_bytes()).hexdigest() in page
    assert "grad-cam at layer features; scale image; colours.onnx" in page
    assert "How to read this" in page
    with report.table.open(encoding="utf-8-sig", newline="") as file:
        labels = [row["label"] for row in csv.DictReader(file)]
    assert labels == ["blue", "blue", "green", "", "red", "red", "red"]


def test_the_overview_leads_to_the_pages_of_a_class(
    explainer: Explainer, labelled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_BYTES", 10_000)
    report = write_report(explainer, [labelled], tmp_path / "out")
    overview = report.index.read_text(encoding="utf-8")
    found = re.findall(r'<a href="(index-\d+\.html)#class=(\d)">', overview)
    assert found
    for name, index in found:
        assert f'data-class="{index}"' in (tmp_path / "out" / name).read_text(encoding="utf-8")
    assert [name for name, index in found if index == "0"] == [
        "index-2.html", "index-6.html", "index-7.html", "index-8.html"
    ], "the mistake first; the one in the folder of no class is predicted red"  # fmt: skip


def test_the_policy_allows_this_script_and_no_other(
    explainer: Explainer, labelled: Path, tmp_path: Path
) -> None:
    page = write_report(explainer, [labelled], tmp_path / "out").index.read_text(encoding="utf-8")
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"<[^>]* on\w+=", page), "the policy forbids handlers in attributes"


def test_only_small_pictures_or_none(explainer: Explainer, labelled: Path, tmp_path: Path) -> None:
    for panels, count in (("page", 7), ("none", 0)):
        out = tmp_path / panels
        report = write_report(explainer, [labelled], out, panels=panels, maps="npz")
        page = report.index.read_text(encoding="utf-8")
        assert len(articles(page)) == count
        assert "83.3 % right" in page
        assert not (out / "panels").exists()
        assert len(list((out / "maps").rglob("*.npz"))) == 7
        assert len(report.table.read_text(encoding="utf-8").splitlines()) == 8


@pytest.fixture
def browser(tmp_path: Path):
    """Runs Chromium on a page of a file and returns what it prints."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")

    def run(page: str, *options: str) -> str:
        command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000"]
        home = f"--user-data-dir={tmp_path / 'browser'}"
        done = subprocess.run(
            [*command, home, *options, page], capture_output=True, text=True, timeout=120, check=True
        )
        return done.stdout

    return run


def test_a_browser_filters_by_the_address(
    explainer: Explainer, labelled: Path, tmp_path: Path, browser
) -> None:
    index = write_report(explainer, [labelled], tmp_path / "out").index.as_uri()
    shown = browser(f"{index}#class=0&mistakes=1", "--dump-dom")
    found = re.findall(r"<article [^>]*>", shown)
    assert [("hidden" not in article) for article in found] == [True, *[False] * 6]
    assert "1 of 7 shown" in shown
    assert '<form id="controls">' in shown
    assert re.findall(r'<option value="\d">(\w+)</option>', shown) == ["blue", "green", "red"]


def test_three_pictures_are_printed_on_a_page(
    explainer: Explainer, labelled: Path, tmp_path: Path, browser
) -> None:
    index = write_report(explainer, [labelled], tmp_path / "out").index.as_uri()
    browser(index, f"--print-to-pdf={tmp_path / 'report.pdf'}", "--no-pdf-header-footer")
    data = (tmp_path / "report.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", data)) == 1 + 3, "the overview, and 7 images"
