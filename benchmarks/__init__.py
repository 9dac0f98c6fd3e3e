"""Every figure that the documentation gives, one script each, as ratios within one run."""
