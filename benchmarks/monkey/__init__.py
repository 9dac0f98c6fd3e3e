"""A random user of the window, and the soak test with it."""
