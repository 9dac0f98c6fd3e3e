"""List of classes, and questions about them."""
