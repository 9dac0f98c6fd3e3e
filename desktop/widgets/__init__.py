"""Small widgets and actions shared by the features."""
