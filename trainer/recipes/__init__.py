"""Training recipes: optimiser, schedule, augmentation and image sizes."""
