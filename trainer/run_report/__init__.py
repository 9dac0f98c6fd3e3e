"""Metrics, figures and HTML page of a run."""
