"""From a training run to a pair of ONNX graphs, verified before anything is replaced."""
