"""Cases of operators that read and write places by lists of indexes."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from tests.whylight.autodiff.cases.scatter import PLANE, case, ints, node, tensor

_PICKED = [4, 0, 4, 1]
_PLACES = np.random.default_rng(4).permuted(np.tile(np.arange(5), (1, 2, 5, 1)), axis=3)


def _written(x: torch.Tensor) -> torch.Tensor:
    """Rows 1 and 3 made of others."""
    written = x.clone()
    written[:, :, [1, 3]] = x[:, :, [0, 2]].exp()
    return written


CASES = [
    case(
        "gather-places",  # as PyTorch writes x[:, :, picked]
        node("Transpose", "a", "t", perm=[2, 0, 1, 3]),
        node("GatherND", "t picked", "g"),
        node("Transpose", "g", perm=[1, 2, 0, 3]),
        picked=ints(*_PICKED).reshape(-1, 1),
        torch=lambda x: x[:, :, _PICKED],
        features=40,
    ),
    case(
        "scatter-places",  # x[:, :, [1, 3]] = ... by PyTorch's newer exporter
        node("Gather", "a even", "e", axis=2),
        node("Exp", "e", "values"),
        node("Transpose", "a", "t", perm=[2, 0, 1, 3]),
        node("Transpose", "values", "u", perm=[2, 0, 1, 3]),
        node("ScatterND", "t odd u", "s"),
        node("Transpose", "s", perm=[1, 2, 0, 3]),
        even=ints(0, 2),
        odd=ints(1, 3).reshape(-1, 1),
        torch=_written,
    ),
    case(
        "scatter-places-of-each-picture",  # x[:, 0] = ... by its older one: places count the images
        node("Shape", "a", "n", start=0, end=1),
        node("Squeeze", "n", "count"),
        node("Range", "zero count one", "images"),
        node("Unsqueeze", "images last", "column"),
        node("Mul", "column none", "nothing"),
        node("Concat", "column nothing", "places", axis=1),
        node("ReduceMean", "a channels", "m", keepdims=0),
        node("ScatterND", "a places m", "s"),
        node("Mul", "s a"),
        zero=np.array(0, np.int64),
        one=np.array(1, np.int64),
        last=ints(1),
        none=ints(0),
        channels=ints(1),
        torch=lambda x: torch.cat([x.mean(1, keepdim=True), x[:, 1:]], 1) * x,
    ),
    case(
        "gather-places-in-each-picture",  # batch_dims
        node("TopK", "a two", "t i", axis=3),
        node("Unsqueeze", "i last", "places"),
        node("GatherND", "a places", "g", batch_dims=3),
        node("Mul", "g t"),
        two=ints(2),
        last=ints(-1),
        torch=lambda x: x.topk(2, 3).values ** 2,
        features=20,
    ),
    case(
        "gather-lines-in-each-picture",
        node("ReduceSum", "a columns", "r", keepdims=0),
        node("TopK", "r two", "t i", axis=2),
        node("Unsqueeze", "i last", "places"),
        node("GatherND", "a places", "g", batch_dims=2),
        node("Exp", "g"),
        columns=ints(3),
        two=ints(2),
        last=ints(-1),
        torch=lambda x: x.gather(2, x.sum(3).topk(2, 2).indices[..., None].expand(-1, -1, -1, 5)).exp(),
        features=20,
    ),
    case(
        "scatter-and-add",
        node("Transpose", "a", "t", perm=[2, 0, 1, 3]),
        node("Gather", "t picked", "g", axis=0),
        node("Sin", "g", "u"),
        node("ScatterND", "t places u", "s", reduction="add"),
        node("Transpose", "s", perm=[1, 2, 0, 3]),
        picked=ints(*_PICKED),
        places=ints(0, 0, 2, 4).reshape(-1, 1),
        torch=lambda x: x.index_add(2, tensor(ints(0, 0, 2, 4)), x[:, :, _PICKED].sin()),
    ),
    case(
        "scatter-elements",
        node("Shape", "a", "whole"),
        node("Expand", "places whole", "all"),
        node("Exp", "a", "e"),
        node("ScatterElements", "a all e", axis=3),
        places=_PLACES,
        torch=lambda x: x.scatter(3, tensor(_PLACES).expand(len(x), -1, -1, -1), x.exp()),
    ),
    case(
        "scatter-elements-and-add",
        node("Shape", "a", "whole"),
        node("Expand", "places whole", "all"),
        node("ScatterElements", "a all a", axis=3, reduction="add"),
        places=_PLACES,
        torch=lambda x: x.scatter_add(3, tensor(_PLACES).expand(len(x), -1, -1, -1), x),
    ),
    case(
        "the-largest",
        node("TopK", "a two", "t i", axis=3),
        node("Mul", "t t"),
        two=ints(2),
        torch=lambda x: x.topk(2, 3).values ** 2,
        features=20,
    ),
    case(
        "columns-to-image",
        node("Reshape", "a columns", "c"),
        node("Exp", "c", "e"),
        node("Col2Im", "e size block", pads=[1, 1, 1, 1], strides=[2, 1]),
        columns=ints(-1, 18, 12),
        size=ints(5, 4),
        block=ints(3, 3),
        torch=lambda x: functional.fold(
            x.reshape(-1, 18, 12).exp(), (5, 4), kernel_size=3, padding=1, stride=(2, 1)
        ),
        shape=(2, 18, 6),
        features=40,
    ),
    case(
        "columns-to-image-dilated",
        node("Reshape", "a columns", "c"),
        node("Col2Im", "c size block", dilations=[2, 1]),
        columns=ints(-1, 8, 9),
        size=ints(5, 4),
        block=ints(2, 2),
        torch=lambda x: functional.fold(x.reshape(-1, 8, 9), (5, 4), kernel_size=2, dilation=(2, 1)),
        shape=(2, 4, 9),
        features=40,
    ),
    case(
        "mask-of-windows-tiled-to-the-batch",  # 2 rows an image, the same for all images
        node("Reshape", "a windows", "w"),
        node("Shape", "a", "n", start=0, end=1),
        node("Concat", "n ones", "times", axis=0),
        node("Tile", "mask times", "masks"),
        node("Add", "w masks", "m"),
        node("Exp", "m", "e"),
        node("Reshape", "e back"),
        windows=ints(-1, 5, 5),
        ones=ints(1, 1),
        mask=PLANE,
        back=ints(-1, 50),
        torch=lambda x: (x + tensor(PLANE)).exp(),
    ),
]
