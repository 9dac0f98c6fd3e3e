"""Decoding, encoding and listing image files."""
