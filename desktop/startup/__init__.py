"""What runs before the window: locale, crash log, folders, single instance."""
