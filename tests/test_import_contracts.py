"""What an import may bring along."""

from __future__ import annotations

import subprocess
import sys

import pytest

FORBIDDEN = {
    "whylight": ("torch", "torchvision", "matplotlib", "PIL", "PySide6"),
    "whylight.explainer": ("torch", "torchvision", "matplotlib", "PIL", "PySide6", "onnx"),
    "whylight.cli": ("torch", "torchvision", "matplotlib", "PIL", "PySide6"),
    "whylight.pair.build": ("torch", "torchvision", "matplotlib", "PIL", "PySide6"),
    "desktop.main_window.window": ("torch", "torchvision", "matplotlib", "PIL", "trainer", "export", "onnx"),
}


@pytest.mark.parametrize("module", FORBIDDEN)
def test_an_import_loads_nothing_from_above(module: str) -> None:
    code = f"import sys, {module}; print('\\n'.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in run.stdout.split()}
    assert not loaded.intersection(FORBIDDEN[module])
