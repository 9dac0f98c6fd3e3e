"""Detectors: found boxes, and scores that keep the place they come from."""
