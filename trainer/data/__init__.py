"""Data sets, their split, their statistics, and the picture cache that training reads."""
