"""Cards survive the way to JSON and back, and unfit ones are refused by name."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from whylight.errors import CardError
from whylight.pair.card import CARD_KEY, CARD_VERSION, Card

CARD = Card(
    name="ImprovedCNN, été",
    classes=("ant", "bass", "crème brûlée"),
    target_layer="features.24",
    input_size=(224, 192),
    mean=(0.5, 0.4, 0.3),
    std=(0.2, 0.25, 0.3),
    data_set="Caltech-101",
    split_seed=42,
    accuracy={"top_1": 0.75},
    licence="Apache-2.0",
    versions={"torch": "2.14"},
    verification={"pictures": 200},
)


def test_a_card_comes_back_equal() -> None:
    assert Card.from_json(CARD.to_json()) == CARD


def test_unknown_fields_of_the_same_version_are_passed_over() -> None:
    found = json.loads(CARD.to_json()) | {"colour": "green"}
    assert Card.from_json(json.dumps(found)) == CARD


@pytest.mark.parametrize("version", [None, 0, CARD_VERSION + 1, "1"])
def test_another_version_is_named(version: object) -> None:
    text = json.dumps({**asdict(CARD), "version": version})
    with pytest.raises(CardError, match=rf"version {version!r}.*reads version {CARD_VERSION}"):
        Card.from_json(text)


@pytest.mark.parametrize("field", ["name", "classes", "target_layer", "input_size", "mean", "std"])
def test_a_missing_field_is_named(field: str) -> None:
    found = json.loads(CARD.to_json())
    del found[field]
    with pytest.raises(CardError, match=f"lacks {field}"):
        Card.from_json(json.dumps(found))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("classes", "ant"),
        ("classes", []),
        ("classes", [1, 2]),
        ("input_size", [224]),
        ("input_size", ["224", "224"]),
        ("input_size", [0, 224]),
        ("mean", [0.5, True, 0.5]),
        ("std", [0.2, 0.2]),
        ("std", [0.2, 0.2, 0.0]),
        ("accuracy", {"top_1": "high"}),
        ("split_seed", "42"),
        ("notes", None),
    ],
)
def test_a_field_of_a_wrong_type_is_named(field: str, value: object) -> None:
    found = json.loads(CARD.to_json()) | {field: value}
    with pytest.raises(CardError, match=field.split("_")[0]):
        Card.from_json(json.dumps(found))


@pytest.mark.parametrize("text", ["", "{", "[]", '"card"'])
def test_what_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(CardError):
        Card.from_json(text)


def test_a_graph_without_a_card_says_what_to_do() -> None:
    with pytest.raises(CardError, match=f"{CARD_KEY}.*whylight export"):
        Card.from_metadata({"author": "somebody"})
