"""ONNX Runtime sessions: providers, threads, 8-bit arithmetic, weights handed over in memory."""
