"""Selection of the layer to explain."""
