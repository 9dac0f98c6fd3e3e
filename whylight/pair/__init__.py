"""A model's two ONNX graphs and its card: building, reading and writing them."""
