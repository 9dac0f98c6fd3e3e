"""Gradients of many architectures compared with autograd in float64.

Run as `python -m benchmarks.zoo`.
"""
