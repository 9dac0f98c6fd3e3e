"""Shared widgets and actions."""
