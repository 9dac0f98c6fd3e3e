"""Report on a folder of images: PNG panels, table of predictions, HTML pages.

The same report for the command line and the window:

    OUT/index.html               overview and images, self-contained (index-2.html, ... where there are many)
    OUT/predictions.csv          every image's most likely classes, or why it could not be explained
    OUT/boxes.csv                of a detector: every box that was found
    OUT/panels/NAME.image.png    and .heatmap.png, .overlay.png: the panels of the most likely class
                                 of a detector .boxes.png, a row of panels for each box
    OUT/maps/NAME.RANK.npy       and manifest.json: the maps as arrays, where they are asked for
    OUT/.whylight-work           results as they are made, from which a later run goes on
"""

from __future__ import annotations

from whylight.parallel.explain_many import threads_per_run
from whylight.report.explain_records import explain_records
from whylight.report.folder_scale import FOLDER, REPORT_SCALES
from whylight.report.render import PANELS
from whylight.report.result import Failure, Progress, Report, Tally
from whylight.report.write import write_report

__all__ = [
    "FOLDER",
    "PANELS",
    "REPORT_SCALES",
    "Failure",
    "Progress",
    "Report",
    "Tally",
    "explain_records",
    "threads_per_run",
    "write_report",
]
