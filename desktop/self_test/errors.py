"""The error of a step that found something else than it should."""


class SelfTestError(Exception):
    """What was expected of this copy of Whylight and what was found."""
