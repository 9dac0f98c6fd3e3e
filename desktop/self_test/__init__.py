"""`whylight self-test`: does this copy of Whylight, as it is installed here, do what it should?

Meant for the packaged app, where no test suite is. `python -m desktop.self_test` is a tool for this
repository: it writes the record anew that answers are held against.
"""
