"""Gallery: scanning, thumbnails, predictions, filters, confusion matrix."""
