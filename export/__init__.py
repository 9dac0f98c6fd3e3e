"""Export a PyTorch classifier as a verified pair of ONNX graphs."""

from __future__ import annotations

PRECISIONS = ("fp32", "int8", "fp16")
"""Precisions of the backbone: fp32, int8 for CPUs, fp16 for GPUs. The tail is always fp32."""
