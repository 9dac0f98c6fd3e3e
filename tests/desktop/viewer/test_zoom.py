"""The zoom's arithmetic, checked against numbers worked out by hand."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF

from desktop.viewer.zoom import MAX_SCALE, Zoom


@pytest.fixture
def zoom() -> Zoom:
    """An image of 200 x 100 in a panel of 100 x 100: fitted at half size, 25 from the top."""
    zoom = Zoom()
    zoom.set_image(QSizeF(200, 100))
    zoom.set_panel(QSizeF(100, 100))
    return zoom


def test_fits_and_centres(zoom):
    assert zoom.fitted
    assert zoom.scale == 0.5
    assert zoom.image_rect() == QRectF(0, 25, 100, 50)
    assert zoom.to_image(QPointF(50, 25)) == QPointF(100, 0)
    assert zoom.to_panel(QPointF(200, 100)) == QPointF(100, 75)


def test_small_images_are_enlarged_to_fit(zoom):
    zoom.set_image(QSizeF(10, 20))
    assert zoom.scale == 5
    assert zoom.image_rect() == QRectF(25, 0, 50, 100)


def test_zooms_at_the_cursor(zoom):
    spot = zoom.to_image(QPointF(30, 60))
    zoom.zoom_at(QPointF(30, 60), 4)
    assert zoom.scale == 2
    assert not zoom.fitted
    assert zoom.to_panel(spot) == QPointF(30, 60)


def test_pans_no_further_than_the_images_edges(zoom):
    zoom.zoom_at(QPointF(50, 50), 4)
    assert zoom.image_rect() == QRectF(-150, -50, 400, 200)
    zoom.pan(QPointF(10, -20))
    assert zoom.image_rect() == QRectF(-140, -70, 400, 200)
    zoom.pan(QPointF(1000, -1000))
    assert zoom.image_rect() == QRectF(0, -100, 400, 200)


def test_a_side_smaller_than_the_panel_stays_centred(zoom):
    zoom.zoom_at(QPointF(0, 0), 1.5)
    assert zoom.image_rect() == QRectF(0, 12.5, 150, 75)
    zoom.pan(QPointF(-20, 30))
    assert zoom.image_rect() == QRectF(-20, 12.5, 150, 75)


def test_zooming_out_ends_fitted_and_zooming_in_has_a_limit(zoom):
    zoom.zoom_at(QPointF(50, 50), 1e6)
    assert zoom.scale == MAX_SCALE
    zoom.zoom_at(QPointF(50, 50), 1e-9)
    assert zoom.fitted
    assert zoom.scale == 0.5


def test_only_a_image_of_another_size_resets_the_zoom(zoom):
    zoom.zoom_at(QPointF(50, 50), 4)
    zoom.set_image(QSizeF(200, 100))
    assert zoom.scale == 2
    zoom.set_image(QSizeF(100, 200))
    assert zoom.fitted


def test_a_larger_panel_refits_or_keeps_the_middle(zoom):
    zoom.set_panel(QSizeF(400, 400))
    assert zoom.scale == 2
    zoom.zoom_at(QPointF(200, 200), 2)
    middle = zoom.to_image(QPointF(200, 200))
    zoom.set_panel(QSizeF(300, 500))
    assert zoom.scale == 4
    assert zoom.to_image(QPointF(150, 250)) == middle
