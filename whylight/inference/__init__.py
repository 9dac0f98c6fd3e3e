"""Open a pair, run its two graphs, and batch concurrent requests."""
