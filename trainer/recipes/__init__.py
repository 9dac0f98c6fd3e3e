"""Training recipes: optimizer, schedule, augmentation, image sizes."""
