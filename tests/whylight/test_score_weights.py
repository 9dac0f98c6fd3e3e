"""Questions as score weights."""

from __future__ import annotations

import numpy as np
import pytest

from whylight.errors import QuestionError
from whylight.score_weights import class_weights, contrast_weights, counter_weights


def test_the_three_questions() -> None:
    for weights, expected in [
        (class_weights(1, 4), [[0, 1, 0, 0]]),
        (contrast_weights(3, 0, 4), [[-1, 0, 0, 1]]),
        (counter_weights(2, 4), [[0, 0, -1, 0]]),
    ]:
        assert weights.dtype == np.float32
        np.testing.assert_array_equal(weights, expected)


@pytest.mark.parametrize("index", [-1, 4, 99])
def test_a_class_that_is_not_there_is_refused(index: int) -> None:
    for ask in (
        lambda: class_weights(index, 4),
        lambda: contrast_weights(index, 0, 4),
        lambda: contrast_weights(0, index, 4),
    ):
        with pytest.raises(QuestionError, match=f"no class {index}: the model has classes 0 to 3"):
            ask()
    with pytest.raises(QuestionError, match="classes 0 to 3"):
        counter_weights(index, 4)


def test_a_class_against_itself_is_no_question() -> None:
    with pytest.raises(QuestionError, match="class 2 cannot be contrasted with itself"):
        contrast_weights(2, 2, 4)
