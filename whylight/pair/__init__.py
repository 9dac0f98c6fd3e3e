"""Build, read and write a model's two ONNX graphs and its card."""
