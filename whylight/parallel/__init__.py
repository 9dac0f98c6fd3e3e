"""Explanations of many images or several layers in parallel."""
