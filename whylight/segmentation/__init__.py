"""Segmenters: the class of each place, and scores of a class over a region."""
