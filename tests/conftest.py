"""What all tests have in common, also where several workers share a machine (`make test`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.variation import vary

vary()

TESTS = Path(__file__).parent
NUMBERS = (
    "whylight/autodiff",
    "whylight/faithfulness",
    "whylight/perturbation",
    "whylight/test_adopt.py",
    "whylight/test_adopt_batches.py",
    "whylight/test_adopt_forms.py",
    "whylight/test_adopt_layers.py",
    "whylight/test_adopt_opsets.py",
    "whylight/test_adopt_whereabouts.py",
    "whylight/test_adopt_whole_numbers.py",
    "whylight/test_adopt_without_gradients.py",
    "whylight/test_adopt_zoo.py",
    "whylight/test_device_runs.py",
    "whylight/test_drawing.py",
    "whylight/test_eight_bits.py",
    "whylight/test_explainer.py",
    "whylight/test_fusing.py",
    "whylight/test_methods.py",
    "whylight/test_pair.py",
    "whylight/test_processors.py",
    "whylight/test_relayering.py",
    "whylight/test_runtime.py",
    "whylight/test_scales.py",
    "whylight/test_smoothing.py",
    "whylight/test_without_gradients.py",
    "export",
    "trainer/test_augmentation.py",
    "trainer/test_averaging.py",
    "trainer/test_confusion.py",
    "trainer/test_evaluation.py",
    "trainer/test_gradcam.py",
    "trainer/test_mixing.py",
    "trainer/test_models.py",
    "trainer/test_on_device.py",
    "trainer/test_statistics.py",
    "trainer/test_training.py",
)
"""Where tests compare what floating point gives: `tools/test_portable.py` runs them in many ways."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of numbers, and put files with slow tests first: one begun last keeps all waiting."""
    numbers = [TESTS / place for place in NUMBERS]
    if gone := [str(place) for place in numbers if not place.exists()]:
        raise pytest.UsageError(f"NUMBERS in {__file__} names what is not there: {', '.join(gone)}")
    for item in items:
        if any(item.path.is_relative_to(place) for place in numbers):
            item.add_marker(pytest.mark.numbers)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
