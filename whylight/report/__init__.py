"""Report on a folder of images: PNG panels, table of predictions, HTML page.

The same report for the command line and the window:

    OUT/index.html               the page, self-contained (index-2.html, ... where there are many images)
    OUT/predictions.csv          every image's most likely classes
    OUT/panels/NAME.image.png    and .heatmap.png, .overlay.png: the panels of the most likely class
    OUT/maps/NAME.RANK.npy       and manifest.json: the maps as arrays, where they are asked for
"""

from __future__ import annotations

from whylight.parallel.explain_many import threads_per_run
from whylight.report.explain_records import explain_records
from whylight.report.folder_scale import FOLDER, REPORT_SCALES
from whylight.report.result import Failure, Progress, Report, Tally
from whylight.report.write import write_report

__all__ = [
    "FOLDER",
    "REPORT_SCALES",
    "Failure",
    "Progress",
    "Report",
    "Tally",
    "explain_records",
    "threads_per_run",
    "write_report",
]
