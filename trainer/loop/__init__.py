"""The training loop: steps, evaluation, averaging, checkpoints."""
