"""Steps of the self-test without a window: pair, explanation, report, adoption."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whylight.bundled import asset, bundled_model, replacing_model, sample_images

from .reference import SelfTestError, digest, pairs, recorded, shrink

MAP_TOLERANCE = 1e-3
"""Largest difference from the reference map, relative to its largest value."""


def check_pair(_: Path) -> str:
    """Compare the graphs of the bundled pairs with their recorded SHA-256."""
    expected = recorded()["sha256"]
    for path in pairs():
        found = digest(path)
        if found != expected.get(path.name):
            raise SelfTestError(
                f"{path} has SHA-256 {found}, expected {expected.get(path.name)}: it is damaged or another "
                "model. Install Whylight again"
            )
    return f"{sum(path.stat().st_size for path in pairs()) / 1e6:.1f} MB, SHA-256 as recorded"


def check_replacing_pair(_: Path) -> str:
    """Open the user's pair that replaces the bundled one."""
    from whylight.explainer import Explainer

    explainer = Explainer(replacing_model())
    return f"{explainer.card.name}: {explainer.model_path}"


def check_explanation(_: Path) -> str:
    """Explain a sample; compare class, probability and map with the reference."""
    from whylight.explainer import Explainer

    record = recorded()
    explainer = Explainer(bundled_model())
    explanation = explainer.explain(asset("samples") / record["picture"], top=1)
    names = explainer.card.classes
    found, expected = explanation.classes[0], record["class"]
    if found != expected:
        raise SelfTestError(f"{record['image']} is taken for '{names[found]}', expected '{names[expected]}'")
    probability = float(explanation.probabilities[found])
    if abs(probability - record["probability"]) > MAP_TOLERANCE:
        raise SelfTestError(f"the probability is {probability:.5f}, expected {record['probability']:.5f}")
    wanted = np.array(record["map"], np.float32)
    difference = float(np.abs(shrink(explanation.maps[0]) - wanted).max() / np.abs(wanted).max())
    if not difference <= MAP_TOLERANCE:
        raise SelfTestError(f"the map differs by {difference:.2g} of its peak, expected {MAP_TOLERANCE}")
    runs = f"{explanation.timings_ms['forward']:.0f} ms + {explanation.timings_ms['gradient']:.0f} ms"
    return f"{names[found]} {probability:.1%}, map within {difference:.1g}, {explainer.provider}, {runs}"


def check_report(folder: Path) -> str:
    """Write a report of two samples and check its files."""
    from whylight.explainer import Explainer
    from whylight.report import write_report

    explainer = Explainer(bundled_model())
    report = write_report(explainer, sample_images()[:2], folder / "report", top=2, method="grad-cam")
    if report.failures or report.explained != 2 or not report.index.is_file():
        raise SelfTestError(f"{report.explained} of 2 images are in the report: {report.failures}")
    return f"{report.index.stat().st_size / 1e3:.0f} kB of page"


def check_adoption(folder: Path) -> str:
    """Adopt a small model with known gradients, and explain with it."""
    from whylight.adoption import adopt
    from whylight.explainer import Explainer

    weights = np.array([[1, 0, -1, 2], [0, 3, 1, -1], [2, -2, 0, 1]], np.float32)
    foreign = folder / "foreign.onnx"
    foreign.write_bytes(_foreign_model(weights))
    adopt(foreign, folder / "adopted.onnx", preprocessing="unit", name="foreign")
    explainer = Explainer(folder / "adopted.onnx")
    gradients = explainer.gradients(explainer.explain(sample_images()[0], classes=[0, 1, 2]))
    # Average pooling and a linear layer: each gradient is weight / (h * w).
    expected = weights[:, :, None, None] / float(np.prod(gradients.shape[2:]))
    difference = float(np.abs(gradients - expected).max() / np.abs(expected).max())
    if not difference <= MAP_TOLERANCE:
        raise SelfTestError(f"the adopted model's gradients differ by {difference:.2g} from weight / (h * w)")
    return f"gradients within {difference:.1g} of those by hand"


def _foreign_model(weights: NDArray[np.float32]) -> bytes:
    """Return a classifier as from another framework.

    It has a convolution, average pooling, a linear layer `[K, C]` and a softmax.
    """
    from onnx import TensorProto, helper, numpy_helper

    classes, channels = weights.shape
    kernel = np.random.default_rng(0).standard_normal((channels, 3, 3, 3)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["input", "kernel"], ["features"], strides=[2, 2], pads=[1, 1, 1, 1]),
            helper.make_node("GlobalAveragePool", ["features"], ["means"]),
            helper.make_node("Flatten", ["means"], ["flat"]),
            helper.make_node("Gemm", ["flat", "weights"], ["scores"], transB=1),
            helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
        ],
        "foreign",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 32, 32])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, classes])],
        [numpy_helper.from_array(kernel, "kernel"), numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())
