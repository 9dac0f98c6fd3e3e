"""Benchmarks: one script per published figure, with ratios within one run."""
