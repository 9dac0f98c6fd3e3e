"""Differentiation rules, grouped by kind of operator. Importing fills the table."""

from __future__ import annotations

from whylight.autodiff.rules import (
    activations,
    arithmetic,
    convolution,
    elementwise,
    fourier,
    indexing,
    linear,
    normalization,
    pooling,
    quantization,
    recurrent,
    reductions,
    resizing,
    sampling,
    shape,
    slicing,
)

__all__ = [
    "activations",
    "arithmetic",
    "convolution",
    "elementwise",
    "fourier",
    "indexing",
    "linear",
    "normalization",
    "pooling",
    "quantization",
    "recurrent",
    "reductions",
    "resizing",
    "sampling",
    "shape",
    "slicing",
]
