"""Faithfulness: how far a map is true to the model.

For one map of one image: `deletion` and `insertion` (generators of growing curves), `road`,
`confidence_change`; where the object's place is known, `pointing_game_hits` and
`energy_inside`. All of them for a file: `measure`; for a folder: `whylight evaluate`. Whether
maps depend on what the model has learned at all: `whylight.faithfulness.sanity_check`.

A metric that a map made without the model wins means nothing, so `BASELINES` stand in every table.
"""

from __future__ import annotations

from whylight.faithfulness.average_drop import confidence_change
from whylight.faithfulness.baselines import BASELINES, centred_blob, random_map
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
    "energy_inside",
    "insertion",
    "measure",
    "pointing_game_hits",
    "random_map",
    "road",
]
