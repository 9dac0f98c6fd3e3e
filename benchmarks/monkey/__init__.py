"""Random user of the window, and a soak test."""
