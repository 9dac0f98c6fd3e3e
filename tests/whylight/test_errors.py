"""Errors are data: a template and fields, which stay with them wherever they go."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest

from whylight import errors
from whylight.errors import ImageError, Message, ModelError, UnsupportedOperatorError, WhylightError

SIZE = ImageError("{path}: the file has {size:,} MiB", path=Path("a.png"), size=2345)
REFUSED = UnsupportedOperatorError("Foo", "node 1", Message("input {index} is computed", index=2))


def test_an_error_says_its_template_with_its_fields() -> None:
    assert str(SIZE) == SIZE.message == "a.png: the file has 2,345 MiB"
    assert SIZE.template == "{path}: the file has {size:,} MiB"
    assert SIZE.fields == {"path": Path("a.png"), "size": 2345}
    with pytest.raises(TypeError):
        SIZE.fields["size"] = 0  # type: ignore[index]


def test_text_without_fields_is_said_as_it_is() -> None:
    assert str(ModelError("a set is {1, 2}")) == "a set is {1, 2}"
    assert not Message("")


def test_a_message_becomes_an_errors_own() -> None:
    message = Message("{name} is gone", name="a")
    assert ModelError(message).message is message


def test_an_error_as_a_field_is_kept_as_its_message() -> None:
    outer = ModelError("{path}: {reason}", path="b", reason=SIZE)
    assert str(outer) == "b: a.png: the file has 2,345 MiB"
    reason = outer.fields["reason"]
    assert isinstance(reason, Message)
    assert reason.fields == SIZE.fields
    assert ModelError("{reason}", reason=OSError("{no} space")).fields["reason"] == "{no} space"


@pytest.mark.parametrize("error", [SIZE, REFUSED], ids=["plain", "operator"])
@pytest.mark.parametrize("again", [lambda value: pickle.loads(pickle.dumps(value)), copy.deepcopy])
def test_errors_can_be_pickled_and_copied(error: WhylightError, again) -> None:
    found = again(error)
    assert type(found) is type(error)
    assert (str(found), found.template, found.fields) == (str(error), error.template, error.fields)


def test_an_unsupported_operator_names_operator_and_node() -> None:
    found = pickle.loads(pickle.dumps(REFUSED))
    assert (found.op_type, found.node_name) == ("Foo", "node 1")
    assert str(found) == "operator Foo (node 'node 1') has no differentiation rule: input 2 is computed"
    assert str(UnsupportedOperatorError("Foo", "n")) == "operator Foo (node 'n') has no differentiation rule"


def test_every_error_is_a_whylight_error() -> None:
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    found = [value for value in classes if issubclass(value, Exception)]
    assert len(found) > 6
    assert all(issubclass(entry, WhylightError) for entry in found)
