"""Similarity: embeddings compared with those of other images and of texts."""
