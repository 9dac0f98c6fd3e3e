"""Heatmaps, overlays and their colour scales."""
