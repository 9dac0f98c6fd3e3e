"""Inputs and answers of other exporters' files beside their owners' own."""
