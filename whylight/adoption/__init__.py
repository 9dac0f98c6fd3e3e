"""Adoption: somebody else's ONNX classifier becomes a pair with exact gradients."""

from __future__ import annotations

from whylight.adoption.adopt import adopt
from whylight.adoption.prepare import PreparedModel, prepare

__all__ = ["PreparedModel", "adopt", "prepare"]
