"""`whylight self-test`: check that this installation works.

It is meant for the packaged app, which has no test suite. `python -m desktop.self_test`, a tool for this
repository, writes the reference results.
"""
