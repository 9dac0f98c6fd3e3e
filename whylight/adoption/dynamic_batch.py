"""Make the batch size of a network dynamic where the file fixes it to one.

A fixed batch is part of constants: targets of Reshape and Expand, sizes of Resize. The constants do not show
which of their numbers is the batch, so the network is run node by node, on two images separately and on both
together. A node is correct if its result for both consists of the two separate results, side by side along
some axis; otherwise its constants are rewritten. The comparison of values verifies each step. Where a Reshape
can be read in two ways and the more likely one leads to a node that cannot be repaired, the walk starts again
with the other.
"""

from __future__ import annotations

import onnx

from whylight.adoption.batch_layout import UnbatchableNodeError
from whylight.adoption.batch_walk import BatchRewriter, Pattern


def make_batch_dynamic(model: onnx.ModelProto, item_shape: tuple[int, ...]) -> None:
    """Rewrite a network of one input `[1, *item_shape]` for any batch, in place.

    Raises:
        ModelError: a node mixes images, or its batch cannot be told apart.
    """
    turns: dict[Pattern, int] = {}
    while True:
        walk = BatchRewriter(model, item_shape, turns)
        try:
            walk.run()
        except UnbatchableNodeError:
            if not walk.backtrack():
                raise
        else:
            return
