"""Image, heatmap and overlay in one widget with a common zoom and marked spot."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from ..common.number_format import number
from ..common.panel import Panel
from ..session.rendering import BrushDisc, LoadedImage, RenderedMaps
from . import painting
from .mipmap import MipmapPixmap
from .panel_layout import CAPTION_HEIGHT, FOOTER_HEIGHT, bar_panel, panel_rects
from .zoom import Zoom

WHEEL_STEP = 1.25
"""Zoom factor per notch (120 eighths of a degree) of the wheel."""


class PanelsView(QWidget):
    """Shows an image and its drawing, or a notice."""

    hovered = Signal(object)
    """The evidence at the cursor, 0 to 1; None if it is not over an explained image."""
    brushed = Signal(QPointF, bool)
    """A point of the image touched by the brush, and whether a stroke begins with it."""
    clicked = Signal(QPointF)
    """A point of the image that was clicked, or marked and confirmed by Enter."""
    zoom_changed = Signal(Zoom)
    spot_marked = Signal(object)
    """The point of the image at the cursor, or None."""
    chosen_changed = Signal(object)
    """The panels to show, as a tuple."""
    stepped = Signal(int)
    """The mouse requested another image: 1 forward, -1 back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(240, 160)
        self.setAccessibleName(self.tr("Image, heatmap and overlay"))
        self.zoom = Zoom()
        self.chosen = tuple(Panel)
        """The panels to show, in display order."""
        self._explaining = True
        self.evidence: float | None = None
        self._unseen = False
        self.image: LoadedImage | None = None
        """The displayed image, explained or not."""
        self._drawing: RenderedMaps | None = None
        self._pixmaps: list[MipmapPixmap] = []
        self._shown = ""
        self._notice = ("", "")
        self._spot: QPointF | None = None
        self._hovered_panel: Panel | None = None
        self._covered: list[BrushDisc] = []
        self.wheel_browses = False
        """Whether the wheel goes through the images; with Ctrl it zooms."""
        self.brushing = False
        self._brushed: Panel | None = None
        """The panel that the brush is in."""
        """Whether mouse and Space cover instead of panning."""
        self._title = ""
        self._painters: list[Callable[[QPainter, Panel, QPointF], None]] = []

    def add_painter(self, paint: Callable[[QPainter, Panel, QPointF], None]) -> None:
        """Paint on panels; called with the painter, each panel and its top left corner."""
        self._painters.append(paint)

    @property
    def alone(self) -> Panel | None:
        """The only panel to show, or None if there are several."""
        return self.chosen[0] if len(self.chosen) == 1 else None

    @property
    def drawing(self) -> RenderedMaps | None:
        """The displayed drawing; None if the image is not explained."""
        return self._drawing

    @property
    def notice(self) -> tuple[str, str]:
        """Title and text shown instead of an image; empty if there is one."""
        return self._notice

    def show_image(self, image: LoadedImage) -> None:
        """Show an image without explanation."""
        self.image, self._drawing, self._notice = image, None, ("", "")
        self._pixmaps = [MipmapPixmap.from_images(image.levels)]
        self._show_size(image)

    def show_drawing(self, drawing: RenderedMaps, shown: str) -> None:
        """Show an explained image; `shown` says what the heatmap shows."""
        if drawing.image is not self.image or not self._pixmaps:
            self._pixmaps = [MipmapPixmap.from_images(drawing.image.levels)]
        self._pixmaps = [
            self._pixmaps[0],
            MipmapPixmap.from_images(drawing.heatmap),
            MipmapPixmap.from_images(drawing.overlay),
        ]
        self.image, self._drawing, self._notice = drawing.image, drawing, ("", "")
        self._shown = shown
        self._show_size(drawing.image)

    def show_notice(self, title: str, text: str) -> None:
        """Show a text instead of an image."""
        self.image, self._drawing, self._pixmaps = None, None, []
        self._notice = (title, text)
        self._set_spot(None, None)
        self.setAccessibleDescription(f"{title}. {text}")
        self.update()

    def clear(self) -> None:
        """Show nothing, and free the images."""
        self.image, self._drawing, self._pixmaps = None, None, []
        self._notice, self._title = ("", ""), ""
        self.update()

    def show_alone(self, panel: Panel | None) -> None:
        """Show a single panel; the same one again, or None, shows all."""
        self.show_panels(tuple(Panel) if panel is None or panel == self.alone else (panel,))

    def show_pair(self) -> None:
        """Show image and overlay, larger than all three; again, all."""
        pair = (Panel.IMAGE, Panel.OVERLAY)
        self.show_panels(tuple(Panel) if self.chosen == pair else pair)

    def show_panels(self, chosen: tuple[Panel, ...]) -> None:
        """Show these panels."""
        self.chosen = chosen
        self._set_spot(None, None)
        self._lay_out()
        self.chosen_changed.emit(chosen)

    def set_explaining(self, explaining: bool) -> None:
        """Set whether there is a model; without one, only the image is shown."""
        self._explaining = explaining
        self._lay_out()

    def fit(self) -> None:
        """Show the whole image."""
        self.zoom.fit()
        self._emit_zoom()

    def show_actual_size(self) -> None:
        """Show the image at 100 %, centred on the marked spot, if any."""
        if self.image is not None:
            self.zoom.show_at(self._middle(), 1 / self._pixels())
            self._emit_zoom()

    def zoom_by(self, factor: float) -> None:
        """Zoom by a factor around the marked spot, or the centre."""
        if self.image is not None:
            self.zoom_at(self._middle(), factor)

    def zoom_at(self, point: QPointF, factor: float) -> None:
        """Zoom by a factor, keeping the image's point at `point` in place."""
        self.zoom.zoom_at(point, factor)
        self._emit_zoom()

    def pan(self, delta: QPointF) -> None:
        """Pan by `delta` panel pixels."""
        self.zoom.pan(delta)
        self._emit_zoom()

    def move_spot(self, delta: QPointF) -> None:
        """Move the marked spot by `delta` panel pixels; it starts in the centre."""
        if self.image is None:
            return
        shown = list(self.panel_rects())
        panel = Panel.HEATMAP if self._hovered_panel not in shown else self._hovered_panel
        size = self.image.levels[0].size()
        spot = QPointF(size.width() / 2, size.height() / 2)
        if self._spot is not None:
            spot = self._spot + delta / self.zoom.scale
        inside = QPointF(min(max(spot.x(), 0), size.width() - 1), min(max(spot.y(), 0), size.height() - 1))
        self._set_spot(panel if panel in shown else shown[0], inside)

    def mark_at(self, position: QPointF) -> None:
        """Mark the spot at a position of the widget, in all panels."""
        place = self.panel_at(position)
        spot = self.zoom.to_image(place[1]) if place else None
        size = QRectF(QPointF(), self.image.levels[0].size()) if self.image else QRectF()
        inside = spot is not None and size.contains(spot)
        self._set_spot(place[0] if place and inside else None, spot if inside else None)

    def unmark(self) -> None:
        """Remove the marked spot."""
        self._set_spot(None, None)

    def click_at(self, position: QPointF) -> None:
        """Click the image at a position of the widget, unless the brush is on."""
        place = self.panel_at(position)
        if place is None or self.image is None or self.brushing:
            return
        spot = self.zoom.to_image(place[1])
        if QRectF(QPointF(), QSizeF(self.image.levels[0].size())).contains(spot):
            self.clicked.emit(spot)

    def click_spot(self) -> None:
        """Click the marked spot."""
        if self._spot is not None and not self.brushing:
            self.clicked.emit(self._spot)

    def brush_spot(self) -> None:
        """Cover the marked spot."""
        if self._spot is not None:
            self.brushed.emit(self._spot, True)

    def brush_at(self, position: QPointF, *, begins: bool) -> None:
        """Cover a point of the widget, and the way to it within its panel.

        `begins`: whether a stroke begins here, as it does wherever the brush enters a panel.
        """
        place = self.panel_at(position)
        entered = place is not None and place[0] is not self._brushed
        self._brushed = None if place is None else place[0]
        if place is not None:
            self.brushed.emit(self.zoom.to_image(place[1]), begins or entered)

    def show_cursor(self) -> None:
        """Set the cursor of the brush, or the default one."""
        self.setCursor(Qt.CursorShape.CrossCursor if self.brushing else Qt.CursorShape.ArrowCursor)

    def follow_zoom(self, zoom: Zoom) -> None:
        """Show the same part of the image as another view."""
        self.zoom.follow(zoom)
        self.update()

    def mark_spot(self, spot: QPointF | None) -> None:
        """Mark the spot at the cursor in another view of the same image."""
        self._hovered_panel, self._spot = None, spot
        self._measure()
        self.update()

    def set_title(self, title: str) -> None:
        """Set the title above the image, which names the model in comparisons."""
        self._title = title
        self.update()

    def set_brushing(self, brushing: bool) -> None:
        """Let the mouse brush instead of panning."""
        self.brushing = brushing
        self.show_cursor()
        self.update()

    def show_covered(self, spots: list[BrushDisc]) -> None:
        """Show covered discs."""
        self._covered = spots
        self.update()

    def panel_rects(self) -> dict[Panel, QRectF]:
        """Return the rectangle of each visible panel, without caption and footer."""
        shown = list(self.chosen)
        if not self._explaining:
            shown = [Panel.IMAGE]
        return panel_rects(QRectF(self.rect()), shown)

    def _show_size(self, image: LoadedImage) -> None:
        self.setAccessibleDescription(image.path.name)
        self.zoom.set_image(QSizeF(image.levels[0].size()))
        self._lay_out()
        self._measure()

    def _middle(self) -> QPointF:
        """Centre of zooming: the marked spot, or the centre of the panel."""
        if self._spot is not None:
            return self.zoom.to_panel(self._spot)
        return QRectF(QPointF(), next(iter(self.panel_rects().values())).size()).center()

    def _pixels(self) -> float:
        """Screen pixels per pixel of the image file at zoom scale 1."""
        if self.image is None:
            return 1.0
        width: int = self.image.pixels.shape[1]
        return self.devicePixelRatioF() * self.image.levels[0].width() / width

    def _lay_out(self) -> None:
        self.zoom.set_panel(next(iter(self.panel_rects().values())).size())
        self.update()

    def _set_spot(self, panel: Panel | None, spot: QPointF | None) -> None:
        self._hovered_panel, self._spot = panel, spot
        self._measure()
        self.spot_marked.emit(spot)
        self.update()

    def _measure(self) -> None:
        """Read the evidence at the marked spot from the scaled map."""
        evidence, self._unseen = None, False
        if self._drawing is not None and self._spot is not None:
            height, width = self._drawing.evidence.shape
            size = self._drawing.image.levels[0].size()  # the evidence of a draft is smaller
            column = math.floor(self._spot.x() * width / size.width())
            row = math.floor(self._spot.y() * height / size.height())
            if 0 <= row < height and 0 <= column < width:
                seen = self._drawing.seen
                self._unseen = seen is not None and not (
                    seen[0].start <= row < seen[0].stop and seen[1].start <= column < seen[1].stop
                )
                evidence = None if self._unseen else float(self._drawing.evidence[row, column])
        if evidence != self.evidence:
            self.evidence = evidence
            self.hovered.emit(evidence)

    def panel_at(self, position: QPointF) -> tuple[Panel, QPointF] | None:
        """Return the panel at a position of the widget, and the position in it."""
        for panel, rect in self.panel_rects().items():
            if rect.contains(position):
                return panel, position - rect.topLeft()
        return None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the visible panels, or the notice."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.palette().color(QPalette.ColorRole.Window))
        if self.image is None:
            painting.draw_notice(painter, QRectF(self.rect()), self.palette(), *self._notice)
            return
        rects = self.panel_rects()
        for panel, rect in rects.items():
            if panel < len(self._pixmaps):
                self._paint_panel(painter, panel, rect)
        self._paint_captions(painter, rects)

    def _paint_captions(self, painter: QPainter, rects: dict[Panel, QRectF]) -> None:
        """Draw a caption above each panel, or the model's title above all of them."""
        words = {
            Panel.IMAGE: self._image_caption(),
            Panel.HEATMAP: self.tr("Heatmap"),
            Panel.OVERLAY: self.tr("Overlay"),
        }
        first, last = next(iter(rects)), next(reversed(rects))
        if self._title and not self.brushing:
            captions = {first: self._visible(rects[first]).united(self._visible(rects[last]))}
            words[first] = self._title
        else:
            captions = {panel: self._visible(rect) for panel, rect in rects.items()}
        if not self.zoom.fitted:
            words[first] += f"  {100 * self.zoom.scale * self._pixels():.0f} %"
        for panel, below in captions.items():
            if panel < len(self._pixmaps):
                above = QRectF(below.left(), below.top() - CAPTION_HEIGHT, below.width(), CAPTION_HEIGHT)
                painting.draw_caption(painter, above, self.palette(), words[panel])

    def _visible(self, rect: QRectF) -> QRectF:
        """Return the part of a panel covered by the image."""
        return self.zoom.image_rect().translated(rect.topLeft()).intersected(rect)

    def _paint_panel(self, painter: QPainter, panel: Panel, rect: QRectF) -> None:
        image_rect, visible = self.zoom.image_rect().translated(rect.topLeft()), self._visible(rect)
        painter.save()
        painter.setClipRect(rect)
        self._pixmaps[panel].draw(painter, image_rect, self.devicePixelRatioF())
        for paint in self._painters:
            paint(painter, panel, rect.topLeft())
        painting.draw_covered(painter, self._covered, self.zoom, rect.topLeft())
        if self._spot is not None:
            painting.draw_spot(painter, rect.topLeft() + self.zoom.to_panel(self._spot))
        painter.restore()
        if self.hasFocus() and self.alone is None:
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1))
            painter.drawRect(visible.adjusted(-0.5, -0.5, 0.5, 0.5))
        below = QRectF(visible.left(), visible.bottom(), visible.width(), FOOTER_HEIGHT)
        if self._drawing is not None and panel == bar_panel(list(self.panel_rects())):
            painting.draw_colour_bar(
                painter, below, self.palette(), self._drawing, self._shown, self.evidence
            )
        if panel == self._hovered_panel and self._spot is not None:
            point = rect.topLeft() + self.zoom.to_panel(self._spot)
            if self.evidence is not None:
                painting.draw_value(painter, point, rect, self.palette(), number(self.evidence, 2))
            elif self._unseen:
                painting.draw_value(painter, point, rect, self.palette(), self.tr("not seen by the model"))

    def _image_caption(self) -> str:
        if self.brushing:
            return self.tr("Paint over the image to hide parts. Esc: done")
        return self.tr("Image")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the centre of the image centred."""
        super().resizeEvent(event)
        self._lay_out()

    def _emit_zoom(self) -> None:
        self.update()
        self.zoom_changed.emit(self.zoom)
