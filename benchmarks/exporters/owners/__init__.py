"""One module for each exporter.

Each needs its own packages, and none needs Whylight.
"""
