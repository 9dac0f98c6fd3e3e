"""The window of Whylight: pictures on the left, image, heatmap and overlay in the middle, classes on the right.

It uses `explain` and nothing else of the project. Everything slow goes through `desktop.work`; everything
that the engine is asked goes through `desktop.session`.
"""
