"""Form for adopting a foreign model."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from whylight.answers import SIMILARITY

from ..common.error_text import translate_error
from ..common.number_format import number
from ..widgets import file_dialogs
from .adoption import Asked, Choices, Foreign, Tried
from .input_controls import InputControls, choice_box, side_by_side

LARGEST_SIDE = 4096
LABEL_SUFFIXES = (".txt", ".json", ".csv", ".names")

OTHER_FILE = "…"
"""The entry of the list of class names that asks for a file."""

LIST_NAMES = {
    "imagenet": "ImageNet",
    "cifar10": "CIFAR-10",
    "cifar100": "CIFAR-100",
    "coco": "COCO",
    "coco90": "COCO (90)",
    "voc": "Pascal VOC",
}


class AdoptForm(QFrame):
    """Structure, images and class names of a foreign model, with a live preview.

    It is hidden without a model. What the file leaves open (size, scores, kind of answers) is asked for; the
    model is then examined again. Controls are the options of `whylight.adoption.options`.
    """

    choices_changed = Signal()
    examination_asked = Signal(Path, Asked)
    adoption_asked = Signal()
    stop_asked = Signal()
    """The user does not want to wait for the end of the adoption."""
    dismissed = Signal()
    left = Signal()
    """The form is closed while it has the keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.foreign: Foreign | None = None
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.AlternateBase)
        self.setAccessibleName(self.tr("Set up this model"))
        self.setAcceptDrops(True)
        self.title = QLabel(self)
        self.title.setWordWrap(True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self._make_structure()
        self.images = InputControls(self)
        self.images.changed.connect(self._show_rows)
        self.images.changed.connect(self.choices_changed)
        self.preview = QLabel(self)
        self.preview.setWordWrap(True)
        self.preview.setAccessibleName(self.tr("What the model takes the image for"))
        self.layer = choice_box(self, self.tr("Layer"), self.choices_changed.emit)
        self.labels = choice_box(self, self.tr("Class names"), lambda: None)
        self.labels.activated.connect(lambda _: self._take_labels())
        self.name = QLineEdit(self)
        self.name.setAccessibleName(self.tr("Name of the model"))
        self.more = QToolButton(self)
        self.more.setText(self.tr("More options"))
        self.more.setCheckable(True)
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.toggled.connect(lambda _: self._show_rows())
        self.waiting = QProgressBar(self)
        self.waiting.setRange(0, 0)
        self.waiting.setTextVisible(False)
        self.waiting.setFixedHeight(5)
        self.waiting.setAccessibleName(self.tr("The model is being prepared"))
        self.waiting.hide()
        self.open = QPushButton(self.tr("Open this model"), self)
        self.cancel = QPushButton(self.tr("Cancel"), self)
        self._lay_out()
        self.open.clicked.connect(self._ask)
        self.cancel.clicked.connect(self._cancel)
        self.hide()

    def _make_structure(self) -> None:
        """Make the controls of what the model is."""
        self.height_box, self.width_box = QSpinBox(self), QSpinBox(self)
        for side, name in ((self.height_box, self.tr("Height")), (self.width_box, self.tr("Width"))):
            side.setRange(0, LARGEST_SIDE)
            side.setSpecialValueText("?")
            side.setKeyboardTracking(False)
            side.setAccessibleName(name)
            side.valueChanged.connect(self._ask_again)
        self.scores = choice_box(self, self.tr("Scores"), self._ask_again)
        self.scores.setEditable(True)  # inner tensors and parts of one: output[0:7]
        self.scores.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.scores.setToolTip(
            self.tr("The output with the scores; a tensor inside, or a part as in output[0:7], can be typed.")
        )
        line = self.scores.lineEdit()
        if line is not None:
            line.editingFinished.connect(self._ask_again)
        self.answers = choice_box(self, self.tr("Kind of answers"), self._ask_again)
        self.without_gradients = QCheckBox(
            self.tr("without gradients (occlusion and RISE alone, slower)"), self
        )
        self.without_gradients.toggled.connect(self._ask_again)

    def _lay_out(self) -> None:
        images = self.images
        self._form = form = QFormLayout()
        form.addRow(self.tr("Images"), side_by_side(images.preset, images.compare, stretched=images.preset))
        form.addRow(images.table)
        form.addRow(self.tr("With this setting it answers"), self.preview)
        form.addRow(self.tr("Class names"), self.labels)
        form.addRow(self.tr("Height × width"), side_by_side(self.height_box, self.width_box))
        form.addRow(self.tr("Scores"), side_by_side(self.scores, self.answers))
        images.add_geometry_to(form)
        form.addRow(self.tr("Layer"), self.layer)
        form.addRow(self.tr("Name"), self.name)
        form.addRow("", self.without_gradients)
        self._structure_rows = (4, 5)
        self._further_rows = (6, 7, 8, 9, 10)
        buttons = QHBoxLayout()
        buttons.addWidget(self.more)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.open)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.addWidget(self.title)
        layout.addLayout(form)
        layout.addWidget(self.waiting)
        layout.addLayout(buttons)
        self._show_rows()

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """The controls in tab order."""
        return (
            *self.images.first_stops,
            self.labels,
            self.height_box,
            self.width_box,
            self.scores,
            self.answers,
            *self.images.further_stops,
            self.layer,
            self.name,
            self.without_gradients,
            self.more,
            self.cancel,
            self.open,
        )

    @property
    def choices(self) -> Choices:
        """The current choices."""
        return Choices(
            **self.images.choices,
            layer=self.layer.currentData(),
            labels=None if self.labels.currentData() is None else Path(self.labels.currentData()),
            name=self.name.text().strip() or None,
            asked=self._asked() if self.foreign is None else self.foreign.asked,
        )

    def _asked(self) -> Asked:
        height, width = self.height_box.value(), self.width_box.value()
        size = (height, width) if self.height_box.isEnabled() and height and width else None
        return Asked(
            size, self._asked_scores(), self.answers.currentData(), self.without_gradients.isChecked()
        )

    def _asked_scores(self) -> str | None:
        """Return the output that is chosen, or typed."""
        text = self.scores.currentText().strip()
        known = self.scores.findText(text)
        return self.scores.itemData(known) if known >= 0 else text or None

    @property
    def is_choosing(self) -> bool:
        """Whether a model is shown, understood, and not being adopted yet."""
        return self.foreign is not None and self.foreign.network is not None and self.open.isEnabled()

    @property
    def is_comparing(self) -> bool:
        """Whether the answers with all presets are on show."""
        return self.images.compare.isChecked()

    def show_examining(self, path: Path) -> None:
        """Say that a file is being looked at; nothing can be chosen yet."""
        if self.foreign is not None and self.foreign.path != path:
            self.foreign = None
        self.title.setText(self.tr("Looking at {name}…").format(name=path.name))
        self._enable(False)
        self.waiting.show()
        self._show_rows()
        self.show()

    def show_foreign(self, foreign: Foreign) -> None:
        """Show the recognised properties of a model, and the choices."""
        is_new = self.foreign is None or self.foreign.path != foreign.path
        self.foreign = foreign
        self.waiting.hide()
        self.title.setText(self._title(foreign))
        self._fill_structure(foreign)
        if is_new:
            self.images.fill(foreign)
            self.name.clear()
            self.name.setPlaceholderText(foreign.path.stem)
            self.more.setChecked(False)
        self._fill_labels(foreign, is_new=is_new)
        with QSignalBlocker(self.layer):
            self.layer.clear()
            proposed = self.tr("{layer} (proposed)").format(layer=foreign.default_layer)
            self.layer.addItem(proposed if foreign.default_layer else self.tr("none"), None)
            for layer in foreign.layers:
                if layer != foreign.default_layer:
                    self.layer.addItem(layer, layer)
        self.preview.setText("")
        self._enable(True)
        self._show_rows()
        self.show()
        if foreign.missing is not None and foreign.missing.fact == "size":
            self.height_box.setFocus()
        elif is_new:
            self.images.preset.setFocus()
        self.choices_changed.emit()

    def _title(self, foreign: Foreign) -> str:
        if foreign.missing is not None or foreign.size is None:
            words = self.tr("{name}: {missing}. Enter it here.")
            missing = "" if foreign.missing is None else translate_error(foreign.missing)
            return words.format(name=foreign.path.name, missing=missing)
        height, width = foreign.size
        network = foreign.network
        if network is not None and network.detector is not None:
            one = foreign.class_count == 1
            words = (
                self.tr("{name} is a detector: 1 class, {geometry} {size}.")
                if one
                else self.tr("{name} is a detector: {count} classes, {geometry} {size}.")
            ) + " "
        elif network is not None and network.segmenter is not None:
            words = (
                self.tr("{name} reads lines of text: {count} signs, {geometry} {size}.")
                if network.segmenter.is_line
                else self.tr("{name} is a segmenter: {count} classes, {geometry} {size}.")
            ) + " "
        elif network is not None and network.scores.kind == SIMILARITY:
            words = self.tr("{name} makes embeddings: {count} numbers, {geometry} {size}.") + " "
        else:
            words = self.tr("{name} takes images of {width} × {height} and knows {count} classes.") + " "
        if foreign.facts.mean is None:
            words += self.tr(
                "The file does not say how pixel values must be prepared. Choose the setting with which the "
                "answer below is right for this image."
            )
        else:
            words += self.tr(
                "How pixel values must be prepared is written in the file or beside it: see whether the "
                "answer below is right for this image."
            )
        if foreign.asked.without_gradients:
            words += "\n" + self.tr("It will be explained by occlusion and RISE, which need no gradients.")
        if foreign.no_gradients is not None:
            words += " " + self.tr("Why: {reason}.").format(reason=translate_error(foreign.no_gradients))
        facts = foreign.facts
        return words.format(
            name=foreign.path.name,
            width=width,
            height=height,
            count=number(foreign.class_count),
            geometry="stretch" if facts.in_graph else facts.chosen["geometry"],
            size=height if height == width else f"{width} × {height}",
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
            asked = foreign.asked.scores
            if asked is not None and self.scores.findData(asked) < 0:
                self.scores.addItem(asked, asked)
            self.scores.setCurrentIndex(max(0, self.scores.findData(asked)))
        with QSignalBlocker(self.answers):
            self.answers.clear()
            for words, kind in (
                (self.tr("kind of answers found out"), None),
                (self.tr("one of the classes"), "softmax"),
                (self.tr("several labels"), "sigmoid"),
                (self.tr("two classes by one score"), "binary"),
                (self.tr("a number"), "number"),
                (self.tr("an embedding, for likeness"), "similarity"),
            ):
                self.answers.addItem(words, kind)
            self.answers.setCurrentIndex(max(0, self.answers.findData(foreign.asked.answers)))
        with QSignalBlocker(self.without_gradients):
            self.without_gradients.setChecked(foreign.asked.without_gradients)

    def _fill_labels(self, foreign: Foreign, *, is_new: bool) -> None:
        """Offer the file's names, bundled lists with as many classes, and a file."""
        chosen = None if is_new else self.labels.currentData()
        with QSignalBlocker(self.labels):
            self.labels.clear()
            if foreign.labels is None:
                self.labels.addItem(self.tr("No names in the file: numbers"), None)
            elif foreign.labels[1] == foreign.path.name:
                self.labels.addItem(self.tr("From the model"), None)
            else:
                self.labels.addItem(foreign.labels[1], None)
            for name in foreign.lists:
                self.labels.addItem(LIST_NAMES.get(name, name), name)
            self.labels.addItem(self.tr("From a file…"), OTHER_FILE)
            if is_new and foreign.labels is None and "imagenet" in foreign.lists:
                chosen = "imagenet"  # 1,000 classes without names are ImageNet's nearly always
        if chosen is not None:
            self._choose_label(chosen)

    def set_labels(self, path: Path) -> None:
        """Set the file of class names."""
        self._choose_label(str(path))
        self.choices_changed.emit()

    def _choose_label(self, path: str) -> None:
        with QSignalBlocker(self.labels):
            if self.labels.findData(path) < 0:
                self.labels.insertItem(self.labels.count() - 1, Path(path).name, path)
            self.labels.setCurrentIndex(self.labels.findData(path))

    def _take_labels(self) -> None:
        """Use the chosen class names, or ask for their file."""
        if self.labels.currentData() == OTHER_FILE:
            with QSignalBlocker(self.labels):
                self.labels.setCurrentIndex(0)
            if self.foreign is not None:
                file_dialogs.choose_labels(self, self.foreign.path.parent, self.set_labels)
        self.choices_changed.emit()

    def show_preview(self, words: str) -> None:
        """Show the model's prediction for the displayed image."""
        self.preview.setText(words)

    def show_tried(self, tried: Tried) -> None:
        """Show what the model answers with one of the presets."""
        self.images.table.show_tried(tried)

    def show_step(self, words: str) -> None:
        """Show what is being done."""
        self.preview.setText(words)

    def show_trouble(self) -> None:
        """Enable the choices again after a failure, or once the adoption is stopped."""
        self.waiting.hide()
        self.preview.setText("")
        self._enable(True)

    def dismiss(self) -> None:
        """Close the form; its keys go to the images, not to any control."""
        focused = self.window().focusWidget()
        if focused is not None and self.isAncestorOf(focused):
            self.left.emit()
        self.hide()
        self.waiting.hide()
        self.foreign = None
        self.dismissed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the room that wrapped words need, which Qt does not ask for."""
        super().resizeEvent(event)
        self._keep_room()

    def _keep_room(self) -> None:
        layout = self.layout()
        if layout is not None and self.isVisible():
            spare = self.images.table.sizeHint().height() - self.images.table.minimumHeight()
            height = layout.minimumHeightForWidth(self.width())
            self.setMinimumHeight(height - (spare if self.images.table.isVisible() else 0))

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

    def _ask_again(self, *_: object) -> None:
        """Examine the model again with what was said of it."""
        if self.foreign is None or not self.scores.isEnabled():
            return
        asked = self._asked()
        one_side = bool(self.height_box.value()) != bool(self.width_box.value())
        if asked != self.foreign.asked and not (self.height_box.isEnabled() and one_side):
            self.examination_asked.emit(self.foreign.path, asked)

    def _ask(self) -> None:
        self._enable(False)
        self.waiting.show()
        self.preview.setText(self.tr("Being prepared…"))
        self.adoption_asked.emit()

    def _cancel(self) -> None:
        """Stop the adoption and go back to the choices; without one, close the form."""
        is_adopting = self.foreign is not None and self.foreign.network is not None and not self.is_choosing
        if is_adopting:
            self.stop_asked.emit()
            self.show_trouble()
        else:
            self.dismiss()

    def _show_rows(self) -> None:
        """Show the rows that are needed: what is missing always, further ones on demand."""
        understood = self.foreign is not None and self.foreign.network is not None
        is_asked = self.foreign is not None and self.foreign.missing is not None
        is_open = self.foreign is not None and self.foreign.size_is_open
        for row in range(self._form.rowCount()):
            if row in self._structure_rows:
                visible = is_asked or is_open or (understood and self.more.isChecked())
            else:
                visible = understood and (row not in self._further_rows or self.more.isChecked())
            if row == 1:
                visible = visible and self.images.compare.isChecked()
            self._form.setRowVisible(row, visible)
        self.more.setVisible(understood)
        self._keep_room()

    def _enable(self, enabled: bool) -> None:
        understood = enabled and self.foreign is not None and self.foreign.network is not None
        for control in (*self.images.controls, self.layer, self.labels, self.name, self.open):
            control.setEnabled(understood)
        for box in (self.scores, self.answers, self.without_gradients):
            box.setEnabled(enabled)
        for side in (self.height_box, self.width_box):
            side.setEnabled(enabled and self.foreign is not None and self.foreign.size_is_open)


def _labels_in(mime: QMimeData) -> Path | None:
    """Return the file of class names in a drop."""
    for url in mime.urls():
        path = Path(url.toLocalFile())
        if url.isLocalFile() and path.suffix.lower() in LABEL_SUFFIXES:
            return path
    return None
