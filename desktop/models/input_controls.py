"""Controls of how images come to a foreign model: preset, geometry, values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from .adoption import Foreign, Three
from .preset_table import PresetTable

SHARE_STEP = 0.005


class InputControls(QObject):
    """Settings by which images come to a model: one by name, and differences."""

    changed = Signal()

    def __init__(self, form: QWidget) -> None:
        """`form` is the parent of the controls."""
        super().__init__(form)
        self.preset = choice_box(form, self.tr("How images come to the model"), self.changed.emit)
        self.compare = QToolButton(form)
        self.compare.setText(self.tr("Try all"))
        self.compare.setToolTip(self.tr("What the model answers with each setting, side by side"))
        self.compare.setCheckable(True)
        self.compare.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.table = PresetTable(form)
        self.table.hide()
        self.table.chosen.connect(lambda name: self.preset.setCurrentIndex(self.preset.findData(name)))
        self.compare.toggled.connect(lambda _: self.changed.emit())
        self.geometry_box = choice_box(form, self.tr("Geometry"), self.changed.emit)
        self.share = QDoubleSpinBox(form)
        self.share.setRange(0, 1)
        self.share.setSingleStep(SHARE_STEP)
        self.share.setDecimals(4)
        self.share.setSpecialValueText(self.tr("share as proposed"))
        self.share.setKeyboardTracking(False)
        self.share.setAccessibleName(self.tr("Share of the shorter side that is cropped"))
        self.share.setToolTip(self.share.accessibleName())
        self.share.valueChanged.connect(lambda _: self.changed.emit())
        self.interpolation = choice_box(form, self.tr("Interpolation"), self.changed.emit)
        self.antialias = self._three_states(form, self.tr("antialiased"))
        self.bgr = self._three_states(form, self.tr("blue first (BGR)"))
        self.range = choice_box(form, self.tr("Range of the values"), self._take_range)
        self.mean, self.std = QLineEdit(form), QLineEdit(form)
        for line, name in ((self.mean, self.tr("Mean")), (self.std, self.tr("Standard deviation"))):
            line.setPlaceholderText(name)
            line.setToolTip(self.tr("Three numbers, of values in 0 to 1; empty: as proposed"))
            line.setAccessibleName(name)
            line.editingFinished.connect(self.changed.emit)

    @property
    def controls(self) -> tuple[QWidget, ...]:
        """All controls."""
        return (*self.first_stops, *self.further_stops)

    @property
    def first_stops(self) -> tuple[QWidget, ...]:
        """The setting, in tab order."""
        return (self.preset, self.compare, self.table)

    @property
    def further_stops(self) -> tuple[QWidget, ...]:
        """Differences from it, in tab order."""
        return (
            self.geometry_box,
            self.share,
            self.interpolation,
            self.antialias,
            self.range,
            self.mean,
            self.std,
            self.bgr,
        )

    @property
    def choices(self) -> dict[str, Any]:
        """The choices, as arguments of `adoption.Choices`."""
        mean, std = (three_numbers(line.text()) for line in (self.mean, self.std))
        is_scaled = mean is not None and std is not None and min(std) > 0
        return {
            "preprocessing": self.preset.currentData(),
            "geometry": self.geometry_box.currentData(),
            "crop_pct": self.share.value() or None,
            "interpolation": self.interpolation.currentData(),
            "antialias": _state(self.antialias),
            "bgr": _state(self.bgr),
            "value_range": self.range.currentData(),
            "mean": mean if is_scaled else None,
            "std": std if is_scaled else None,
        }

    def add_geometry_to(self, form: QFormLayout) -> None:
        """Add a row for geometry, and one for values."""
        geometry = side_by_side(self.geometry_box, self.share, self.interpolation, self.antialias)
        form.addRow(self.tr("Geometry"), geometry)
        form.addRow(self.tr("Values"), side_by_side(self.range, self.mean, self.std, self.bgr))

    def fill(self, foreign: Foreign) -> None:
        """Offer presets, geometries, interpolations and ranges; first what the file says."""
        from whylight.adoption.input_facts import RANGES
        from whylight.images.geometry import INTERPOLATIONS

        is_written = foreign.facts.mean is not None
        written = self.tr("as the file, or one beside it, says")
        self.compare.setChecked(not is_written)
        with QSignalBlocker(self.preset):
            self.preset.clear()
            if is_written:
                self.preset.addItem(written, None)
            for name, note in foreign.presets.items():
                self.preset.addItem(f"{name}: {note}", name)
        proposed = self.tr("as proposed")
        geometries = (
            (self.tr("geometry as proposed"), None),
            (self.tr("stretched"), "stretch"),
            (self.tr("the centre, shorter side to the input's"), "crop"),
            (self.tr("the centre, shorter side to 256"), "crop:256"),
            (self.tr("padded with black"), "letterbox:0"),
            (self.tr("padded with grey"), "letterbox:114"),
        )
        interpolations = [(proposed, None), *((name, name) for name in INTERPOLATIONS)]
        ranges = [(self.tr("range as proposed"), None), *((name, name) for name in RANGES)]
        for box, entries in (
            (self.geometry_box, geometries),
            (self.interpolation, interpolations),
            (self.range, ranges),
        ):
            with QSignalBlocker(box):
                box.clear()
                for words, data in entries:
                    box.addItem(words, data)
        for check in (self.bgr, self.antialias):
            with QSignalBlocker(check):
                check.setCheckState(Qt.CheckState.PartiallyChecked)
        with QSignalBlocker(self.share):
            self.share.setValue(0)
        for line in (self.mean, self.std):
            with QSignalBlocker(line):
                line.clear()
        self.table.start(foreign.presets)

    def _take_range(self) -> None:
        """Use a range in place of mean and std."""
        if self.range.currentData() is not None:
            for line in (self.mean, self.std):
                line.clear()
        self.changed.emit()

    def _three_states(self, form: QWidget, words: str) -> QCheckBox:
        """Make a check box whose third state leaves the matter to preset and file."""
        box = QCheckBox(words, form)
        box.setTristate(True)
        box.setCheckState(Qt.CheckState.PartiallyChecked)
        box.setToolTip(self.tr("Filled: as proposed"))
        box.stateChanged.connect(lambda _: self.changed.emit())
        return box


def choice_box(parent: QWidget, name: str, changed: Callable[[], object]) -> QComboBox:
    """Make a list of choices that takes the room there is."""
    box = QComboBox(parent)
    box.setAccessibleName(name)
    box.setAccessibleDescription(name)
    box.setToolTip(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    box.currentIndexChanged.connect(lambda _: changed())
    return box


def side_by_side(*controls: QWidget, stretched: QWidget | None = None) -> QHBoxLayout:
    """Put controls into a row whose width they share, or `stretched` takes the rest."""
    row = QHBoxLayout()
    for control in controls:
        row.addWidget(control, 1 if stretched in (None, control) else 0)
    return row


def _state(box: QCheckBox) -> bool | None:
    """Return the answer of a box of three states."""
    state = box.checkState()
    return None if state == Qt.CheckState.PartiallyChecked else state == Qt.CheckState.Checked


def three_numbers(text: str) -> Three | None:
    """Three numbers, or one for all channels; None for any other text."""
    try:
        found = [float(part) for part in text.replace(",", " ").replace(";", " ").split()]
    except ValueError:
        return None
    if len(found) == 1:
        found *= 3
    return (found[0], found[1], found[2]) if len(found) == 3 else None
