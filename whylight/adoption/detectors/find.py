"""Find out whether a network is a detector, and of which form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import onnx

from whylight.adoption.detectors.columns import find_columns
from whylight.adoption.detectors.distributions import find_distributions
from whylight.adoption.detectors.heads import Heads, Run
from whylight.adoption.detectors.inside import find_inside
from whylight.adoption.detectors.instance_masks import find_masks
from whylight.adoption.detectors.levels import find_levels
from whylight.adoption.detectors.pairs import find_pair
from whylight.adoption.detectors.regions import find_regions
from whylight.adoption.detectors.strides import find_strides
from whylight.adoption.detectors.yolo import find_joined
from whylight.graphs.editor import GraphEditor, set_output

_TOLERANCE = 1e-3
"""Largest difference of answers between the nodes that are added and the file's own numbers."""


def find_heads(
    model: onnx.ModelProto, size: tuple[int, int], run: Run, metadata: Mapping[str, str]
) -> Heads | None:
    """Return where a detector's scores and boxes are; None if the network is none.

    A form counts only if the nodes that its reading adds give the file's own numbers.

    Args:
        model: the network. It is not changed.
        size: height and width of the input.
        run: see `Run`.
        metadata: the file's.
    """
    outputs = run(model)
    forms: tuple[Callable[[], Heads | None], ...] = (
        lambda: find_joined(model, size, run),
        lambda: find_strides(model, outputs, size, run),
        lambda: find_distributions(outputs, size),
        lambda: find_columns(model, outputs, size, metadata),
        lambda: find_pair(model, outputs, size, metadata),
        lambda: find_levels(model, outputs, size, run),
        lambda: find_regions(model, outputs, size, run),
        lambda: find_inside(model, size, run, metadata),
    )
    for form in forms:
        heads = form()
        if heads is not None and _holds(model, heads, run):
            return replace(heads, masks=find_masks(model, heads, outputs, run))
    return None


def _holds(model: onnx.ModelProto, heads: Heads, run: Run) -> bool:
    tried = onnx.ModelProto()
    tried.CopyFrom(model)
    scores, boxes = heads.append(GraphEditor(tried))
    outputs = dict.fromkeys([scores, boxes, *heads.tensors])
    set_output(tried, *outputs)
    values = run(tried)
    answers, corners = heads.read(values)
    with np.errstate(over="ignore"):
        found = 1 / (1 + np.exp(-np.asarray(values[scores], np.float64)[0]))
    if found.shape != answers.shape or values[boxes].shape[1:] != corners.shape:
        return False
    extent = max(float(np.abs(corners).max()), 1e-12)
    return bool(
        np.abs(found - answers).max() <= _TOLERANCE
        and np.abs(values[boxes][0] - corners).max() <= _TOLERANCE * extent
    )
