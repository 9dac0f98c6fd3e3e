"""Status bar: image, folder class, device and timings, position."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStatusBar, QWidget

from ..common.number_format import number

CPU = "CPUExecutionProvider"

DEVICE_NAMES = {
    CPU: "CPU",
    "CUDAExecutionProvider": "CUDA",
    "TensorrtExecutionProvider": "TensorRT",
    "DmlExecutionProvider": "DirectML",
    "CoreMLExecutionProvider": "CoreML",
    "OpenVINOExecutionProvider": "OpenVINO",
    "ROCMExecutionProvider": "ROCm",
    "MIGraphXExecutionProvider": "MIGraphX",
}
"""Display names of ONNX Runtime's execution providers."""


class FactLabel(QLabel):
    """Label of a fact, which screen readers read with its name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fact = ""

    def setText(self, text: str) -> None:
        """Show the fact; its name is read, not shown."""
        super().setText(text)
        self.setAccessibleName(f"{self.fact}: {text}" if text else self.fact)

    def clear(self) -> None:
        """Show nothing."""
        self.setText("")


class ElidedLabel(FactLabel):
    """Label that elides its text in the middle, suitable for paths."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        """Allow any width."""
        return QSize(40, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the elided text."""
        painter = QPainter(self)
        room = self.contentsRect().width()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room)
        painter.setPen(self.palette().color(self.foregroundRole()))
        rect, alignment = self.contentsRect(), self.alignment() | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect, alignment, text)


class StatusBar(QStatusBar):
    """One line of facts; unknown ones are empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = ElidedLabel(self)
        self.picture_size = ElidedLabel(self)  # notes on the image may be long
        self.folder_class = FactLabel(self)
        self.device = FactLabel(self)
        self.position = FactLabel(self)
        self.picture_size.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.addWidget(self.path, 1)
        names = {
            self.path: self.tr("Image"),
            self.picture_size: self.tr("Image size"),
            self.folder_class: self.tr("Class folder"),
            self.device: self.tr("Device and time"),
            self.position: self.tr("Position"),
        }
        for label, name in names.items():
            label.fact = name
            label.clear()
            if label is not self.path:
                label.setContentsMargins(8, 0, 8, 0)
                self.addPermanentWidget(label, 1 if label is self.picture_size else 0)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(8, 0, 0, 0)

    def show_image(self, path: Path | None, name: str = "") -> None:
        """Show the name of an image, with its path as tool tip, and clear the facts."""
        self.path.setText(name)
        self.path.setToolTip("" if path is None else str(path))
        self.picture_size.clear()
        self.folder_class.clear()

    def show_size(self, height: int, width: int, notes: Sequence[str] = ()) -> None:
        """Show the size of the image's file, in pixels, and how it was read."""
        self.picture_size.setText("; ".join((f"{number(width)} × {number(height)}", *notes)))

    def show_folder_class(self, name: str | None, right: bool) -> None:
        """Show the class of the folder, and whether the model agrees."""
        if name is None:
            self.folder_class.clear()
            return
        verdict = self.tr("right") if right else self.tr("wrong")
        self.folder_class.setText(
            self.tr("class folder: {name} ({verdict})").format(name=name, verdict=verdict)
        )

    def show_device(
        self, provider: str, reason: str, forward_ms: float | None = None, gradient_ms: float = 0.0
    ) -> None:
        """Show the execution provider and the durations of the last runs in ms.

        `reason` explains why it is not the requested one; empty if it is.
        """
        device = DEVICE_NAMES.get(provider, provider.removesuffix("ExecutionProvider"))
        if reason:
            device = self.tr("{device} instead of a GPU").format(device=device)
        elif provider == CPU:
            reason = self.tr("No GPU is used: this ONNX Runtime is built for the CPU alone.")
        tips = [] if forward_ms is None else [self.tr("Forward graph + gradient graph")]
        self.device.setToolTip("\n".join([*tips, *([reason] if reason else [])]))
        self.device.setAccessibleDescription(self.device.toolTip())
        if forward_ms is None:
            self.device.setText(device)
            return
        self.device.setText(
            self.tr("{device}, {forward} ms + {gradient} ms").format(
                device=device, forward=_short(forward_ms), gradient=_short(gradient_ms)
            )
        )

    def show_position(self, row: int | None, count: int) -> None:
        """Show the position among the filtered images (`row` counts from 0)."""
        if count == 0:
            self.position.clear()
        elif row is None:
            words = self.tr("1 image") if count == 1 else self.tr("{count} images")
            self.position.setText(words.format(count=number(count)))
        else:
            words = self.tr("{row} of {count}")
            self.position.setText(words.format(row=number(row + 1), count=number(count)))


def _short(milliseconds: float) -> str:
    return number(milliseconds, 1 if milliseconds < 10 else 0)
