"""Answer questions about an image: classes, boxes, regions."""
