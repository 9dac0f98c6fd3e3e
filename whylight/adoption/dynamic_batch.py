"""Making a network whose file fixes the batch to one image take any number.

Fixed batches hide in constants: targets of Reshape and Expand, sizes of Resize. Which of their numbers
means the batch cannot be read off them, so the network is run node by node, on two images
apart and on both together. As long as what comes out together is what came out apart, lying side by side
along some axis, a node is sound; where it is not, its constants are rewritten so that it becomes so. The
comparison of values proves each step. Where a Reshape can be read in two ways and the likelier one leads to
a node that cannot be mended, the walk starts again with the other.
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
