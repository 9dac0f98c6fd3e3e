"""Boxes of a detector: drawn on the panels, listed, and asked about."""
