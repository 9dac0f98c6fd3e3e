"""Phrases that were found odd or untrue are gone, and the better ones are there.

The list is that of a tester who used the window by mouse and keys. Looked at are all strings of the window
and of the engine's errors (the translation's sources), and the text of the reports' modules.
"""

from __future__ import annotations

import html
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
REPORTS = ("whylight/report", "trainer/run_report")

PHRASES = [
    ("How true", "Can I trust this map?"),
    ("Measure this map", "Can I trust this map? Test it"),
    ("A true map makes the probability fall", "If the map is right, covering the marked places"),
    ("is truer", "no faster than places at random: do not rely on this map"),
    ("Take the picture away and put it back", "do not rely on this map by itself"),
    ("nothing speaks for", "{method} finds no {evidence} at this layer."),
    ("this map's own scale", "strongest here"),
    ("one scale for the likely classes", "among the classes"),
    ("Own scale", "Red means"),
    ("What the strongest colour stands for", "What red means"),
    ("evidence for anything but", "evidence against {subject}"),
    ("Against?", "Why not?"),
    ("The class held against the first", "Class to compare with"),
    ("Surest first", "Most certain first"),
    ("Unsurest first", "Least certain first"),
    ("^Table$", "Confusions"),
    (
        "Rows: the folder's class. Columns: taken for.",
        "Rows: true class (folder). Columns: the model's answer.",
    ),
    ("(?<!mis)taken for {", "{label} mistaken for {predicted}"),
    ("% of {total} right", "{share} % correct so far ({right} of {total})"),
    ("A model does not say how it wants", "The file does not say how pixel values must be prepared."),
    ("Then it says", "With this setting it answers"),
    ("no names there", "No names in the file"),
    ("somebody else's model", "Set up this model"),
    ("open it as the first model once", "{file} must be set up first."),
    ("stays open", "Still using {name}."),
    ("cannot write the pair", "the prepared model could not be saved in"),
    ("no output holds one score", "this model does not give one score for each class"),
    ("^Sub-folders, too", "Include sub-folders"),
    ("Use this model from now on", "Open this model at start"),
    ("Forget these", "Clear recent"),
    ("Report of the selection", "Report (selected images, or all shown)"),
    ("Second model beside this one", "Compare with a second model, or close it"),
    ("Brush that covers", "What if this part were hidden? (brush)"),
    ("to cover; B ends", "Paint over the image to hide parts. Esc: done"),
    ("Nothing that was opened is", "No supported images (JPEG"),
    ("is not a picture", "not an image (expected"),
    ("permission to read it was denied", "you may not read this file"),
    ("what takes other ways", "Covers only part of the network"),
    ("Keeps its things", "Settings and models are in"),
    ("Whylight crashed the last time", "Whylight crashed last time. Details:"),
    ("Every pixel of the picture", "Actual size (100 %)"),
    ("The method that makes the map", "How the map is computed"),
    ("the strongest of each heatmap by itself", "strongest place in each heatmap"),
    ("Where the evidence for the next classes lies", "Runners-up"),
    ("Least known", "Hardest classes"),
    ("Best known", "Easiest classes"),
]


@cache
def strings() -> tuple[str, ...]:
    """All strings that the window may show, and the lines of the reports' modules."""
    translation = ROOT / "desktop" / "translations" / "whylight_de.ts"
    text = translation.read_text(encoding="utf-8")
    found = [html.unescape(each) for each in re.findall(r"<source>(.*?)</source>", text, re.DOTALL)]
    for folder in REPORTS:
        for path in sorted((ROOT / folder).glob("*.py")):
            found += path.read_text(encoding="utf-8").splitlines()
    return tuple(found)


@pytest.mark.parametrize(("before", "after"), PHRASES)
def test_the_better_phrase_took_the_place(before: str, after: str) -> None:
    old = re.compile(before if before[0] in "^(" else re.escape(before))
    assert not [each for each in strings() if old.search(each)]
    assert any(after in each for each in strings()), after


def test_durations_and_shares_of_a_runs_page_are_those_of_the_window() -> None:
    pytest.importorskip("torch")
    from trainer.run_report.html_page import _duration, _per_cent

    assert [_duration(hours) for hours in (0.05, 0.001, 1.5, 2.5)] == ["3 min", "1 min", "90 min", "2.5 h"]
    assert _per_cent(0.331) == "33.1 %"
