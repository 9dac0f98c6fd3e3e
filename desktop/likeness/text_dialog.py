"""Dialog for texts to compare with, and the text half of the model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..widgets import file_dialogs

USUAL_NAMES = ("text_model.onnx", "textual.onnx", "text.onnx", "text_encoder.onnx")
"""Files beside an image encoder that are likely to be its text half."""


class TextDialog(QDialog):
    """Asks for texts, a line each, and for the file of the text model."""

    chosen = Signal(list, Path)
    """The texts, and the text model."""

    def __init__(self, parent: QWidget, texts: Sequence[str], model: Path | None, start: Path | None) -> None:
        """`model` is proposed; `start` is where its dialog begins."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Compare with texts"))
        self._start = start
        explained = QLabel(
            self.tr(
                "A text a line, such as “a photo of a cat”. Of several texts, the one that fits an image "
                "best is its class."
            ),
            self,
        )
        explained.setWordWrap(True)
        self.texts = QPlainTextEdit("\n".join(texts), self)
        self.texts.setAccessibleName(self.tr("Texts, a line each"))
        self.texts.setTabChangesFocus(True)
        self.model = QLineEdit("" if model is None else str(model), self)
        self.model.setAccessibleName(self.tr("Text half of the model (ONNX), its tokenizer.json beside it"))
        label = QLabel(self.model.accessibleName(), self)
        label.setWordWrap(True)
        browse = QPushButton(self.tr("Choose…"), self)
        browse.clicked.connect(self._browse)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText(self.tr("Compare"))
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(self.tr("Cancel"))
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(self.model, 1)
        row.addWidget(browse)
        layout = QVBoxLayout(self)
        layout.addWidget(explained)
        layout.addWidget(self.texts, 1)
        layout.addWidget(label)
        layout.addLayout(row)
        layout.addWidget(self.buttons)
        self.resize(480, 360)
        self.texts.textChanged.connect(self._enable)
        self.model.textChanged.connect(self._enable)
        self._enable()

    @property
    def lines(self) -> list[str]:
        """The texts, each once."""
        lines = (line.strip() for line in self.texts.toPlainText().splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def _enable(self) -> None:
        ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setEnabled(bool(self.lines) and bool(self.model.text().strip()))

    def _browse(self) -> None:
        file_dialogs.choose_model(self, self._start, lambda path: self.model.setText(str(path)))

    def _accept(self) -> None:
        self.chosen.emit(self.lines, Path(self.model.text().strip()))
        self.accept()


def text_model_beside(model: Path) -> Path | None:
    """Return the file beside an image encoder that is likely to be its text half."""
    return next((path for name in USUAL_NAMES if (path := model.parent / name).is_file()), None)
