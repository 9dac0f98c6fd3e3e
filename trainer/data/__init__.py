"""Data sets, splits, statistics, augmentation and the image cache."""
