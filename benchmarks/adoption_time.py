"""Time of adopting a model by step, and in forward passes of the model itself.

    python -m benchmarks.adoption_time theirs.onnx --preprocessing torchvision
    python -m benchmarks.adoption_time --torchvision vit_b_16

Prints the wall-clock and processor time of each step, and the processor time of the forward passes
within it: what is left is what the adoption itself costs.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import onnxruntime

from benchmarks.timing import machine
from whylight import adopt
from whylight.errors import Message
from whylight.steps import steps_told


class StepTimes:
    """Times of each step, and those spent in runs of ONNX Runtime."""

    def __init__(self) -> None:
        self.wall_s: dict[str, float] = defaultdict(float)
        self.cpu_s: dict[str, float] = defaultdict(float)
        self.running_s: dict[str, float] = defaultdict(float)
        self._step = "opening"
        self._since = (time.perf_counter(), time.process_time())

    def begin(self, step: Message | str) -> None:
        """End the step that was running and begin another."""
        now = (time.perf_counter(), time.process_time())
        self.wall_s[self._step] += now[0] - self._since[0]
        self.cpu_s[self._step] += now[1] - self._since[1]
        self._step, self._since = str(step), now

    def measure_runs(self) -> None:
        """Count the processor time of all runs of ONNX Runtime in this process."""
        run = onnxruntime.InferenceSession.run

        def measured(session: onnxruntime.InferenceSession, *given: Any, **options: Any) -> Any:
            started = time.process_time()
            try:
                return run(session, *given, **options)
            finally:
                self.running_s[self._step] += time.process_time() - started

        onnxruntime.InferenceSession.run = measured


def main() -> None:
    """Adopt the model and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.adoption_time", description=__doc__)
    parser.add_argument("model", type=Path, nargs="?")
    parser.add_argument("--torchvision", metavar="NAME", help="export this network with random weights")
    parser.add_argument("--preprocessing", default="torchvision")
    arguments = parser.parse_args()
    if (arguments.model is None) == (arguments.torchvision is None):
        parser.error("give either a model or --torchvision")
    with tempfile.TemporaryDirectory() as folder:
        model = arguments.model or exported(arguments.torchvision, Path(folder) / "model.onnx")
        times = StepTimes()
        times.measure_runs()
        with steps_told(times.begin):
            adopt(model, Path(folder) / "out" / "adopted.onnx", preprocessing=arguments.preprocessing)
        times.begin("end")
    print(f"{machine()}, {date.today()}: {arguments.torchvision or model.name}\n")
    print("| step | wall, s | processor, s | of it running graphs, s |\n|---|---|---|---|")
    for step, wall in times.wall_s.items():
        print(f"| {step} | {wall:.1f} | {times.cpu_s[step]:.1f} | {times.running_s[step]:.1f} |")
    totals = (sum(each.values()) for each in (times.wall_s, times.cpu_s, times.running_s))
    print("| all | " + " | ".join(f"{total:.1f}" for total in totals) + " |")


def exported(name: str, path: Path) -> Path:
    """Export a TorchVision network with random weights."""
    import torch
    from torchvision import models

    torch.manual_seed(0)
    network = models.get_model(name, weights=None).eval()
    last = [module for module in network.modules() if isinstance(module, torch.nn.Linear)][-1]
    torch.nn.init.normal_(last.weight, std=0.05)  # some networks begin with zeros here
    torch.onnx.export(network, (torch.zeros(1, 3, 224, 224),), path, dynamo=True, external_data=False)
    return path


if __name__ == "__main__":
    main()
