"""Several heads in one tensor: the scores of one of them, `output[0:7]`."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.errors import ModelError
from whylight.graphs.editor import GraphEditor

_PART = re.compile(r"(?P<tensor>.+)\[(?P<start>\d+):(?P<end>\d+)\]")
_EXACT = 1e-3


def split_part(name: str) -> tuple[str, slice]:
    """Split `output[0:7]` into tensor and part; that of a plain name is everything."""
    found = _PART.fullmatch(name)
    if found is None:
        return name, slice(None)
    return found["tensor"], slice(int(found["start"]), int(found["end"]))


def append_part(model: onnx.ModelProto, name: str) -> None:
    """Append the part of a tensor that a name means as an output, in place.

    Nothing changes for a plain name, or if there is a tensor of that very name.

    Raises:
        ModelError: the part is empty.
    """
    tensor, part = split_part(name)
    editor = GraphEditor(model)
    if tensor == name or editor.has(name):
        return
    if part.start >= part.stop:
        raise ModelError("the part '{name}' is empty; expected NAME[FIRST:END], END not included", name=name)
    bounds = [editor.constant([value], stem="bound") for value in (part.start, part.stop, -1)]
    made = onnx.helper.make_node("Slice", [tensor, *bounds], [name], name=editor.unique(f"{tensor}.part"))
    model.graph.node.append(made)
    model.graph.output.append(onnx.ValueInfoProto(name=name))


def find_heads(values: NDArray[np.float32]) -> tuple[slice, ...]:
    """Find heads that lie beside each other, parts that each add up to one.

    Args:
        values: answers to some images, `[n, K]`.

    Returns:
        The parts, two or more; none if there is one head, or it cannot be told.
    """
    if values.min() < 0 or values.max() > 1 + _EXACT:
        return ()
    sums = np.cumsum(values, axis=1, dtype=np.float64)
    count = round(float(sums[0, -1]))
    if count < 2 or not np.allclose(sums[:, -1], count, atol=_EXACT):
        return ()
    ends = [0]
    for total in range(1, count + 1):
        reached = np.flatnonzero((np.abs(sums - total) < _EXACT).all(axis=0))
        if len(reached) == 0:
            return ()
        ends.append(int(reached[0]) + 1)
    ends[-1] = values.shape[1]
    return tuple(slice(start, end) for start, end in pairwise(ends))
