"""Work on strangers' models in a child process with limits.

    from whylight.isolation.trust import require_openable

    require_openable("theirs.onnx")

A model that hangs, takes all memory or makes ONNX Runtime crash ends the child and nothing else, and the
caller gets a `ModelError` that says what was exceeded, with the number.
"""
