"""The trainer: the report's networks, data, recipes and training loop, in PyTorch."""
