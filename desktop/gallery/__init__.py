"""The list of images: scanning, thumbnails, predictions, filters, confusion matrix."""
