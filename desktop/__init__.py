"""The window of Whylight: thumbnails, the panels image, heatmap and overlay, and the classes.

It uses `whylight` and nothing else of the project. Everything slow goes through `desktop.common.task_queue`;
everything that the engine is asked goes through `desktop.session.session`.
"""
