"""Quantise the backbone to 8 bits; tail and gradients stay in floating point.

Static per-channel quantisation in QDQ format: QuantizeLinear and DequantizeLinear nodes, which ONNX Runtime
fuses with the operators between them. Activations are unsigned and weights signed 8-bit integers. See Jacob
et al., *Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference*, CVPR
2018, arXiv 1712.05877, for the method, and docs/decisions/0060-eight-bits.md for the experiments.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import quantization

from whylight.graphs.graph_view import producers
from whylight.pair.card import Card
from whylight.pair.input_stage import InputStage
from whylight.tensor_names import ACTIVATIONS, IMAGE

from .backbone import Backbone
from .torch_to_onnx import IMAGES

CALIBRATION_IMAGES = 256
"""Number of training images used to calibrate the ranges of activations."""

PERCENTILE = 99.999
"""Percentile of the values of an activation that its range covers; larger ones are clipped."""

_ROUNDED = ("Conv", "Relu", "MaxPool", "AveragePool", "Add")
"""Backbone operators with a faster 8-bit kernel in ONNX Runtime."""


@dataclass(frozen=True, slots=True)
class Quantised:
    """A network with an 8-bit backbone, and its input stage."""

    network: onnx.ModelProto
    prologue: InputStage


def quantise(network: onnx.ModelProto, card: Card, images: Iterable[NDArray[np.uint8]]) -> Quantised:
    """Quantise the backbone of an exported network to 8 bits.

    Args:
        network: the result of `export.torch_to_onnx.to_onnx`; changed in place.
        card: gives the mean, std and input size of the network's input.
        images: calibration images, RGB uint8 `[h, w, 3]` of the card's input size.

    Returns:
        The network, whose input is now the pixel values minus a zero point, and the input stage that
        computes them.
    """
    trunk = Backbone(network)
    zero = _take_levels(trunk, card)
    in_blocks = trunk.use_space_to_depth_stem()
    extra = {
        "CalibPercentile": PERCENTILE,
        # Quantisation would make ReLUs removable, but the tails of other layers are not quantised.
        "QDQKeepRemovableActivations": True,
        "TensorQuantOverrides": {
            IMAGES: [{"scale": np.array(1, np.float32), "zero_point": np.array(zero, np.uint8)}]
        },
    }
    with tempfile.TemporaryDirectory(prefix="whylight-") as folder:
        rounded = Path(folder) / "rounded.onnx"
        # The library recommends to optimise the network first, which has been done.
        logging.disable(logging.WARNING)
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # hide the progress of the calibration
                quantization.quantize_static(
                    network,
                    rounded,
                    CalibrationReader(images, zero, in_blocks),
                    quant_format=quantization.QuantFormat.QDQ,
                    activation_type=quantization.QuantType.QUInt8,
                    weight_type=quantization.QuantType.QInt8,
                    per_channel=True,
                    nodes_to_quantize=_rounded_nodes(trunk),
                    calibrate_method=quantization.CalibrationMethod.Percentile,
                    extra_options=extra,
                )
        finally:
            logging.disable(logging.NOTSET)
        made = onnx.load(rounded)
    _join_activations(made)
    return Quantised(made, _prologue(made, card, zero, in_blocks))


def _take_levels(trunk: Backbone, card: Card) -> int:
    """Let the first convolution take pixel values minus a zero point, in place.

    Returns the zero point. With W' = W / (255 std) and the channel means m = 255 mean,

        sum W (v / 255 - mean) / std  =  sum W' (v - zero)  +  sum W' (zero - m),

    whose last term is added to the bias. Images then need no arithmetic before the network and are not
    rounded. All channels share one zero point, so the padding is the mean grey instead of the mean colour,
    which differs by a few hundredths of a standard deviation.
    """
    convolution = trunk.first_convolution
    assert convolution is not None, "the networks of trainer.models begin with a convolution"
    means, deviations = 255 * np.asarray(card.mean), 255 * np.asarray(card.std)
    zero = round(float(means.mean()))
    weights = trunk.value(convolution.input[1]) / deviations[:, None, None]
    shift = (weights * (zero - means)[:, None, None]).sum(axis=(1, 2, 3))
    trunk.set_value(convolution.input[1], weights)
    trunk.set_value(convolution.input[2], trunk.value(convolution.input[2]) + shift)
    return zero


def _rounded_nodes(trunk: Backbone) -> list[str]:
    """Names of the nodes to quantise: all supported ones except a final residual sum.

    A residual sum that computes the target layer costs little, and the maps depend on its precision.
    """
    nodes = trunk.nodes
    exact: set[str] = set()
    made_by = {name: node for node in nodes for name in node.output}
    last = made_by[ACTIVATIONS]
    before = made_by.get(last.input[0]) if last.op_type == "Relu" else last
    if before is not None and before.op_type == "Add":
        exact = {last.name, before.name}
    return [node.name for node in nodes if node.op_type in _ROUNDED and node.name not in exact]


def _join_activations(network: onnx.ModelProto) -> None:
    """Remove the quantisation between a node and its ReLU, in place.

    The runtime fuses the nodes between two quantisations into one 8-bit operator. A ReLU between two
    quantisations of its own has no such operator and is computed in floating point, which takes three times
    as long as the convolution.
    """
    graph = network.graph
    made_by = producers(graph)
    uses = Counter(name for node in graph.node for name in node.input)
    uses.update(value.name for value in graph.output)  # a target layer before its ReLU is also an output
    for node in graph.node:
        again = made_by.get(node.input[0]) if node.op_type == "Relu" else None
        if again is None or again.op_type != "DequantizeLinear":
            continue
        rounding = made_by[again.input[0]]
        if uses[again.output[0]] == uses[rounding.output[0]] == uses[rounding.input[0]] == 1:
            node.input[0] = rounding.input[0]
            graph.node.remove(again)
            graph.node.remove(rounding)


class CalibrationReader(quantization.CalibrationDataReader):  # type: ignore[misc]  # the runtime has no types
    """Yields calibration images as network inputs."""

    def __init__(self, images: Iterable[NDArray[np.uint8]], zero: int, in_blocks: bool) -> None:
        self._feed = self._feeds(images, zero, in_blocks)

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """Return the inputs of the next image, or None at the end."""
        return next(self._feed, None)

    @staticmethod
    def _feeds(
        images: Iterable[NDArray[np.uint8]], zero: int, in_blocks: bool
    ) -> Iterator[dict[str, NDArray[np.float32]]]:
        for image in images:
            height, width, channels = image.shape
            if in_blocks:
                blocks = image.reshape(height // 2, 2, width // 2, 2, channels).transpose(0, 2, 1, 3, 4)
                image = blocks.reshape(height // 2, width // 2, 4 * channels)
            planes = image.transpose(2, 0, 1).astype(np.float32)
            yield {IMAGES: np.ascontiguousarray(planes - zero)[None]}


def _prologue(network: onnx.ModelProto, card: Card, zero: int, in_blocks: bool) -> InputStage:
    """Build the input stage, and remove the quantisation of the network's input.

    Pixel values are integers already.
    """
    graph = network.graph
    (rounding,) = [node for node in graph.node if IMAGES in node.input]
    (again,) = [node for node in graph.node if rounding.output[0] in node.input]
    graph.node.remove(rounding)
    graph.node.remove(again)
    for node in graph.node:
        node.input[:] = [IMAGES if name == again.output[0] else name for name in node.input]
    height, width = card.input_size
    constants = {
        "input_size": np.array([height, width], np.int64),
        "level": np.float32(1),
        "zero": np.uint8(zero),
    }
    resize = helper.make_node(
        "Resize",
        [IMAGE, "", "", "input_size"],
        ["resized"],
        "resized",
        axes=[1, 2],
        mode="linear",
        antialias=1,
        coordinate_transformation_mode="half_pixel",
    )
    nodes, pixels, item_shape = [resize], "resized", (3, height, width)
    if in_blocks:
        # Equivalent to a single Transpose, which takes four times as long.
        constants |= {
            "pairs_shape": np.array([-1, height // 2, width // 2, 6], np.int64),
            "first": np.array([0], np.int64),
            "second": np.array([1], np.int64),
            "end": np.array([height], np.int64),
            "two": np.array([2], np.int64),
        }
        for rows, start in (("upper", "first"), ("lower", "second")):
            taken = [pixels, start, "end", "second", "two"]  # axis 1, the pixel rows, by two
            nodes.append(helper.make_node("Slice", taken, [f"{rows}_rows"], f"{rows}_rows"))
            nodes.append(helper.make_node("Reshape", [f"{rows}_rows", "pairs_shape"], [rows], rows))
        nodes.append(helper.make_node("Concat", ["upper", "lower"], ["blocks"], "blocks", axis=3))
        pixels, item_shape = "blocks", (12, height // 2, width // 2)
    nodes += [
        helper.make_node("Transpose", [pixels], ["planes"], "planes", perm=[0, 3, 1, 2]),
        helper.make_node("DequantizeLinear", ["planes", "level", "zero"], [IMAGES], IMAGES),
    ]
    del graph.input[:]
    graph.input.append(helper.make_tensor_value_info(IMAGES, TensorProto.FLOAT, ["N", *item_shape]))
    initializers = {
        name: numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()
    }
    return InputStage(tuple(nodes), initializers, IMAGES, item_shape)
