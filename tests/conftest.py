"""What all tests have in common, also where several workers share a machine (`make test`)."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

import pytest

from tests.variation import vary

vary()

# Most models of the tests are their own; a child process for each would take longer than all else.
os.environ["WHYLIGHT_ISOLATION"] = "off"

TESTS = Path(__file__).parent
NUMBERS = (
    "whylight/autodiff",
    "whylight/faithfulness",
    "whylight/perturbation",
    "whylight/adoption/test_adopt.py",
    "whylight/adoption/test_dynamic_batch.py",
    "whylight/adoption/test_model_formats.py",
    "whylight/layers/test_find_layers.py",
    "whylight/adoption/test_opset_upgrade.py",
    "whylight/graphs",
    "whylight/adoption/test_qoperator_to_qdq.py",
    "whylight/adoption/test_without_gradients.py",
    "whylight/adoption/test_zoo.py",
    "whylight/inference/test_batch_queue.py",
    "whylight/drawing/test_heatmap.py",
    "whylight/runtime/test_int8_check.py",
    "whylight/test_explainer.py",
    "whylight/parallel/test_layer_fusion.py",
    "whylight/methods/test_methods.py",
    "whylight/pair/test_build.py",
    "whylight/test_processors.py",
    "whylight/layers/test_retarget.py",
    "whylight/runtime/test_session.py",
    "whylight/drawing/test_scales.py",
    "whylight/parallel/test_tta_smoothing.py",
    "whylight/perturbation/test_pairs_without_gradients.py",
    "export",
    "trainer/data/test_augmentation.py",
    "trainer/loop/test_ema.py",
    "trainer/run_report/test_confusion_matrix.py",
    "trainer/loop/test_evaluate.py",
    "trainer/run_report/test_gradcam.py",
    "trainer/data/test_mixup_cutmix.py",
    "trainer/models/test_models.py",
    "trainer/data/test_gpu_dataset.py",
    "trainer/data/test_statistics.py",
    "trainer/loop/test_trainer.py",
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


def pytest_runtest_setup() -> None:
    """Let PyTorch's exporter read the source of its 500 operators once: half of the time of an export."""
    registry = getattr(sys.modules.get("torch.onnx._internal.exporter._registration"), "ONNXRegistry", None)
    make = getattr(registry, "from_torchlib", None)
    if registry is not None and make is not None and not hasattr(make, "cache_info"):
        registry.from_torchlib = staticmethod(functools.cache(make))
