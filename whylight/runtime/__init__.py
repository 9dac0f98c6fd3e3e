"""ONNX Runtime sessions: providers, threads, 8-bit arithmetic and weights."""
