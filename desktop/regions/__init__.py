"""Regions and letters of a segmenter: drawn, listed, and asked about."""
