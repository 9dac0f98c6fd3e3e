"""From somebody else's file to a network that can be differentiated: one form, any batch, logits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from explain.adoption.batching import make_batch_dynamic
from explain.adoption.layers import Layer, choose_default, find_layers
from explain.adoption.operator_sets import raise_operator_set
from explain.adoption.picture import PictureInput, find_picture, standardise_input
from explain.adoption.precision import to_float32
from explain.adoption.reading import opset, read_model
from explain.adoption.scores import LOGITS, Scores, append_logits, find_scores
from explain.adoption.surgery import set_output
from explain.autodiff.graph import Graph
from explain.autodiff.probing import Probed, probe
from explain.autodiff.session import open_in_memory
from explain.autodiff.tail import cut_tail, values_at
from explain.errors import ModelError

_NO_INFLUENCE = 1e-6
"""A change of the logits, relative to the largest of them, that is no more than rounding."""


@dataclass(frozen=True)
class Network:
    """Somebody else's network in our form.

    `model` takes normalised RGB float32 `pictures` `[N, 3, h, w]` and gives `logits` `[N, K]`, for any N.
    """

    model: onnx.ModelProto
    picture: PictureInput
    scores: Scores
    opset: int
    """As the file had it."""
    converted_types: tuple[str, ...]
    """Real types other than float32 that the file had."""
    batch_was_fixed: bool
    metadata: dict[str, str]
    probed: Probed

    @property
    def item_shape(self) -> tuple[int, int, int]:
        """`(3, h, w)`."""
        return (3, *self.picture.size)

    @cached_property
    def graph(self) -> Graph:
        """The model's graph, all that it computes from shapes folded."""
        graph = Graph(self.model)
        graph.fold(self.probed.constants)
        return graph

    @cached_property
    def layers(self) -> list[Layer]:
        """Everything that can be explained."""
        return find_layers(self.graph, self.probed, LOGITS)

    @cached_property
    def default_layer(self) -> tuple[Layer, str]:
        """The layer explained where none is named, and why."""
        return choose_default(self.layers, self.graph, self.responds)

    def responds(self, layer: Layer) -> bool:
        """Whether the logits change with the places of a layer's map.

        Only rows of tokens are tried: behind the last attention a class token goes its way alone.
        """
        if not layer.layout.tokens:
            return True
        tail = cut_tail(self.model, layer.name, LOGITS)
        pictures = random_pictures(1, self.item_shape)
        values = values_at(self.model, (*tail.inputs, LOGITS), pictures)
        feed = {name: values[name] for name in tail.inputs}
        tokens = feed[layer.name]
        noise = np.random.default_rng(1).standard_normal(tokens.shape).astype(np.float32)
        if layer.layout.channels_last:
            noise[:, : layer.layout.extra_tokens] = 0
        moved_by = noise * max(float(np.std(tokens.astype(np.float32))), 1e-3)
        feed[layer.name] = (tokens.astype(np.float32) + moved_by).astype(np.float32)
        (moved,) = open_in_memory(_declared(tail.model, feed)).run([LOGITS], feed)
        scale = float(np.abs(values[LOGITS]).max())
        return bool(np.abs(moved - values[LOGITS]).max() > _NO_INFLUENCE * max(scale, 1e-12))


def prepare(
    path: Path, *, size: tuple[int, int] | None = None, scores: str | None = None, bgr: bool = False
) -> Network:
    """Read a classifier and bring it into our form.

    Args:
        path: an ONNX file.
        size: height and width in pixels, for a file that leaves them open.
        scores: the output that holds the scores, where there are several.
        bgr: whether the network takes blue first.

    Raises:
        ModelError: it is no image classifier, or something about it must be said by name.
    """
    model = read_model(path)
    version = opset(model)
    picture = find_picture(model, size)
    if picture.batch not in (None, 1):
        raise ModelError(
            f"input '{picture.name}' fixes the batch to {picture.batch} pictures; "
            "export the model with a batch of one or of any size"
        )
    raise_operator_set(model)
    converted = to_float32(model)
    standardise_input(model, picture, bgr=bgr)
    item_shape = (3, *picture.size)
    pictures = random_pictures(2, item_shape)
    session = _session(model)
    outputs = _run(session, pictures[:1])
    found = find_scores(model, outputs, scores)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    set_output(model, found.tensor)
    if found.tensor not in outputs:
        session = _session(model)
    answers = [_run(session, pictures[i : i + 1])[found.tensor] for i in (0, 1)]
    if np.array_equal(answers[0], answers[1]):
        raise ModelError("the model answers every picture alike; was its last layer ever trained?")
    fixed = not _takes_batches(session, pictures, found.tensor, np.concatenate(answers))
    del session
    if fixed:
        make_batch_dynamic(model, item_shape)
    append_logits(model, found)
    return Network(
        model, picture, found, version, tuple(converted), fixed, metadata, probe(model, item_shape)
    )


def random_pictures(count: int, item_shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Normalised pictures of noise, `[count, *item_shape]`."""
    return np.random.default_rng(5).standard_normal((count, *item_shape), dtype=np.float32)


def _session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    try:
        return open_in_memory(model, optimise=True, outputs=[value.name for value in model.graph.output])
    except Exception as error:  # the runtime raises a family of types of its own
        raise ModelError(f"ONNX Runtime cannot load the model: {error}") from error


def _run(
    session: onnxruntime.InferenceSession, pictures: NDArray[np.float32]
) -> dict[str, NDArray[np.generic]]:
    """The tensors among the outputs, by name."""
    try:
        found = session.run(None, {session.get_inputs()[0].name: pictures})
    except Exception as error:  # as above
        raise ModelError(f"ONNX Runtime cannot run the model: {error}") from error
    names = [value.name for value in session.get_outputs()]
    return {name: value for name, value in zip(names, found, strict=True) if isinstance(value, np.ndarray)}


def _takes_batches(
    session: onnxruntime.InferenceSession,
    pictures: NDArray[np.float32],
    output: str,
    expected: NDArray[np.generic],
) -> bool:
    """Whether the network answers pictures together as it answers each of them."""
    try:
        together = _run(session, pictures)[output]
    except ModelError:
        return False
    scale = float(np.abs(expected).max())
    return together.shape == expected.shape and bool(
        np.allclose(together, expected, rtol=1e-3, atol=1e-4 * scale)
    )


def _declared(model: onnx.ModelProto, feed: dict[str, NDArray[np.generic]]) -> onnx.ModelProto:
    """The model with the types of its inputs as they are fed."""
    for value in model.graph.input:
        element = onnx.helper.np_dtype_to_tensor_dtype(feed[value.name].dtype)
        value.type.tensor_type.elem_type = element
    return model
