"""Choosing the layer to explain."""
