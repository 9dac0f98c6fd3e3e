"""Verdict on a map, and charts of the measurements behind it, updated meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from ..common.number_format import number
from ..session.question import Kind, Question
from ..widgets.colours import accent, mixed, muted
from .map_test import (
    OWN,
    Measured,
    Measurements,
    Rival,
    Verdict,
    deletions,
    insertions,
    is_contradicted,
    roads,
    verdict_of,
)

if TYPE_CHECKING:
    from whylight.faithfulness import Curve

STRIP_HEIGHT, CURVES_HEIGHT, GAP = 26, 104, 10

STYLES = {
    Rival.OWN: Qt.PenStyle.SolidLine,
    Rival.BLOB: Qt.PenStyle.DashLine,
    Rival.EDGES: Qt.PenStyle.DotLine,
}
"""Lines of single maps; the random ones are a band."""


class MapTestChart(QWidget):
    """ROAD as points on a line, insertion and deletion as curves, and a legend."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.measurements: Measurements = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Measurements of the map"))

    def sizeHint(self) -> QSize:
        """Return the size of all charts and the legend."""
        line = self.fontMetrics().height()
        return QSize(230, 4 * line + STRIP_HEIGHT + 4 * line + 2 * CURVES_HEIGHT + 6 * line + 5 * GAP)

    def minimumSizeHint(self) -> QSize:
        """Return the size needed; the width may be smaller."""
        return QSize(150, self.sizeHint().height())

    def show_measurements(self, measurements: Measurements) -> None:
        """Draw these measurements."""
        self.measurements = measurements
        self.setVisible(bool(measurements))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the legend, ROAD, insertion and deletion, one below the other."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self.fontMetrics().height()
        top = self._paint_legend(painter)
        top = self._title(painter, top, self.tr("ROAD: right is better"))
        self._paint_strip(painter, QRectF(4, top, self.width() - 8, STRIP_HEIGHT))
        top += STRIP_HEIGHT + line + GAP
        for title, x_label, curve_of in (
            (
                self.tr("Insertion: higher is better"),
                self.tr("of the image shown"),
                lambda found: found.insertion,
            ),
            (
                self.tr("Deletion: lower is better"),
                self.tr("of the image covered"),
                lambda found: found.deletion,
            ),
        ):
            top = self._title(painter, top, title)
            left = self.fontMetrics().horizontalAdvance("-100 %") + 5
            top += line / 2  # the upper figure of the axis reaches above the chart
            rect = QRectF(left, top, self.width() - left - 8, CURVES_HEIGHT)
            self._paint_curves(painter, rect, curve_of, x_label)
            top += CURVES_HEIGHT + line + GAP

    def _paint_legend(self, painter: QPainter) -> float:
        line = self.fontMetrics().height()
        names = {
            Rival.OWN: self.tr("this map"),
            Rival.RANDOM: self.tr("random maps"),
            Rival.BLOB: self.tr("blob in the middle"),
            Rival.EDGES: self.tr("edges of the image"),
        }
        for place, (rival, name) in enumerate(names.items()):
            left, middle = 0.0, (place + 0.5) * line
            if rival is Rival.RANDOM:
                painter.fillRect(QRectF(left + 2, middle - 4, 20, 8), self._band_colour())
            else:
                painter.setPen(self._pen(rival))
                painter.drawLine(QPointF(left + 2, middle), QPointF(left + 22, middle))
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            room = QRectF(left + 28, middle - line / 2, self.width() - 30, line)
            elided = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, round(room.width()))
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, elided)
        return 4 * line + GAP

    def _title(self, painter: QPainter, top: float, text: str) -> float:
        line = self.fontMetrics().height()
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        elided = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(QRectF(0, top, self.width(), line), Qt.AlignmentFlag.AlignVCenter, elided)
        return top + line + 2

    def _paint_strip(self, painter: QPainter, rect: QRectF) -> None:
        values = roads(self.measurements)
        largest = max([0.05, *(abs(value) for value in values.values())])
        line = self.fontMetrics().height()

        def x(value: float) -> float:
            return rect.left() + (value / largest + 1) / 2 * rect.width()

        painter.setPen(QPen(muted(self.palette()), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.drawLine(QPointF(x(0), rect.top()), QPointF(x(0), rect.bottom()))
        for value, flag in (
            (-largest, Qt.AlignmentFlag.AlignLeft),
            (0.0, Qt.AlignmentFlag.AlignHCenter),
            (largest, Qt.AlignmentFlag.AlignRight),
        ):
            under = QRectF(rect.left(), rect.bottom() + 1, rect.width(), line)
            painter.drawText(under, flag | Qt.AlignmentFlag.AlignTop, number(value, 2 if value else 0))
        random = [x(value) for (rival, _), value in values.items() if rival is Rival.RANDOM]
        if random:
            left, right = min(random), max(random)
            band = QRectF(left - 1, rect.top() + 3, right - left + 2, rect.height() - 4)
            painter.fillRect(band, self._band_colour())
        for (rival, _), value in values.items():
            if rival is not Rival.RANDOM:
                painter.setPen(self._pen(rival))
                painter.drawLine(QPointF(x(value), rect.top()), QPointF(x(value), rect.bottom()))

    def _paint_curves(
        self, painter: QPainter, rect: QRectF, curve_of: Callable[[Measured], Curve | None], x_label: str
    ) -> None:
        curves = {
            key: curve for key, found in self.measurements.items() if (curve := curve_of(found)) is not None
        }
        lowest = min([0.0, *(float(curve.probabilities.min()) for curve in curves.values())])
        highest = max([1.0, *(float(curve.probabilities.max()) for curve in curves.values())])
        lowest = -1.0 if lowest < 0 and highest <= 1 else lowest
        self._paint_axes(painter, rect, lowest, highest, x_label)

        def point(fraction: float, value: float) -> QPointF:
            share = (value - lowest) / (highest - lowest)
            return QPointF(rect.left() + fraction * rect.width(), rect.bottom() - share * rect.height())

        random = [curve for (rival, _), curve in curves.items() if rival is Rival.RANDOM and curve.complete]
        if random:
            values = np.stack([curve.probabilities for curve in random])
            upper, lower, fractions = values.max(axis=0), values.min(axis=0), random[0].fractions
            outline = [point(float(f), float(v)) for f, v in zip(fractions, upper, strict=True)]
            outline += [point(float(f), float(v)) for f, v in zip(fractions[::-1], lower[::-1], strict=True)]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._band_colour())
            painter.drawPolygon(QPolygonF(outline))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        for (rival, _), curve in sorted(curves.items(), key=lambda item: item[0][0] is Rival.OWN):
            if rival is not Rival.RANDOM:
                painter.setPen(self._pen(rival))
                pairs = zip(curve.fractions, curve.probabilities, strict=True)
                painter.drawPolyline(QPolygonF([point(float(f), float(v)) for f, v in pairs]))

    def _paint_axes(
        self, painter: QPainter, rect: QRectF, lowest: float, highest: float, x_label: str
    ) -> None:
        line = self.fontMetrics().height()
        painter.setPen(QPen(muted(self.palette()), 1))
        painter.drawLine(rect.topLeft(), rect.bottomLeft())
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        for value, y in ((highest, rect.top()), (lowest, rect.bottom())):
            words = f"{number(100 * value)} %" if highest <= 1 else number(value, 1)
            room = QRectF(0, y - line / 2, rect.left() - 3, line)
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        under = QRectF(rect.left(), rect.bottom() + 1, rect.width(), line)
        painter.drawText(under, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(under, Qt.AlignmentFlag.AlignRight, "100 %")
        painter.drawText(under, Qt.AlignmentFlag.AlignHCenter, x_label)

    def _pen(self, rival: Rival) -> QPen:
        palette = self.palette()
        colour = accent(palette) if rival is Rival.OWN else palette.color(QPalette.ColorRole.WindowText)
        return QPen(colour, 3 if rival is Rival.OWN else 1.5, STYLES[rival])

    def _band_colour(self) -> QColor:
        palette = self.palette()
        text, ground = palette.color(QPalette.ColorRole.WindowText), palette.color(QPalette.ColorRole.Window)
        return mixed(text, ground, 0.7)


class FaithfulnessView(QWidget):
    """A button, the verdict in a sentence, and the charts behind it."""

    asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._question: Question | None = None
        self._classes: tuple[str, ...] = ()
        self.button = QPushButton(self.tr("Test this map"), self)
        self.button.setToolTip(
            self.tr(
                "Cover the image step by step, most important places first, and see what the model says (D)"
            )
        )
        self.button.setEnabled(False)
        self.chart = MapTestChart(self)
        self.words = QLabel(self)
        self.values = QLabel(self)
        for label in (self.words, self.values):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        body = QWidget(self)
        column = QVBoxLayout(body)
        column.setContentsMargins(10, 8, 10, 8)
        for widget in (self.button, self.words, self.chart, self.values):
            column.addWidget(widget)
        column.addStretch(1)
        self.area = QScrollArea(self)
        self.area.setWidget(body)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.area)
        self.button.clicked.connect(self.asked)
        self.clear()

    def enable(self, enabled: bool) -> None:
        """Set whether there is a map to test."""
        self.button.setEnabled(enabled)

    def clear(self) -> None:
        """Show that this map has not been tested."""
        self.chart.show_measurements({})
        self.values.clear()
        self.values.hide()
        self.words.setText(
            self.tr(
                "If the map is right, covering the marked places changes the answer quickly, and showing "
                "only them brings it back quickly: faster than with maps that know nothing of the model."
            )
        )

    def begin(self, question: Question, classes: tuple[str, ...]) -> None:
        """Set the question that the tested map answers."""
        self._question, self._classes = question, classes

    def show_measurements(self, measurements: Measurements) -> None:
        """Show what is measured so far, and the verdict once it is known."""
        self.chart.show_measurements(measurements)
        verdict = verdict_of(measurements)
        words = self.tr("Measuring…") if verdict is None else self._verdict_words(verdict)
        if verdict in (Verdict.GOOD, Verdict.NO_BETTER_THAN_BLIND) and is_contradicted(measurements):
            words += " " + self.tr(
                "Deletion, which covers everything with one colour, does not show it: such images are unlike "
                "any that a model has learned from, and the verdict leaves them out."
            )
        self.words.setText(words)
        lines = [
            self._values_line(name, values)
            for name, values in (
                (self.tr("ROAD"), roads(measurements)),
                (self.tr("Insertion"), insertions(measurements)),
                (self.tr("Deletion"), deletions(measurements)),
            )
            if OWN in values and any(rival is Rival.RANDOM for rival, _ in values)
        ]
        self.values.setText("\n".join(lines))
        self.values.setVisible(bool(lines))
        self.chart.setAccessibleDescription("\n".join([self.words.text(), *lines]))

    def _values_line(self, name: str, values: Mapping[tuple[Rival, int], float]) -> str:
        random = [value for (rival, _), value in values.items() if rival is Rival.RANDOM]
        words = self.tr("{name}: {own}; random maps {lowest} to {highest}")
        return words.format(
            name=name,
            own=number(values[OWN], 2),
            lowest=number(min(random), 2),
            highest=number(max(random), 2),
        )

    def _verdict_words(self, verdict: Verdict) -> str:
        effect = self._effect()
        return {
            Verdict.GOOD: self.tr(
                "Covering the marked places {effect} faster than covering places at random, the middle or "
                "the edges: this map marks places that count for the model."
            ),
            Verdict.NO_BETTER_THAN_BLIND: self.tr(
                "Covering the marked places {effect} faster than covering places at random, but the middle "
                "or the edges of the image do as well: this map need not say more than where the object is."
            ),
            Verdict.MIXED: self.tr(
                "Covering the marked places {effect} hardly faster than covering places at random, or by "
                "only one of the two measures: do not rely on this map by itself."
            ),
            Verdict.BAD: self.tr(
                "Covering and showing the marked places, taken together, {effect} no faster than places at "
                "random: do not rely on this map."
            ),
            Verdict.FLAT: self.tr(
                "Whatever is covered, the answer hardly changes: this test says nothing about the map."
            ),
        }[verdict].format(effect=effect)

    def _effect(self) -> str:
        """Return what covering evidence does: `lowers airplanes`, `raises airplanes`, ..."""
        question = self._question
        if question is None:
            return ""
        name = self._classes[question.class_index]
        if question.kind is Kind.AGAINST:
            return self.tr("raises {name}").format(name=name)
        if question.kind is Kind.RATHER and question.other is not None:
            words = self.tr("lowers the lead of {name} over {other}")
            return words.format(name=name, other=self._classes[question.other])
        return self.tr("lowers {name}").format(name=name)
