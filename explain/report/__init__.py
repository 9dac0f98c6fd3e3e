"""A folder of pictures explained into files: PNG panels, a table of predictions, a page to read.

The same report for the command line and the window:

    OUT/index.html               the page, self-contained (index-2.html, ... where there are many pictures)
    OUT/predictions.csv          every picture's most likely classes
    OUT/panels/NAME.image.png    and .heatmap.png, .overlay.png: the panels of the most likely class
"""

from __future__ import annotations

from explain.report.folder_scale import FOLDER, REPORT_SCALES
from explain.report.outcome import Failure, Progress, Report
from explain.report.writing import write_report
from explain.workers import threads_a_run

__all__ = ["FOLDER", "REPORT_SCALES", "Failure", "Progress", "Report", "threads_a_run", "write_report"]
