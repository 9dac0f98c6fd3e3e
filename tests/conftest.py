"""What all tests have in common, also where several workers share a machine (`make test`)."""

from __future__ import annotations

import os

import pytest

# Before torch is imported: tensors as small as the tests' are slowed by threads that wait for each other.
os.environ["OMP_NUM_THREADS"] = "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: a worker that begins one last keeps the others waiting."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
