"""ONNX Runtime sessions, inference on the pair's graphs, and dynamic batching."""
