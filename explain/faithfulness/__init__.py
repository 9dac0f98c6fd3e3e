"""Faithfulness: how far a map is true to the model.

For one map of one picture: `deletion` and `insertion` (generators of growing curves), `road`,
`confidence_change`; where the object's place is known, `hits` and `energy_inside`. All of them for a file:
`measure`; for a folder: `python -m explain evaluate`. Whether maps depend on what the model has learned at
all: `explain.faithfulness.sanity`.

A metric that a map made without the model wins means nothing, so `BASELINES` stand in every table.
"""

from __future__ import annotations

from explain.faithfulness.baselines import BASELINES, centred_blob, random_map
from explain.faithfulness.confidence import confidence_change
from explain.faithfulness.curves import Curve, deletion, insertion
from explain.faithfulness.localisation import energy_inside, hits
from explain.faithfulness.measuring import Measurement, measure
from explain.faithfulness.removal import road

__all__ = [
    "BASELINES",
    "Curve",
    "Measurement",
    "centred_blob",
    "confidence_change",
    "deletion",
    "energy_inside",
    "hits",
    "insertion",
    "measure",
    "random_map",
    "road",
]
