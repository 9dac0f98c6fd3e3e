"""Faithfulness curves and the occlusion brush."""
