"""Collections of images of any size: sources, results on disk, resuming, tables."""
