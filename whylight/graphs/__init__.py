"""Reading, building, editing and cutting ONNX graphs."""
