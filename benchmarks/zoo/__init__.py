"""Gradients of many architectures against autograd in float64 (`python -m benchmarks.zoo`)."""
