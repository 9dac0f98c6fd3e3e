"""Progress events, console output and stop signals."""
