"""Data sets, their split, their statistics, and the image cache that training reads."""
