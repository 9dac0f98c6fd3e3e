"""The main window: its parts, layout, tool bar and saved state."""
