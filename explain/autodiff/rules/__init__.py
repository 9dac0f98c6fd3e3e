"""One rule an operator, grouped by what the operators do. Importing this fills the table."""

from __future__ import annotations

from explain.autodiff.rules import elementwise, linear, normalization, pooling, shape

__all__ = ["elementwise", "linear", "normalization", "pooling", "shape"]
