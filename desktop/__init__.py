"""Whylight's window: thumbnails, panels (image, heatmap, overlay) and classes.

It depends only on `whylight`. Slow work goes through `desktop.common.task_queue`, and calls of the engine
through `desktop.session.session`.
"""
