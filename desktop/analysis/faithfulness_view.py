"""Charts of the deletion and insertion curves, updated while they are measured."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ..common.number_format import number
from .curves import CurveKey, Lines


class CurvesChart(QWidget):
    """Deletion and insertion side by side: the map's curve solid, a random one dotted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: Lines = {}
        self.setMinimumHeight(110)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Deletion and insertion curves"))

    def sizeHint(self) -> QSize:
        """Return the size of two charts."""
        return QSize(220, 150)

    def show_lines(self, lines: Lines) -> None:
        """Draw these curves."""
        self.lines = lines
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint both charts."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        gap = 16
        width = (self.width() - gap) / 2
        for deletion, left in ((True, 0.0), (False, width + gap)):
            self._paint_chart(painter, QRectF(left, 0, width, self.height()), deletion)

    def _paint_chart(self, painter: QPainter, rect: QRectF, deletion: bool) -> None:
        palette, line_height = self.palette(), self.fontMetrics().height()
        title = self.tr("Deletion") if deletion else self.tr("Insertion")
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, title)
        plot = rect.adjusted(0, line_height + 4, 0, -4)
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Mid), 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        painter.drawLine(plot.bottomLeft(), plot.topLeft())
        for random in (True, False):
            curve = self.lines.get(CurveKey(deletion, random))
            if curve is None:
                continue
            points = [
                QPointF(plot.left() + float(x) * plot.width(), plot.bottom() - float(y) * plot.height())
                for x, y in zip(curve.fractions, curve.probabilities, strict=True)
            ]
            role = QPalette.ColorRole.PlaceholderText if random else QPalette.ColorRole.Highlight
            style = Qt.PenStyle.DotLine if random else Qt.PenStyle.SolidLine
            painter.setPen(QPen(palette.color(role), 2, style))
            painter.drawPolyline(QPolygonF(points))


class FaithfulnessView(QWidget):
    """A button, the charts, and the areas as text."""

    asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QPushButton(self.tr("Measure this map"), self)
        self.button.setToolTip(self.tr("Cover the image and show it again, strongest evidence first (D)"))
        self.button.setEnabled(False)
        self.chart = CurvesChart(self)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setAccessibleName(self.tr("Areas under the curves"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.addWidget(self.button)
        layout.addWidget(self.chart, 1)
        layout.addWidget(self.words)
        self.button.clicked.connect(self.asked)
        self.clear()

    def enable(self, enabled: bool) -> None:
        """Set whether there is a map to measure."""
        self.button.setEnabled(enabled)

    def clear(self) -> None:
        """Show that this map has not been measured."""
        self.chart.show_lines({})
        self.words.setText(
            self.tr(
                "With a faithful map, the probability falls early (deletion) and rises early (insertion)."
            )
        )

    def show_lines(self, lines: Lines) -> None:
        """Show the curves measured so far, and the areas of the finished ones."""
        self.chart.show_lines(lines)
        words = []
        for deletion, text in (
            (True, self.tr("Deletion {own}, random map {random} (lower is better)")),
            (False, self.tr("Insertion {own}, random map {random} (higher is better)")),
        ):
            own, random = lines.get(CurveKey(deletion, False)), lines.get(CurveKey(deletion, True))
            if own is not None and random is not None and own.complete and random.complete:
                words.append(text.format(own=number(own.area, 2), random=number(random.area, 2)))
        self.words.setText("\n".join(words) or self.tr("Measuring…"))
