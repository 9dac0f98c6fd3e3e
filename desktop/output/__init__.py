"""Save and copy panels, and write reports."""
