"""Reverse-mode differentiation of ONNX graphs, by a table of operator rules."""

from __future__ import annotations

from explain.autodiff import rules as _rules  # noqa: F401  (fills the table)
from explain.autodiff.registry import RULES, Rule, rule
from explain.autodiff.reverse import Differentiated, differentiate

__all__ = ["RULES", "Differentiated", "Rule", "differentiate", "rule"]
