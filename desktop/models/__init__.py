"""Open, adopt, describe and compare models."""
