"""Ultralytics' classifiers by `YOLO.export(format="onnx")`.

Packages: ultralytics, onnx, onnxscript.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
import ultralytics
from PIL import Image
from ultralytics import YOLO
from ultralytics.data.augment import classify_transforms

from benchmarks.exporters.case import MODEL, OwnerCase
from benchmarks.exporters.owners.decisive import make_decisive

NETWORKS = ("yolov8n-cls", "yolo11n-cls", "yolo26n-cls")


class _Logits(torch.nn.Module):
    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits `[N, K]`, which evaluation puts behind probabilities."""
        found = self.network(images)
        return found[1] if isinstance(found, tuple) else found


def make(name: str, folder: Path, pictures: Sequence[Path]) -> OwnerCase:
    """Export a classifier with random weights, beside its predictor's transform."""
    torch.manual_seed(0)
    model = YOLO(f"{name}.yaml", task="classify", verbose=False)
    transform = classify_transforms(224)
    inputs = [transform(Image.open(path).convert("RGB")) for path in pictures]
    network = model.model.eval()
    make_decisive(_Logits(network), inputs)
    with torch.inference_mode():
        answers = [network(values[None]) for values in inputs]
    answers = [found[0] if isinstance(found, tuple) else found for found in answers]
    exported = Path(model.export(format="onnx", imgsz=224, verbose=False))
    exported.replace(folder / MODEL)
    return OwnerCase(
        family='Ultralytics, export(format="onnx")',
        name=name,
        tools={"ultralytics": ultralytics.__version__, "torch": torch.__version__},
        options={},
        inputs=[values.numpy() for values in inputs],
        answers=[found[0].numpy() for found in answers],
    )
