"""Train the report's networks in PyTorch: data, recipes and the training loop."""
