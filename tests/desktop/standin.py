"""A stand-in for the engine's `Explainer`, for tests of the window that must control when and how it answers.

It answers from the picture's mean colour, so that the right answer is known: a reddish picture is class 0,
a greenish one class 1, a bluish one class 2. Its map for class c is channel c, shrunk to 8 x 8.
"""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
from explain.card import Card
from explain.errors import ModelError
from explain.explanation import Explanation
from explain.images import read_image

CLASSES = ("red", "green", "blue", "never-likely")
MAP_SIZE = 8


class StandIn:
    """Counts the runs of its graphs, and waits before a forward run while `gate` is closed."""

    def __init__(self, model_path: str | Path | None = None, providers: object = None) -> None:
        if model_path is not None and not Path(model_path).exists():
            raise ModelError(f"{model_path}: there is no such file")
        if model_path is not None and Path(model_path).read_bytes() != b"good":
            raise ModelError(f"{model_path}: is not an ONNX model")
        self.model_path = Path(model_path or "bundled.onnx")
        self.card = Card(
            name=f"Stand-in {self.model_path.stem}",
            classes=CLASSES,
            target_layer="features.24",
            input_size=(224, 224),
            mean=(0.5, 0.5, 0.5),
            std=(0.25, 0.25, 0.25),
            data_set="three colours",
            accuracy={"top_1": 0.987},
        )
        self.provider = "CPUExecutionProvider"
        self.forward_runs = 0
        self.gradient_runs = 0
        self.explained: list[np.ndarray] = []
        self.gate = threading.Event()
        self.gate.set()

    def explain(self, image, classes=None, top=5, method="grad-cam") -> Explanation:
        if not isinstance(image, np.ndarray):
            image = read_image(image)
        self.gate.wait(20)
        self.forward_runs += 1
        self.explained.append(image)
        mean = image.reshape(-1, 3).mean(axis=0) / 255
        logits = np.append(10 * mean, -5).astype(np.float32)
        probabilities = np.exp(logits) / np.exp(logits).sum()
        order = np.argsort(-probabilities)[:top] if classes is None else classes
        weights = np.zeros((len(order), len(CLASSES)), np.float32)
        weights[np.arange(len(order)), order] = 1
        rows = np.linspace(0, image.shape[0] - 1, MAP_SIZE).astype(int)
        columns = np.linspace(0, image.shape[1] - 1, MAP_SIZE).astype(int)
        small = image[rows][:, columns].astype(np.float32) / 255
        activations = np.concatenate([small, np.zeros_like(small[..., :1])], axis=2).transpose(2, 0, 1)[None]
        base = Explanation(
            probabilities=probabilities,
            logits=logits,
            classes=(),
            score_weights=weights[:0],
            maps=np.zeros((0, MAP_SIZE, MAP_SIZE), np.float32),
            method=method,
            timings_ms={"decode": 0.0, "forward": 8.25, "gradient": 0.0, "maps": 0.0},
            provider=self.provider,
            image_size=image.shape[:2],
            tensors={"activations": activations},
        )
        return self.score(base, weights, method)

    def score(self, explanation: Explanation, score_weights, method="grad-cam") -> Explanation:
        self.gradient_runs += 1
        maps = np.einsum("mc,chw->mhw", score_weights, explanation.tensors["activations"][0])
        return Explanation(
            probabilities=explanation.probabilities,
            logits=explanation.logits,
            classes=tuple(int(row.argmax()) for row in score_weights),
            score_weights=score_weights,
            maps=maps.astype(np.float32),
            method=method,
            timings_ms={**explanation.timings_ms, "gradient": 1.125},
            provider=self.provider,
            image_size=explanation.image_size,
            tensors=explanation.tensors,
        )
