"""Questions as score weights."""

from __future__ import annotations

import numpy as np
import pytest

from whylight.errors import QuestionError
from whylight.score_weights import against, why, why_rather


def test_the_three_questions() -> None:
    for weights, expected in [
        (why(1, 4), [[0, 1, 0, 0]]),
        (why_rather(3, 0, 4), [[-1, 0, 0, 1]]),
        (against(2, 4), [[0, 0, -1, 0]]),
    ]:
        assert weights.dtype == np.float32
        np.testing.assert_array_equal(weights, expected)


@pytest.mark.parametrize("index", [-1, 4, 99])
def test_a_class_that_is_not_there_is_refused(index: int) -> None:
    for ask in (lambda: why(index, 4), lambda: why_rather(index, 0, 4), lambda: why_rather(0, index, 4)):
        with pytest.raises(QuestionError, match=f"no class {index}: the model has classes 0 to 3"):
            ask()
    with pytest.raises(QuestionError, match="classes 0 to 3"):
        against(index, 4)


def test_a_class_against_itself_is_no_question() -> None:
    with pytest.raises(QuestionError, match="class 2 cannot be held against itself"):
        why_rather(2, 2, 4)
