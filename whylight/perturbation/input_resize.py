"""Resize an image to the network's input size, as the forward graph does.

Perturbation methods work at this size: large images cost no more than small ones, and masks align with the
pixels that the network receives.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from whylight.protocols import Classifier
from whylight.runtime.session import create_session
from whylight.tensor_names import IMAGE

if TYPE_CHECKING:
    import onnxruntime


Model = TypeVar("Model", bound=Classifier)


@dataclass(frozen=True, slots=True)
class NetworkInput(Generic[Model]):
    """An image as the network receives it."""

    model: Model
    """The model, which takes such images as they are."""
    image: NDArray[np.uint8]
    """RGB uint8 `[h, w, 3]`."""
    padding: NDArray[np.bool_] | None
    """Where it is no part of the image, bool `[h, w]`; None for nowhere."""

    def without_padding(self, kept: NDArray[np.float32]) -> NDArray[np.float32]:
        """Let masks `[N, h, w]` keep all padding, in place."""
        if self.padding is not None:
            kept[:, self.padding] = 1
        return kept


def at_input(model: Model, image: NDArray[np.uint8]) -> NetworkInput[Model]:
    """Bring RGB uint8 `[H, W, 3]` to the network's input.

    The result names a model that takes it so. Masks and replaced pixels then mean what the network sees:
    nothing is cropped or padded any more.
    """
    description = model.card.input
    if description is None:
        return NetworkInput(model, resize_to_input(model, image), None)
    view = description.view((image.shape[0], image.shape[1]))
    of_inputs = cast(Model, cast(Any, model).of_inputs)
    if of_inputs is model:  # it takes inputs already, and this is one
        return NetworkInput(model, image, None)
    return NetworkInput(of_inputs, description.prepare(image), view.padding)


def resize_to_input(model: Classifier, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Resize RGB uint8 `[H, W, 3]` to the card's input size like the forward graph.

    The forward graph does not change the result, so its logits are those of the original image. For models
    with an input description, see `at_input`.
    """
    height, width = model.card.input_size
    if image.shape[:2] == (height, width):
        return image
    resized = _resizer(height, width).run(["resized"], {IMAGE: image[None]})[0]
    return np.asarray(resized[0], np.uint8)


@lru_cache(maxsize=4)
def _resizer(height: int, width: int) -> onnxruntime.InferenceSession:
    """Session of the first node of `whylight.pair.preprocessing`."""
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
