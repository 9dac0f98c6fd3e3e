"""The open model, image, question and explanation, and their rendering."""
