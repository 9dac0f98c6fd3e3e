"""Measure one architecture in a separate process.

This is not in `__main__`, since child processes cannot import functions of a package's `__main__`.
"""

from __future__ import annotations

import traceback
from multiprocessing.connection import Connection
from typing import Any

FIXED = ":fixed"


def send_measurement(sender: Connection, name: str, older: bool) -> None:
    """Measure one network and send the result, or the failure, to the parent process."""
    try:
        sender.send(_measure(name, older=older))
    except Exception as error:  # any failure is reported in the table
        traceback.print_exc()
        sender.send({"failure": f"{type(error).__name__}: {error}"})


def _measure(name: str, *, older: bool) -> dict[str, Any]:
    """Adopt one network and compare its gradients."""
    if name.startswith("light_"):
        from benchmarks.zoo.onnx_light_models import measure_light

        return measure_light(name)
    from benchmarks.zoo.autograd_oracle import measure_torch
    from benchmarks.zoo.timm_models import TIMM, measure_timm
    from benchmarks.zoo.transformers_models import TRANSFORMERS, measure_transformers

    if name.startswith(TIMM):
        return measure_timm(name)
    if name.startswith(TRANSFORMERS):
        return measure_transformers(name)

    if name.endswith(FIXED):
        return measure_torch(name.removesuffix(FIXED), "fixed")
    return measure_torch(name, "old" if older else "new")
