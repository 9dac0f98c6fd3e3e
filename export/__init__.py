"""From a PyTorch classifier to a pair of ONNX graphs, verified before anything is replaced."""

from __future__ import annotations

PRECISIONS = ("fp32", "int8", "fp16")
"""Of the trunk: single precision, 8 bits for CPUs, half precision for GPUs. The tail is always single."""
