"""Faithfulness metrics of maps.

For one map of one image: `deletion` and `insertion` (generators of growing curves), `road`,
`confidence_change`; if the position of the object is known, `pointing_game_hits` and `energy_inside`.
`measure` computes all of them for a file, `whylight evaluate` for a folder.
`whylight.faithfulness.sanity_check` tests whether maps depend on learned weights.

A metric that a map made without the model wins is meaningless, so every table includes `BASELINES`, and says
in words which methods are not clearly better than these.
"""

from __future__ import annotations

from whylight.faithfulness.average_drop import confidence_change
from whylight.faithfulness.baselines import BASELINES, centred_blob, edge_map, random_map
from whylight.faithfulness.deletion_insertion import Curve, deletion, insertion
from whylight.faithfulness.measure import Measurement, measure
from whylight.faithfulness.pointing_game import energy_inside, pointing_game_hits
from whylight.faithfulness.road import road

__all__ = [
    "BASELINES",
    "Curve",
    "Measurement",
    "centred_blob",
    "confidence_change",
    "deletion",
    "edge_map",
    "energy_inside",
    "insertion",
    "measure",
    "pointing_game_hits",
    "random_map",
    "road",
]
