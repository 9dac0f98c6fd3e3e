"""Cases of operators that rearrange, select, join and pad."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from tests.whylight.autodiff.cases.scatter import PLANE, ROW, case, ints, node, tensor, unary

_PICKED = [3, 0, 3, 1]
_PLACES = np.random.default_rng(4).integers(0, 5, (1, 2, 5, 5))

CASES = [
    unary("Flatten", lambda x: x.flatten(1)),
    case(
        "reshape-computed",  # the shape is computed from the batch size, as exporters write it
        node("Shape", "a", "batch", start=0, end=1),
        node("Concat", "batch rest", "target", axis=0),
        node("Reshape", "a target", "grouped"),
        node("Relu", "grouped"),
        rest=ints(10, 5),
        torch=lambda x: torch.relu(x.reshape(-1, 10, 5)),
    ),
    case(
        "squeeze-and-unsqueeze",
        node("Unsqueeze", "a one", "u"),
        node("Exp", "u", "e"),
        node("Squeeze", "e one"),
        one=ints(1),
        torch=torch.exp,
    ),
    case(
        "transpose",
        node("Transpose", "a", "t", perm=[0, 3, 1, 2]),
        node("Mul", "t c"),
        c=ROW.reshape(5, 1, 1),
        torch=lambda x: x.permute(0, 3, 1, 2) * tensor(ROW.reshape(5, 1, 1)),
    ),
    case(
        "expand-to-computed-shape",
        node("ReduceMean", "a space", "m"),
        node("Shape", "a", "whole"),
        node("Expand", "m whole", "e"),
        node("Mul", "e a"),
        space=ints(2, 3),
        torch=lambda x: x.mean((2, 3), keepdim=True) * x,
    ),
    case(
        "expand-constant-to-the-batch",  # a class token in front of the patches
        node("Reshape", "a tokens", "t"),
        node("Shape", "a", "n", start=0, end=1),
        node("Concat", "n rest", "target", axis=0),
        node("Expand", "c target", "class"),
        node("Concat", "class t", "all", axis=1),
        node("Softmax", "all", axis=1),
        tokens=ints(-1, 10, 5),
        rest=ints(1, 5),
        c=ROW.reshape(1, 1, 5),
        torch=lambda x: torch.cat(
            [tensor(ROW).reshape(1, 1, 5).expand(len(x), 1, 5), x.reshape(-1, 10, 5)], 1
        ).softmax(1),
        features=55,
    ),
    case(
        "tile",
        node("Tile", "a repeats", "t"),
        node("Exp", "t"),
        repeats=ints(1, 2, 1, 3),
        torch=lambda x: x.repeat(1, 2, 1, 3).exp(),
        features=300,
    ),
    case(
        "depth-to-space",
        node("DepthToSpace", "a", blocksize=2, mode="CRD"),
        torch=lambda x: functional.pixel_shuffle(x, 2),
        shape=(8, 2, 3),
        features=48,
    ),
    case(
        "depth-to-space-depth-first",
        node("DepthToSpace", "a", blocksize=2),
        torch=lambda x: functional.pixel_shuffle(x.reshape(-1, 4, 2, 2, 3).transpose(1, 2).flatten(1, 2), 2),
        shape=(8, 2, 3),
        features=48,
    ),
    case(
        "space-to-depth",
        node("SpaceToDepth", "a", blocksize=2),
        torch=lambda x: (
            functional.pixel_unshuffle(x, 2).reshape(-1, 2, 4, 2, 3).transpose(1, 2).flatten(1, 2)
        ),
        shape=(2, 4, 6),
        features=48,
    ),
    case(
        "slice-run",
        node("Slice", "a starts ends axes"),
        starts=ints(1, -3),
        ends=ints(4, 2**62),
        axes=ints(2, 3),
        torch=lambda x: x[:, :, 1:4, -3:],
        features=18,
    ),
    case(
        "slice-steps-backwards",
        node("Slice", "a starts ends axes steps"),
        starts=ints(-1, 0),
        ends=ints(-(2**62), 5),
        axes=ints(3, 2),
        steps=ints(-1, 2),
        torch=lambda x: x[:, :, 0:5:2].flip(3),
        features=30,
    ),
    case(
        "gather-repeatedly",
        node("Gather", "a picked", axis=2),
        picked=ints(*_PICKED),
        torch=lambda x: x[:, :, _PICKED],
        features=40,
    ),
    case(
        "gather-one",
        node("Gather", "a last", axis=-1),
        last=np.array(-1, np.int64),
        torch=lambda x: x[..., -1],
        features=10,
    ),
    case(
        "gather-from-the-flattened-batch",  # as PyTorch's exporter writes `as_strided`
        node("Reshape", "a all", "f"),
        node("Shape", "a", "n", start=0, end=1),
        node("Squeeze", "n", "count"),
        node("Range", "zero count one", "images"),
        node("Mul", "images size", "starts"),
        node("Unsqueeze", "starts last", "column"),
        node("Add", "column places", "indexes"),
        node("Gather", "f indexes"),
        all=ints(-1),
        zero=np.array(0, np.int64),
        one=np.array(1, np.int64),
        size=ints(50),
        last=ints(1),
        places=ints(7, 49, 0, 7),
        torch=lambda x: x.flatten(1)[:, [7, 49, 0, 7]],
        features=4,
    ),
    case(
        "gather-elements",
        node("Shape", "a", "whole"),
        node("Expand", "places whole", "all"),
        node("GatherElements", "a all", axis=3),
        places=_PLACES,
        torch=lambda x: x.gather(3, tensor(_PLACES).expand(len(x), -1, -1, -1)),
    ),
    case(
        "concat-active-and-constant",
        node("Shape", "a", "whole"),
        node("Expand", "c whole", "plane"),
        node("Exp", "a", "e"),
        node("Concat", "a plane e", axis=1),
        c=PLANE,
        torch=lambda x: torch.cat([x, tensor(PLANE).expand(len(x), -1, -1, -1), x.exp()], 1),
        features=150,
    ),
    case(
        "split",
        node("Split", "a parts", "p q r", axis=3),
        node("Mul", "p r"),
        parts=ints(2, 1, 2),
        torch=lambda x: x[..., :2] * x[..., 3:],
        features=20,
    ),
    case(
        "split-evenly-second-alone",
        node("Split", "a", "p q", axis=1, num_outputs=2),
        node("Exp", "q"),
        torch=lambda x: x[:, 1:].exp(),
        features=25,
    ),
    case(
        "pad",
        node("Pad", "a pads"),
        pads=ints(0, 0, 1, 2, 0, 0, 0, -1),
        torch=lambda x: functional.pad(x, (2, -1, 1, 0)),
        features=2 * 6 * 6,
        reference_flaw="knows no negative padding",
    ),
    *(
        case(
            f"pad-{mode}",
            node("Pad", "a pads - axes", mode=mode),
            pads=ints(2, 1, 1, 2),
            axes=ints(2, 3),
            torch=lambda x, called=called: functional.pad(x, (1, 2, 2, 1), mode=called),
            features=2 * 8 * 8,
        )
        for mode, called in (("reflect", "reflect"), ("edge", "replicate"), ("wrap", "circular"))
    ),
    case(
        "trilu",
        node("Trilu", "a offset", upper=0),
        offset=np.array(1, np.int64),
        torch=lambda x: x.tril(1),
    ),
    case(
        "cumulative-sum",
        node("CumSum", "a axis"),
        axis=np.array(3, np.int64),
        torch=lambda x: x.cumsum(3),
    ),
    case(
        "cumulative-sum-exclusive",
        node("CumSum", "a axis", exclusive=1, reverse=1),
        axis=np.array(2, np.int64),
        torch=lambda x: x.flip(2).cumsum(2).flip(2) - x,
    ),
]
