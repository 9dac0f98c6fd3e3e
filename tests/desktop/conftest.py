"""The real window, driven with the real engine and a pair whose answers are known.

The pair `colours` looks at nothing but colour: its activations are the image's red, green and blue, and
the logit of each of these classes is ten times the mean of its channel. So a red image is class `red`, and
the evidence for `blue` lies where the image is blue. An earlier layer says the same.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

if not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from desktop.app import make_application
from desktop.main_window.window import MainWindow
from desktop.settings import Settings
from whylight.images.encode import write_image
from whylight.pair.build import build_pair
from whylight.pair.card import Card
from whylight.pair.files import save_pair

CLASSES = ("red", "green", "blue", "nothing")
INPUT_SIDE = 32
LOOK_S = 0.002


@pytest.fixture(scope="session")
def application() -> Iterator[QApplication]:
    application = QApplication.instance() or make_application(["whylight"])
    yield application
    # The offscreen clipboard lives longer than Python, and would take what Python put there with it.
    application.clipboard().clear()


@pytest.fixture(autouse=True)
def _cleans_up(application: QApplication) -> Iterator[None]:
    """Fail a test that leaves a thread or a window behind, or in which a slot raised."""
    raised: list[str] = []
    previous_hook, sys.excepthook = sys.excepthook, lambda *error: raised.append(repr(error[1]))
    before = set(threading.enumerate())
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    application.processEvents()
    sys.excepthook = previous_hook
    assert not raised, f"raised in slots: {raised}"
    # Threads of ONNX Runtime are not Python's; those that Qt reports results from are `_DummyThread`s.
    # Those of `whylight.parallel.ordered_map` stay for the next report.
    new = [thread.name for thread in threading.enumerate() if thread not in before and thread.is_alive()]
    left = [name for name in new if not name.startswith("whylight-images")]
    assert not left, f"threads left running: {left}"
    windows = [widget for widget in application.topLevelWidgets() if widget.isVisible()]
    assert not windows, f"windows left open: {windows}"


@pytest.fixture(scope="session")
def wait_until(application: QApplication) -> Callable[..., None]:
    def wait(condition: Callable[[], object], what: str = "", seconds: float = 20) -> None:
        for _ in range(round(seconds / LOOK_S)):  # not time: a busy machine gets more of it
            if condition():
                break
            application.processEvents()
            time.sleep(LOOK_S)
        assert condition(), f"waited {seconds} s in vain for {what or condition}"
        application.processEvents()

    return wait


@pytest.fixture(scope="session")
def make_pair(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Returns a function that writes the pair described above, under a name, and returns its path."""
    folder = tmp_path_factory.mktemp("pairs")

    def make(name: str) -> Path:
        weights = {
            "identity": np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1),
            "times_ten": np.vstack([10 * np.eye(3), np.zeros((1, 3))]).astype(np.float32),
            "bias": np.array([0, 0, 0, -5], np.float32),
        }
        graph = helper.make_graph(
            [
                helper.make_node("Conv", ["pixels", "identity"], ["early"]),
                helper.make_node("Relu", ["early"], ["positive"]),
                helper.make_node("Conv", ["positive", "identity"], ["channels"]),
                helper.make_node("GlobalAveragePool", ["channels"], ["means"]),
                helper.make_node("Flatten", ["means"], ["flat"]),
                helper.make_node("Gemm", ["flat", "times_ten", "bias"], ["scores"], transB=1),
            ],
            "colours",
            [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["N", 3, INPUT_SIDE, INPUT_SIDE])],
            [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", len(CLASSES)])],
            [numpy_helper.from_array(values, name) for name, values in weights.items()],
        )
        network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
        onnx.checker.check_model(network)
        card = Card(
            name=f"Colours {name}",
            classes=CLASSES,
            target_layer="channels",
            input_size=(INPUT_SIDE, INPUT_SIDE),
            mean=(0.0, 0.0, 0.0),
            std=(1.0, 1.0, 1.0),
            data_set="three colours",
            accuracy={"top_1": 0.987},
        )
        path = folder / f"{name}.onnx"
        save_pair(build_pair(network, card, target="channels", logits="scores"), path)
        return path

    return make


@pytest.fixture(scope="session")
def colours(make_pair: Callable[[str], Path]) -> Path:
    return make_pair("colours")


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Plain images in folders named after classes, one of them in the wrong one, and a half-and-half."""
    folder = tmp_path / "pictures"
    red, green, blue = (np.eye(3, dtype=np.uint8)[channel] * 255 for channel in range(3))
    contents = {
        "001.red/a.png": plain(red),
        "001.red/mistake.png": plain(green),
        "002.green/b.png": plain(green),
        "003.blue/c.png": plain(blue),
        "mixed/halves.png": np.concatenate([plain(red, width=50), plain(blue, width=30)], axis=1),
    }
    for name, image in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_image(folder / name, image)
    return folder


def plain(colour: np.ndarray, *, width: int = 60, height: int = 40) -> np.ndarray:
    return np.broadcast_to(colour.astype(np.uint8), (height, width, 3))


@pytest.fixture
def move_mouse(application: QApplication) -> Callable[[QWidget, QPoint], None]:
    """Returns a function that tells a widget of a move (`QTest.mouseMove` moves the real pointer, later)."""

    def move(widget: QWidget, point: QPoint) -> None:
        no_button, no_key = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
        place, on_screen = QPointF(point), QPointF(widget.mapToGlobal(point))
        event = QMouseEvent(QEvent.Type.MouseMove, place, on_screen, no_button, no_button, no_key)
        application.sendEvent(widget, event)

    return move


@pytest.fixture
def graph_runs(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Counts the runs of forward and gradient graphs, wherever they are asked for."""
    counts = {"forward": 0, "gradient": 0}

    def counted(run: Callable[..., object]) -> Callable[..., object]:
        def counting(self: onnxruntime.InferenceSession, *args: object) -> object:
            inputs = {value.name for value in self.get_inputs()}
            counts["gradient" if "score_weights" in inputs else "forward"] += 1
            return run(self, *args)

        return counting

    for name in ("run", "run_with_iobinding"):
        run = getattr(onnxruntime.InferenceSession, name)
        monkeypatch.setattr(onnxruntime.InferenceSession, name, counted(run))
    return counts


@pytest.fixture
def open_window(
    application: QApplication, wait_until: Callable[..., None], tmp_path: Path
) -> Iterator[Callable[..., MainWindow]]:
    """Returns a function that opens a window and waits until everything asked for has arrived."""
    windows: list[MainWindow] = []

    def open_(*paths: Path, model: Path | None = None, settled: bool = True) -> MainWindow:
        window = MainWindow(paths, model, Settings(tmp_path / "settings" / "whylight.ini"))
        windows.append(window)
        window.resize(1280, 800)
        window.show()
        if settled:
            wait_until(lambda: not window.busy, "everything to be opened")
            window.activateWindow()  # a virtual screen has no window manager that would
            wait_until(window.isActiveWindow, "the focus")
        return window

    yield open_
    for window in windows:
        window.close()
        window.deleteLater()
