"""References that images are compared with, and the maps of both."""
