"""`whylight --self-test`: does this copy of Whylight, as it is installed here, do what it should?

Meant for the packaged app, where no test suite is: it goes through the bundled pair, the engine, a report,
the adoption of a foreign model and the window (`desktop/self_test_window.py`), prints a line each, and says
what differed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain.bundled import asset, bundled_model, replacing_model, sample_images
from explain.errors import WhylightError
from explain.pair_files import gradient_path

RECORD = "self_test.json"
"""In `assets/`, written by `make self-test-record` whenever the bundled pair is another."""

MAP_TOLERANCE = 1e-3
"""Largest difference between a map and the recorded one, relative to the recorded one's largest value."""


class SelfTestError(Exception):
    """What was expected of this copy of Whylight and what was found."""


def main() -> int:
    """Run every step, print how each ended, and return 0 if all went well, else 1."""
    from desktop.self_test_window import check_licences, check_other_starts, check_sorting, check_window

    steps: dict[str, Callable[[Path], str]] = {
        "bundled pair": check_pair,
        "explanation": check_explanation,
        "report": check_report,
        "adoption": check_adoption,
        "window": check_window,
        "other starts": check_other_starts,
        "sorting": check_sorting,
        "licences": check_licences,
    }
    if replacing_model() is not None:
        steps["pair in its place"] = check_replacing_pair
    failed = 0
    with tempfile.TemporaryDirectory(prefix="whylight-self-test-") as folder:
        for name, step in steps.items():
            started = time.perf_counter()
            try:
                words = step(Path(folder))
            except (SelfTestError, WhylightError) as error:
                failed += 1
                words = f"FAILED: {error}"
            except Exception:  # whatever it is: the other steps are to be told of too
                failed += 1
                words = f"FAILED: {traceback.format_exc()}"
            say(f"{name:17} {(time.perf_counter() - started) * 1000:7.0f} ms  {words}")
    say(f"memory, at most {_peak_memory_mb()} MB" if sys.platform != "win32" else "")
    say("self-test failed" if failed else "self-test passed")
    return 1 if failed else 0


def say(line: str) -> None:
    """Print a line; a windowed program on Windows has no output to print to."""
    if sys.stdout is not None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def make_record() -> dict[str, Any]:
    """What the bundled pair is and what it answers, to be compared with later: a JSON object."""
    from explain.explainer import Explainer

    explainer = Explainer(bundled_model(), providers=["CPUExecutionProvider"])
    # The one that the model is surest of: rounding elsewhere changes its class last.
    picture = max(sample_images(), key=lambda path: float(explainer.predict(path).max()))
    explanation = explainer.explain(picture, top=1)
    small = shrink(explanation.maps[0])
    return {
        "sha256": {path.name: digest(path) for path in _pair()},
        "picture": picture.name,
        "class": int(explanation.classes[0]),
        "probability": round(float(explanation.probabilities[explanation.classes[0]]), 5),
        "map": [[float(f"{value:.6g}") for value in row] for row in small],
    }


def check_pair(_: Path) -> str:
    """Compare the two graphs with their recorded SHA-256."""
    expected = recorded()["sha256"]
    for path in _pair():
        found = digest(path)
        if found != expected.get(path.name):
            raise SelfTestError(
                f"{path} has SHA-256 {found}, expected {expected.get(path.name)}: it is damaged or another "
                "model. Install Whylight again"
            )
    return f"{sum(path.stat().st_size for path in _pair()) / 1e6:.1f} MB, SHA-256 as recorded"


def check_replacing_pair(_: Path) -> str:
    """Open the pair that the user has put in place of the bundled one."""
    from explain.explainer import Explainer

    explainer = Explainer(replacing_model())
    return f"{explainer.card.name}: {explainer.model_path}"


def check_explanation(_: Path) -> str:
    """Explain a sample and compare class, probability and map with the recorded ones."""
    from explain.explainer import Explainer

    record = recorded()
    explainer = Explainer(bundled_model())
    explanation = explainer.explain(asset("samples") / record["picture"], top=1)
    names = explainer.card.classes
    found, expected = explanation.classes[0], record["class"]
    if found != expected:
        raise SelfTestError(
            f"{record['picture']} is taken for '{names[found]}', expected '{names[expected]}'"
        )
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
    """Write a report of two samples and look whether it is there."""
    from explain.explainer import Explainer
    from explain.report import write_report

    explainer = Explainer(bundled_model())
    report = write_report(explainer, sample_images()[:2], folder / "report", top=2, method="grad-cam")
    if report.failures or report.explained != 2 or not report.index.is_file():
        raise SelfTestError(f"{report.explained} of 2 pictures are in the report: {report.failures}")
    return f"{report.index.stat().st_size / 1e3:.0f} kB of page"


def check_adoption(folder: Path) -> str:
    """Adopt a small foreign model whose gradients are known by hand, and ask it."""
    from explain.adoption import adopt
    from explain.explainer import Explainer

    weights = np.array([[1, 0, -1, 2], [0, 3, 1, -1], [2, -2, 0, 1]], np.float32)
    foreign = folder / "foreign.onnx"
    foreign.write_bytes(_foreign_model(weights))
    adopt(foreign, folder / "adopted.onnx", preprocessing="unit", name="foreign")
    explainer = Explainer(folder / "adopted.onnx")
    gradients = explainer.gradients(explainer.explain(sample_images()[0], classes=[0, 1, 2]))
    # A mean over h x w places, then a linear layer: each place counts weight / (h * w).
    expected = weights[:, :, None, None] / float(np.prod(gradients.shape[2:]))
    difference = float(np.abs(gradients - expected).max() / np.abs(expected).max())
    if not difference <= MAP_TOLERANCE:
        raise SelfTestError(f"the adopted model's gradients differ by {difference:.2g} from weight / (h * w)")
    return f"gradients within {difference:.1g} of those by hand"


def recorded() -> Any:
    """The record of `make_record`; raises `WhylightError` where there is none."""
    return json.loads(asset(RECORD).read_text(encoding="utf-8"))


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shrink(map_: NDArray[np.float32], side: int = 7) -> NDArray[np.float32]:
    """A map `[h, w]` by the means of at most `side` x `side` tiles, in row order."""
    rows = np.array_split(map_, min(side, map_.shape[0]), axis=0)
    return np.array(
        [[tile.mean() for tile in np.array_split(row, min(side, map_.shape[1]), axis=1)] for row in rows],
        np.float32,
    )


def _pair() -> tuple[Path, Path]:
    forward = bundled_model()
    return forward, gradient_path(forward)


def _foreign_model(weights: NDArray[np.float32]) -> bytes:
    """A classifier as another framework would write it: convolution, mean, linear layer `[K, C]`, softmax."""
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


def _peak_memory_mb() -> int:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3))


if __name__ == "__main__":  # a tool for this repository: python -m desktop.self_test writes the record anew
    target = bundled_model().parent / RECORD
    beside = target.with_name(f"{RECORD}.{os.getpid()}.part")
    beside.write_text(json.dumps(make_record(), indent=1) + "\n", encoding="utf-8")
    beside.replace(target)
    say(f"recorded: {target}")
