"""Training loop: steps, evaluation, weight averaging and checkpoints."""
