"""Regions of a segmenter and letters of a line of text: drawn, listed, and asked about."""
