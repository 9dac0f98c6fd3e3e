"""Shares in words: nothing short of all is all of it, and nothing above none is none."""

from __future__ import annotations

import pytest

from desktop.classes.class_list import ClassList
from desktop.common.number_format import number, percent
from desktop.session.class_words import shown_names


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "< 0.1 %"),
        (0.0009, "< 0.1 %"),
        (0.001, "0.1 %"),
        (0.0996, "10.0 %"),
        (0.1, "10 %"),
        (0.873, "87 %"),
        (0.9949, "99 %"),
        (0.995, "99.5 %"),
        (0.9994, "99.9 %"),
        (0.9996, "> 99.9 %"),
        (0.9999999, "> 99.9 %"),
        (1.0, "100 %"),
    ],
)
def test_shares(application, share, words):
    assert percent(share) == words


@pytest.mark.parametrize(
    ("value", "words"), [(-0.001, "0.00"), (0.001, "0.00"), (-0.006, "-0.01"), (-1234.5, "-1,234.50")]
)
def test_there_is_no_negative_nothing(application, value, words):
    assert number(value, 2) == words


def test_the_list_says_no_more_than_the_sentence(application):
    listed = ClassList()
    listed.set_classes(["a", "b"])
    assert [listed._words(share) for share in (1.0, 0.9996, 0.999, 0.4, 0.0001)] == [
        "100.0 %",
        "> 99.9 %",
        "99.9 %",
        "40.0 %",
        "< 0.1 %",
    ]


def test_names_are_shown_visibly(application):
    names = ["a", " ", "　", "class 7", "value 12", "class of 7", "no class 7"]
    assert shown_names(names) == ("a", "␣", "␣", "class 7", "value 12", "class of 7", "no class 7")
