"""Finding the layers of a network that can be explained, and retargeting a pair to another."""
