"""Adoption: somebody else's ONNX classifier becomes a pair with exact gradients."""

from __future__ import annotations

from explain.adoption.adopting import adopt
from explain.adoption.preparing import Network, prepare

__all__ = ["Network", "adopt", "prepare"]
