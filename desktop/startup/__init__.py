"""Start-up before the window: locale, crash log, folders, single instance."""
