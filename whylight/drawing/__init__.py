"""Heatmaps, overlays and their color scales."""
