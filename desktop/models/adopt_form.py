"""Form for adopting a foreign model."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..common.number_format import number
from ..widgets import file_dialogs
from .adoption import Choices, Foreign


class AdoptForm(QFrame):
    """Preprocessing with a live preview, layer, class names; hidden without a model."""

    choices_changed = Signal()
    adoption_asked = Signal()
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.foreign: Foreign | None = None
        self._labels: Path | None = None
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.AlternateBase)
        self.setAccessibleName(self.tr("Open somebody else's model"))
        self.title = QLabel(self)
        self.title.setWordWrap(True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.preset = QComboBox(self)
        self.preset.setAccessibleName(self.tr("How images are scaled"))
        self.preview = QLabel(self)
        self.preview.setWordWrap(True)
        self.preview.setAccessibleName(self.tr("What the model takes the image for"))
        self.layer = QComboBox(self)
        self.layer.setAccessibleName(self.tr("Layer"))
        self.labels = QPushButton(self.tr("From the model"), self)
        self.labels.setAccessibleName(self.tr("Class names"))
        self.open = QPushButton(self.tr("Open this model"), self)
        self.cancel = QPushButton(self.tr("Cancel"), self)
        form = QFormLayout()
        form.addRow(self.tr("Scaling"), self.preset)
        form.addRow(self.tr("Then it says"), self.preview)
        form.addRow(self.tr("Layer"), self.layer)
        form.addRow(self.tr("Class names"), self.labels)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.open)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.addWidget(self.title)
        layout.addLayout(form)
        layout.addLayout(buttons)
        for box in (self.preset, self.layer):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.currentIndexChanged.connect(lambda _: self.choices_changed.emit())
        self.labels.clicked.connect(self._choose_labels)
        self.open.clicked.connect(self._ask)
        self.cancel.clicked.connect(self.dismiss)
        self.hide()

    @property
    def choices(self) -> Choices:
        """The current choices."""
        return Choices(self.preset.currentData(), self.layer.currentData(), self._labels)

    @property
    def is_choosing(self) -> bool:
        """Whether a model is shown and not being adopted yet."""
        return self.foreign is not None and self.open.isEnabled()

    def show_foreign(self, foreign: Foreign) -> None:
        """Show the recognised properties of a model, and the choices."""
        self.foreign, self._labels = foreign, None
        height, width = foreign.size
        words = self.tr(
            "{name} takes images of {width} × {height} and knows {count} classes. A model does not say how "
            "it wants an image's values scaled: choose the scaling with which it recognises this image."
        )
        self.title.setText(
            words.format(
                name=foreign.path.name, width=width, height=height, count=number(foreign.class_count)
            )
        )
        with QSignalBlocker(self.preset), QSignalBlocker(self.layer):
            self.preset.clear()
            for name, note in foreign.presets.items():
                self.preset.addItem(f"{name}: {note}", name)
            self.layer.clear()
            self.layer.addItem(self.tr("{layer} (proposed)").format(layer=foreign.default_layer), None)
            for layer in foreign.layers:
                if layer != foreign.default_layer:
                    self.layer.addItem(layer, layer)
        self.labels.setText(self.tr("From the model"))
        self._enable(True)
        self.show()
        self.preset.setFocus()
        self.choices_changed.emit()

    def set_labels(self, path: Path) -> None:
        """Set the file of class names."""
        self._labels = path
        self.labels.setText(path.name)
        self.choices_changed.emit()

    def show_preview(self, words: str) -> None:
        """Show the model's prediction for the displayed image."""
        self.preview.setText(words)

    def show_trouble(self) -> None:
        """Enable the choices again after a failure."""
        self._enable(True)

    def dismiss(self) -> None:
        """Close the form."""
        self.hide()
        self.foreign = None
        self.dismissed.emit()

    def _choose_labels(self) -> None:
        if self.foreign is not None:
            file_dialogs.choose_labels(self, self.foreign.path.parent, self.set_labels)

    def _ask(self) -> None:
        self._enable(False)
        self.preview.setText(self.tr("Being prepared…"))
        self.adoption_asked.emit()

    def _enable(self, enabled: bool) -> None:
        for control in (self.preset, self.layer, self.labels, self.open):
            control.setEnabled(enabled)
