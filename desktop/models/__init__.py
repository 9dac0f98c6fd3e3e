"""Opening, adopting, describing and comparing models."""
