"""Form for adopting a foreign model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ..common.error_text import translate_error
from ..common.number_format import number
from ..widgets import file_dialogs
from .adoption import Asked, Choices, Foreign, Three

LARGEST_SIDE = 4096
LABEL_SUFFIXES = (".txt", ".json", ".csv", ".names")


class AdoptForm(QFrame):
    """Structure, images and class names of a foreign model, with a live preview.

    It is hidden without a model. What the file leaves open (size, scores, kind of answers) is asked for; the
    model is then examined again.
    """

    choices_changed = Signal()
    examination_asked = Signal(Path, Asked)
    adoption_asked = Signal()
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.foreign: Foreign | None = None
        self._labels: Path | None = None
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.AlternateBase)
        self.setAccessibleName(self.tr("Open somebody else's model"))
        self.setAcceptDrops(True)
        self.title = QLabel(self)
        self.title.setWordWrap(True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        # What the model is.
        self.height_box, self.width_box = QSpinBox(self), QSpinBox(self)
        for side, name in ((self.height_box, self.tr("Height")), (self.width_box, self.tr("Width"))):
            side.setRange(0, LARGEST_SIDE)
            side.setSpecialValueText("?")
            side.setKeyboardTracking(False)
            side.setAccessibleName(name)
            side.valueChanged.connect(self._ask_again)
        self.scores = self._box(self.tr("Scores"), self._ask_again)
        self.answers = self._box(self.tr("Kind of answers"), self._ask_again)
        # How it wants its images.
        self.preset = self._box(self.tr("How images come to the model"), self.choices_changed.emit)
        self.geometry_box = self._box(self.tr("Geometry"), self.choices_changed.emit)
        self.bgr = QCheckBox(self.tr("blue first (BGR)"), self)
        self.bgr.setTristate(True)
        self.bgr.stateChanged.connect(lambda _: self.choices_changed.emit())
        self.mean, self.std = QLineEdit(self), QLineEdit(self)
        for line, name in ((self.mean, self.tr("Mean")), (self.std, self.tr("Standard deviation"))):
            line.setPlaceholderText(self.tr("that of the preset"))
            line.setAccessibleName(name)
            line.editingFinished.connect(self.choices_changed.emit)
        self.preview = QLabel(self)
        self.preview.setWordWrap(True)
        self.preview.setAccessibleName(self.tr("What the model takes the image for"))
        self.layer = self._box(self.tr("Layer"), self.choices_changed.emit)
        self.labels = QPushButton(self.tr("From the model"), self)
        self.labels.setAccessibleName(self.tr("Class names"))
        self.open = QPushButton(self.tr("Open this model"), self)
        self.cancel = QPushButton(self.tr("Cancel"), self)
        self._form = form = QFormLayout()
        form.addRow(self.tr("Height × width"), self._side_by_side(self.height_box, self.width_box))
        form.addRow(self.tr("Scores"), self._side_by_side(self.scores, self.answers))
        form.addRow(self.tr("Images"), self.preset)
        form.addRow(self.tr("Geometry"), self._side_by_side(self.geometry_box, self.bgr))
        form.addRow(self.tr("Mean, std (of 0 to 1)"), self._side_by_side(self.mean, self.std))
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
        self.labels.clicked.connect(self._choose_labels)
        self.open.clicked.connect(self._ask)
        self.cancel.clicked.connect(self.dismiss)
        self.hide()

    def _box(self, name: str, changed: Callable[[], object]) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(name)
        box.setAccessibleDescription(name)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.currentIndexChanged.connect(lambda _: changed())
        return box

    def _side_by_side(self, *controls: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        for control in controls:
            row.addWidget(control, 1)
        return row

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """The controls in tab order."""
        return (
            self.height_box,
            self.width_box,
            self.scores,
            self.answers,
            self.preset,
            self.geometry_box,
            self.bgr,
            self.mean,
            self.std,
            self.layer,
            self.labels,
            self.cancel,
            self.open,
        )

    @property
    def choices(self) -> Choices:
        """The current choices."""
        state = self.bgr.checkState()
        return Choices(
            self.preset.currentData(),
            self.layer.currentData(),
            self._labels,
            geometry=self.geometry_box.currentData(),
            bgr=None if state == Qt.CheckState.PartiallyChecked else state == Qt.CheckState.Checked,
            scaling=self._scaling(),
            asked=self._asked() if self.foreign is None else self.foreign.asked,
        )

    def _scaling(self) -> tuple[Three, Three] | None:
        mean, std = (_three_numbers(line.text()) for line in (self.mean, self.std))
        return None if mean is None or std is None or min(std) <= 0 else (mean, std)

    def _asked(self) -> Asked:
        height, width = self.height_box.value(), self.width_box.value()
        size = (height, width) if self.height_box.isEnabled() and height and width else None
        return Asked(size, self.scores.currentData(), self.answers.currentData())

    @property
    def is_choosing(self) -> bool:
        """Whether a model is shown, understood, and not being adopted yet."""
        return self.foreign is not None and self.foreign.network is not None and self.open.isEnabled()

    def show_foreign(self, foreign: Foreign) -> None:
        """Show the recognised properties of a model, and the choices."""
        is_new = self.foreign is None or self.foreign.path != foreign.path
        self.foreign = foreign
        if is_new:
            self._labels = None
        self.title.setText(self._title(foreign))
        self._fill_structure(foreign)
        if is_new:
            self._fill_input(foreign)
        with QSignalBlocker(self.layer):
            self.layer.clear()
            if foreign.default_layer:
                self.layer.addItem(self.tr("{layer} (proposed)").format(layer=foreign.default_layer), None)
            for layer in foreign.layers:
                if layer != foreign.default_layer:
                    self.layer.addItem(layer, layer)
        if self._labels is None:
            beside = foreign.labels is not None and foreign.labels[1] != foreign.path.name
            self.labels.setText(
                foreign.labels[1] if beside and foreign.labels is not None else self.tr("From the model")
            )
        self.preview.setText("")
        self._enable(True)
        self.show()
        if foreign.missing is not None and foreign.missing.fact == "size":
            self.height_box.setFocus()
        elif is_new:
            self.preset.setFocus()
        self.choices_changed.emit()

    def _title(self, foreign: Foreign) -> str:
        if foreign.missing is not None or foreign.size is None:
            words = self.tr("{name}: {missing}. Enter it here.")
            missing = "" if foreign.missing is None else translate_error(foreign.missing)
            return words.format(name=foreign.path.name, missing=missing)
        height, width = foreign.size
        if foreign.network is not None and foreign.network.detector is not None:
            described = foreign.facts.describe(foreign.size)
            words = self.tr("{name} is a detector: {count} classes, {geometry} {size}.")
            return words.format(
                name=foreign.path.name,
                count=number(foreign.class_count),
                geometry="stretch" if described is None else described.geometry,
                size=height if height == width else f"{width} × {height}",
            )
        if foreign.facts.mean is None:
            words = self.tr(
                "{name} takes images of {width} × {height} and knows {count} classes. It does not say how "
                "images come to it: choose the way with which it recognises this image."
            )
        else:
            words = self.tr(
                "{name} takes images of {width} × {height} and knows {count} classes. How images come to it "
                "is written in the file or beside it."
            )
        return words.format(
            name=foreign.path.name, width=width, height=height, count=number(foreign.class_count)
        )

    def _fill_structure(self, foreign: Foreign) -> None:
        """Show size, scores and kind of answers, as far as they are known."""
        for box, side in zip((self.height_box, self.width_box), foreign.size or (0, 0), strict=True):
            with QSignalBlocker(box):
                box.setValue(side)
        with QSignalBlocker(self.scores):
            self.scores.clear()
            self.scores.addItem(self.tr("found out"), None)
            known = () if foreign.missing is None else foreign.missing.choices
            for output in known if foreign.missing and foreign.missing.fact == "scores" else foreign.outputs:
                self.scores.addItem(output, output)
            self.scores.setCurrentIndex(max(0, self.scores.findData(foreign.asked.scores)))
        with QSignalBlocker(self.answers):
            self.answers.clear()
            for words, kind in (
                (self.tr("kind of answers found out"), None),
                (self.tr("one of the classes"), "softmax"),
                (self.tr("several labels"), "sigmoid"),
                (self.tr("two classes by one score"), "binary"),
                (self.tr("a number"), "number"),
            ):
                self.answers.addItem(words, kind)
            self.answers.setCurrentIndex(max(0, self.answers.findData(foreign.asked.answers)))

    def _fill_input(self, foreign: Foreign) -> None:
        """Offer the presets and the geometries; without a choice it is as the file says."""
        with QSignalBlocker(self.preset), QSignalBlocker(self.geometry_box), QSignalBlocker(self.bgr):
            self.preset.clear()
            if foreign.facts.mean is not None:
                self.preset.addItem(self.tr("as the file says"), None)
            for name, note in foreign.presets.items():
                self.preset.addItem(f"{name}: {note}", name)
            self.geometry_box.clear()
            for words, geometry in (
                (self.tr("as the preset or the file says"), None),
                (self.tr("stretched"), "stretch"),
                (self.tr("the centre, shorter side to the input's"), "crop"),
                (self.tr("the centre, shorter side to 256"), "crop:256"),
                (self.tr("padded with black"), "letterbox:0"),
                (self.tr("padded with grey"), "letterbox:114"),
            ):
                self.geometry_box.addItem(words, geometry)
            self.bgr.setCheckState(Qt.CheckState.PartiallyChecked)
        for line in (self.mean, self.std):
            with QSignalBlocker(line):
                line.clear()

    def set_labels(self, path: Path) -> None:
        """Set the file of class names."""
        self._labels = path
        self.labels.setText(path.name)
        self.choices_changed.emit()

    def show_preview(self, words: str) -> None:
        """Show the model's prediction for the displayed image."""
        self.preview.setText(words)

    def show_previews(self, found: dict[str, str]) -> None:
        """Show what the model takes the image for with each of the presets."""
        if self.foreign is None:
            return
        with QSignalBlocker(self.preset):
            for name, note in self.foreign.presets.items():
                told = f"  →  {found[name]}" if name in found else ""
                self.preset.setItemText(self.preset.findData(name), f"{name}: {note}{told}")

    def show_trouble(self) -> None:
        """Enable the choices again after a failure."""
        self._enable(True)

    def dismiss(self) -> None:
        """Close the form."""
        self.hide()
        self.foreign = None
        self.dismissed.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file of class names."""
        if _labels_in(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Use a dropped file of class names."""
        path = _labels_in(event.mimeData())
        if path is not None and self.foreign is not None:
            event.acceptProposedAction()
            self.set_labels(path)

    def _choose_labels(self) -> None:
        if self.foreign is not None:
            file_dialogs.choose_labels(self, self.foreign.path.parent, self.set_labels)

    def _ask_again(self, *_: object) -> None:
        """Examine the model again with what was said of it."""
        if self.foreign is None:
            return
        asked = self._asked()
        one_side = bool(self.height_box.value()) != bool(self.width_box.value())
        if asked != self.foreign.asked and not (self.height_box.isEnabled() and one_side):
            self.examination_asked.emit(self.foreign.path, asked)

    def _ask(self) -> None:
        self._enable(False)
        self.preview.setText(self.tr("Being prepared…"))
        self.adoption_asked.emit()

    def _enable(self, enabled: bool) -> None:
        understood = enabled and self.foreign is not None and self.foreign.network is not None
        for control in (self.preset, self.geometry_box, self.bgr, self.mean, self.std):
            control.setEnabled(understood)
        for further in (self.layer, self.labels, self.open):
            further.setEnabled(understood)
        for box in (self.scores, self.answers):
            box.setEnabled(enabled)
        for side in (self.height_box, self.width_box):
            side.setEnabled(enabled and self.foreign is not None and self.foreign.size_is_open)


def _three_numbers(text: str) -> Three | None:
    """Three numbers, or one for all channels; None for any other text."""
    try:
        found = [float(part) for part in text.replace(",", " ").replace(";", " ").split()]
    except ValueError:
        return None
    if len(found) == 1:
        found *= 3
    return (found[0], found[1], found[2]) if len(found) == 3 else None


def _labels_in(mime: QMimeData) -> Path | None:
    """Return the file of class names in a drop."""
    for url in mime.urls():
        path = Path(url.toLocalFile())
        if url.isLocalFile() and path.suffix.lower() in LABEL_SUFFIXES:
            return path
    return None
