"""Adoption: makes a pair with exact gradients of any ONNX classifier."""

from __future__ import annotations

from whylight.adoption.adopt import adopt
from whylight.adoption.prepare import PreparedModel, prepare

__all__ = ["PreparedModel", "adopt", "prepare"]
