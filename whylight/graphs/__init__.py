"""Read, build, edit and cut ONNX graphs."""
