"""Open, paste, drop, copy and reveal files."""
