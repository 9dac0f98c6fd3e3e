"""The list of classes and the question asked about them."""
