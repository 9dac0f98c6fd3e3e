"""Runs in batches, as a device takes them: the same code on the CPU, whose memory can be made to run out."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.whylight.helpers.networks import random_image
from whylight.inference import run_pair
from whylight.inference.batch_queue import BatchQueue
from whylight.inference.open_pair import OpenedPair, open_pair
from whylight.inference.run_pair import InferenceRequest, InferenceResult, answer, derived_for
from whylight.runtime.session import CPU
from whylight.tensor_names import CHANNEL_MEANS, GRADIENTS


@pytest.fixture(scope="module")
def pair(small_model: Path) -> OpenedPair:
    return open_pair(small_model, [CPU], threads=1)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the batches that are run."""
    sizes: list[int] = []

    def noted(pair: OpenedPair, asked: Sequence[InferenceRequest]) -> list[InferenceResult]:
        assert len({(request.pixels.shape, request.derived) for request in asked}) == 1
        sizes.append(len(asked))
        return answer(pair, asked)

    monkeypatch.setattr(run_pair, "answer", noted)
    return sizes


def ask_together(runs: BatchQueue, asked: Sequence[InferenceRequest]) -> list[InferenceResult]:
    """Ask from as many threads, all of which are waiting when the device becomes free."""
    runs._busy = True
    with ThreadPoolExecutor(len(asked)) as pool:
        futures = [pool.submit(runs.answer, request) for request in asked]
        while len(runs._waiting) < len(asked):
            time.sleep(0.001)
        with runs._changed:
            runs._busy = False
            runs._changed.notify_all()
        return [future.result(10) for future in futures]


def requests(pair: OpenedPair, count: int, method: str) -> list[InferenceRequest]:
    """Images of two sizes in turns, with one, two or three scores."""
    rng = np.random.default_rng(0)
    sizes = ((48, 70), (31, 33))
    return [
        InferenceRequest(
            rng.integers(0, 256, (*sizes[number % 2], 3), np.uint8),
            None,
            1 + number % 3,
            derived_for(pair, method),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("method", ["grad-cam", "layercam"])
def test_images_asked_for_together_are_run_together_and_answered_as_alone(
    pair: OpenedPair, batches: list[int], method: str
) -> None:
    asked = requests(pair, 32, method)
    found = ask_together(BatchQueue(pair, lambda: pair), asked)
    assert batches == [16, 16]
    for request, together in zip(asked, found, strict=True):
        (alone,) = answer(pair, [request])
        np.testing.assert_allclose(together.logits, alone.logits, rtol=1e-5, atol=1e-5)
        np.testing.assert_array_equal(together.weights, alone.weights)
        scale = np.abs(alone.derived.values).max()
        np.testing.assert_allclose(together.derived.values, alone.derived.values, atol=1e-5 * scale)
        assert list(together.tensors) == list(alone.tensors)
        for name, tensor in alone.tensors.items():
            np.testing.assert_allclose(together.tensors[name], tensor, rtol=1e-4, atol=1e-5)
            assert together.tensors[name].base is None  # not a part of the batch, which would stay with it


@pytest.mark.parametrize(
    ("derived", "scores", "expected"),
    [
        (CHANNEL_MEANS, 40, [8, 4]),
        (GRADIENTS, 40, [2] * 6),
        (GRADIENTS, 200, [1] * 12),
        (GRADIENTS, 1, [8, 4]),
    ],
)
def test_batches_are_powers_of_two_and_hold_so_many_gradients(
    pair: OpenedPair, batches: list[int], derived: str, scores: int, expected: list[int]
) -> None:
    weights = np.eye(6, dtype=np.float32)[np.arange(scores) % 6]
    ask_together(BatchQueue(pair, lambda: pair), [InferenceRequest(random_image(), weights, 1, derived)] * 12)
    assert batches == expected


def test_images_that_are_large_are_not_stacked(
    pair: OpenedPair, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whylight.inference.batch_queue._MOST_PIXELS", 3 * 48 * 70)
    ask_together(
        BatchQueue(pair, lambda: pair), [InferenceRequest(random_image(), None, 1, CHANNEL_MEANS)] * 4
    )
    assert batches == [2, 2]
    monkeypatch.setattr("whylight.inference.batch_queue._MOST_PIXELS", 100)
    ask_together(
        BatchQueue(pair, lambda: pair), [InferenceRequest(random_image(), None, 1, CHANNEL_MEANS)] * 2
    )
    assert batches == [2, 2, 1, 1]


@pytest.mark.parametrize("method", ["grad-cam", "layercam"])
def test_binding_changes_no_number(pair: OpenedPair, method: str) -> None:
    (request,) = requests(pair, 1, method)
    (found,) = answer(pair, [request])
    image = {"image": request.pixels[None]}
    made = dict(zip(pair.outputs, pair.forward.run(list(pair.outputs), image), strict=True))
    np.testing.assert_array_equal(found.logits, made["logits"][0])
    np.testing.assert_array_equal(found.tensors["activations"], made["activations"])
    feed = {name: made[name] for name in pair.tail_inputs}
    feed |= {"image_index": np.zeros(1, np.int64), "score_weights": found.weights}
    (expected,) = pair.gradient.run([request.derived], feed)
    np.testing.assert_array_equal(found.derived.values, expected)


def test_an_error_about_something_else_reaches_all_of_its_batch_and_others_go_on(pair: OpenedPair) -> None:
    runs = BatchQueue(pair, lambda: pair)
    unfit = InferenceRequest(random_image(), np.ones((1, 99), np.float32), 1, CHANNEL_MEANS)  # of 6 classes
    with pytest.raises(Exception, match="99"):
        ask_together(runs, [unfit] * 4)
    assert runs.answer(InferenceRequest(random_image(), None, 2, CHANNEL_MEANS)).weights.shape == (2, 6)


def out_of_memory(model: Path, limit: int) -> dict[str, Any]:
    """What happens with so many bytes; the runtime's limit is for a whole process."""
    command = [sys.executable, "-m", "tests.whylight.helpers.out_of_memory", str(model), str(limit)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, timeout=120).stdout))


def test_where_memory_runs_out_batches_are_halved_for_good(small_model: Path) -> None:
    found = out_of_memory(small_model, 1_200_000)
    sizes = [size for size, _ in found["batches"]]
    halvings = sizes.index(sizes[-1])
    assert sizes[:halvings] == [16, 8, 4, 2][:halvings]
    assert 1 < sizes[-1] < 16
    assert sizes[halvings:] == [sizes[-1]] * (16 // sizes[-1])
    assert (set(found["providers"]), set(found["reasons"])) == ({"TightExecutionProvider"}, {""})
    assert max(found["errors"]) < 1e-5
    assert found["logits_error"] < 1e-4


def test_where_it_has_none_for_a_single_image_the_cpu_does_it_and_says_why(small_model: Path) -> None:
    found = out_of_memory(small_model, 100_000)
    assert set(found["providers"]) == {CPU}
    assert set(found["reasons"]) == {"Tight ran out of memory"}
    assert max(found["errors"]) < 1e-5
    assert found["logits_error"] < 1e-4
