"""Panels (image, heatmap, overlay): painting, zoom, mouse and keyboard."""
