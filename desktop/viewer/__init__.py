"""The panels image, heatmap and overlay: painting, zoom, mouse and keyboard."""
