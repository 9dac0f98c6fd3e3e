"""Sums of measurements by hand."""

from __future__ import annotations

import csv
import io

import pytest

from whylight.faithfulness import Measurement
from whylight.faithfulness.tables import differences, markdown, means, measurements_csv, summary_csv

MEASUREMENTS = [
    Measurement("a.png", "grad-cam", {"deletion": 0.2, "energy": 0.5}),
    Measurement("a.png", "hirescam", {"deletion": 0.1, "energy": 0.6}),
    Measurement("a.png", "centred blob", {"deletion": 0.4, "energy": 0.9}),
    Measurement("b.png", "grad-cam", {"deletion": 0.6, "energy": 0.1}),
    Measurement("b.png", "hirescam", {"deletion": 0.4, "energy": 0.3}),
    Measurement("b.png", "centred blob", {"deletion": 0.8, "energy": 0.9}),
]


def test_means_and_their_errors() -> None:
    found = means(MEASUREMENTS)
    assert list(found) == ["grad-cam", "hirescam", "centred blob"]
    assert found["grad-cam"]["deletion"].value == pytest.approx(0.4)
    # Deviation of 0.2 and 0.6 with one degree of freedom: 0.2828; divided by the root of 2.
    assert found["grad-cam"]["deletion"].error == pytest.approx(0.2)
    assert found["centred blob"]["energy"].error == pytest.approx(0)
    assert found["hirescam"]["energy"].count == 2
    assert means(MEASUREMENTS[:1])["grad-cam"]["energy"].error == 0


def test_differences_are_taken_on_the_same_image_and_positive_is_better() -> None:
    found = differences(MEASUREMENTS, "grad-cam")
    assert list(found) == ["hirescam", "centred blob"]
    assert found["hirescam"]["deletion"].value == pytest.approx(0.15)  # 0.1 and 0.2 lower
    assert found["hirescam"]["deletion"].error == pytest.approx(0.05)
    assert found["centred blob"]["deletion"].value == pytest.approx(-0.2)
    assert found["centred blob"]["energy"].value == pytest.approx(0.6)


def test_the_table_marks_the_best_and_says_what_a_blob_wins() -> None:
    text = markdown(MEASUREMENTS)
    assert "| method | deletion ↓ | energy inside ↑ |" in text
    assert "| hirescam | **0.250 ± 0.150** | 0.450 ± 0.150 |" in text
    assert "| centred blob | 0.600 ± 0.200 | **0.900 ± 0.000** |" in text
    assert "On these images the centred blob wins energy inside, which therefore says nothing." in text
    assert "wins deletion" not in text
    assert "Gain over grad-cam" in text
    # On both images better than the blob by 0.2: beyond any error; hirescam by 0.3 and 0.4.
    assert "- grad-cam is not clearly better than the centred blob in energy inside." in text
    assert "- hirescam is not clearly better than the centred blob in energy inside." in text
    assert "| hirescam | +0.150 ± 0.050 * | +0.150 ± 0.050 * |" in text


def test_one_image_says_nothing_clearly() -> None:
    text = markdown(MEASUREMENTS[:3])
    assert "- grad-cam is not clearly better than the centred blob in deletion, energy inside." in text
    without = markdown([entry for entry in MEASUREMENTS if entry.method != "centred blob"])
    assert "clearly better" not in without


def test_csv_reads_back() -> None:
    rows = list(csv.DictReader(io.StringIO(measurements_csv(MEASUREMENTS))))
    assert rows[1]["method"] == "hirescam"
    assert float(rows[1]["energy"]) == 0.6
    assert rows[1]["road"] == ""
    summary = list(csv.DictReader(io.StringIO(summary_csv(MEASUREMENTS))))
    assert [row["metric"] for row in summary] == ["deletion", "energy"] * 3
    assert float(summary[4]["mean"]) == pytest.approx(0.6)
    assert summary[4]["images"] == "2"
