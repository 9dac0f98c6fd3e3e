"""Reverse-mode differentiation of ONNX graphs, by a table of operator rules."""

from __future__ import annotations

from whylight.autodiff import rules as _rules  # noqa: F401  (fills the table)
from whylight.autodiff.registry import RULES, Rule, rule
from whylight.autodiff.reverse import Differentiated, differentiate

__all__ = ["RULES", "Differentiated", "Rule", "differentiate", "rule"]
