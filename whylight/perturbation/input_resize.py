"""An image at the size that the network sees.

What a perturbation covers, it covers at that size: an image of twelve megapixels costs no more than a
small one, and masks fall on the very pixels that the network gets.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from whylight.protocols import Classifier
from whylight.runtime.session import create_session
from whylight.tensor_names import IMAGE

if TYPE_CHECKING:
    import onnxruntime


def resize_to_input(model: Classifier, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB uint8 `[H, W, 3]` resized to the card's input size as the forward graph does it.

    So its resize leaves the result alone, and the logits of the result are those of the image.
    """
    height, width = model.card.input_size
    if image.shape[:2] == (height, width):
        return image
    resized = _resizer(height, width).run(["resized"], {IMAGE: image[None]})[0]
    return np.asarray(resized[0], np.uint8)


@lru_cache(maxsize=4)
def _resizer(height: int, width: int) -> onnxruntime.InferenceSession:
    """The first node of `whylight.pair.preprocessing` as a graph of its own."""
    from onnx import TensorProto, helper

    node = helper.make_node(
        "Resize",
        [IMAGE, "", "", "size"],
        ["resized"],
        axes=[1, 2],
        mode="linear",
        antialias=1,
        coordinate_transformation_mode="half_pixel",
    )
    graph = helper.make_graph(
        [node],
        "resize",
        [helper.make_tensor_value_info(IMAGE, TensorProto.UINT8, [1, "H", "W", 3])],
        [helper.make_tensor_value_info("resized", TensorProto.UINT8, [1, height, width, 3])],
        [helper.make_tensor("size", TensorProto.INT64, [2], [height, width])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    return create_session(model.SerializeToString())
