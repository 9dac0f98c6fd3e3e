"""Adoption of a PyTorch module, compared with the module itself.

torch is imported when a module is given, and not before.
"""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.adoption.module_names import restore_module_names
from whylight.adoption.transforms import Transform, read_transform
from whylight.bundled import sample_images
from whylight.errors import ModelError
from whylight.graphs.builder import OPSET
from whylight.images.decode import read_image
from whylight.inference.open_pair import open_pair
from whylight.pair.build import Pair, bind
from whylight.pair.files import require_replaceable, save_pair
from whylight.runtime.session import CPU
from whylight.tensor_names import ACTIVATIONS, GRADIENTS, IMAGE, IMAGE_INDEX, LOGITS, SCORE_WEIGHTS

if TYPE_CHECKING:
    import torch

IMAGES = "images"
"""Name of the input of an exported module."""
CHECKED_IMAGES = 3
CHECKED_CLASSES = 3
"""Classes whose gradients are compared on each image: the likeliest."""
ANSWERS_TOLERANCE = 1e-3
"""Largest allowed difference of logits, relative to the largest."""
_MAXIMA = ("GlobalMaxPool", "MaxPool", "ReduceMax")
GRADIENTS_TOLERANCE = 1e-2
"""Largest allowed Euclidean distance of gradients from autograd's, relative to their length. Single units at
a kink, which rounding moves to its other side, stay below it."""
SAME = 1e-3
"""Largest difference of a tensor of the module from the activations, relative to the largest, at which it is
taken for the same tensor."""


def is_module(model: object) -> bool:
    """Return whether `model` is a `torch.nn.Module`; does not import torch."""
    return any(
        f"{base.__module__}.{base.__qualname__}" == "torch.nn.modules.module.Module"
        for base in type(model).__mro__
    )


def adopt_module(
    module: torch.nn.Module,
    out: str | os.PathLike[str] | None,
    adopt_file: Callable[..., Pair],
    *,
    example: Any = None,
    preprocessing: object = None,
    classes: object = None,
    name: str | None = None,
    force: bool = False,
    **options: Any,
) -> Pair:
    """Make a pair of a PyTorch classifier; see `whylight.adopt`.

    Raises:
        ModelError: the module cannot be exported or adopted, or the pair differs from it.
    """
    network = copy.deepcopy(module).eval().cpu().float()
    transform = _transform(preprocessing)
    if isinstance(preprocessing, str):
        options["preprocessing"] = preprocessing
    elif transform is not None:
        options = {**transform.options(), **options}
    size = _size(example, transform, options.get("size"))
    labels = _labels(network, classes, options.pop("labels", None))
    with tempfile.TemporaryDirectory(prefix="whylight-") as folder:
        path = Path(folder) / f"{name or type(module).__name__}.onnx"
        if out is not None and not force and Path(out).exists():
            require_replaceable(Path(out), path)
        onnx.save(to_onnx(network, size), path)
        pair = adopt_file(path, None, labels=labels, name=name or type(module).__name__, **options)
        verification = compare_with_module(network, pair, Path(folder) / "pair.onnx")
    notes = pair.card.notes.replace(f"'{path.name}' ", "a PyTorch module ")
    card = replace(pair.card, notes=notes, verification={**pair.card.verification, **verification}, source="")
    pair = bind(pair.forward, pair.gradient, card)
    if out is not None:
        save_pair(pair, Path(out))
    return pair


def to_onnx(network: torch.nn.Module, size: tuple[int, int]) -> onnx.ModelProto:
    """Export a classifier from `images` `[N, 3, h, w]` to `logits` `[N, K]`.

    Inner tensors are named after the modules that compute them.

    Raises:
        ModelError: PyTorch cannot export it.
    """
    import torch

    example = torch.zeros(2, 3, *size)  # the exporter takes a batch of one for constant
    return export_onnx(_answering(network), example, [LOGITS], input_name=IMAGES, root="network")


def export_onnx(
    network: torch.nn.Module, example: torch.Tensor, outputs: Sequence[str], *, input_name: str, root: str
) -> onnx.ModelProto:
    """Export a module with a dynamic number of images.

    Args:
        network: in evaluation mode.
        example: input `[2, 3, h, w]`.
        outputs: names of its outputs.
        input_name: name of its input.
        root: name of the module within `network` after whose modules tensors are named.

    Raises:
        ModelError: PyTorch cannot export it.
    """
    import torch

    try:
        with _silenced():
            program = torch.onnx.export(
                network,
                (example,),
                dynamo=True,
                opset_version=OPSET,
                input_names=[input_name],
                output_names=list(outputs),
                dynamic_shapes=({0: torch.export.Dim("N")},),
                verbose=False,
            )
    except torch.onnx.errors.OnnxExporterError as error:
        raise ModelError("PyTorch cannot export the network: {reason}", reason=error) from error
    if program is None:
        raise ModelError("PyTorch's exporter returned nothing")
    model: onnx.ModelProto = program.model_proto
    restore_module_names(model, root)
    return model


def compare_with_module(network: torch.nn.Module, pair: Pair, path: Path) -> Mapping[str, float]:
    """Compare a pair's answers and gradients with the module's in float64.

    The tensor of the module that the pair explains is found by its values among all that the module computes.

    Args:
        network: the module, in evaluation mode, float32 on the CPU.
        pair: the pair made of it.
        path: name of the pair for messages.

    Returns:
        The largest relative differences: `module_logits`, and `module_gradients` if the tensor was found.

    Raises:
        ModelError: they are too large.
    """
    import torch

    opened = open_pair(path, [CPU], pair)
    card = pair.card
    exact = _answering(copy.deepcopy(network).double()).requires_grad_(False)
    has_maxima = any(node.op_type in _MAXIMA for node in pair.forward.graph.node)
    logits_gap, gradients_gap, compared = 0.0, 0.0, 0
    for file in sample_images()[:CHECKED_IMAGES]:
        # At the input's size nothing is resized, neither here nor there.
        pixels = _resized(read_image(file), card.input_size)
        outputs = list(opened.outputs)
        made = dict(zip(outputs, opened.forward.run(outputs, {IMAGE: pixels[None]}), strict=True))
        images = (torch.from_numpy(pixels).double() / 255 - torch.tensor(card.mean).double()) / torch.tensor(
            card.std
        ).double()
        with _Recording() as recording:
            logits = exact(images.permute(2, 0, 1)[None].clone().requires_grad_())
        logits_gap = max(logits_gap, _relative(made[LOGITS][0], logits[0].detach().numpy()))
        if opened.gradient is None:
            continue
        chosen = np.argsort(-made[LOGITS][0])[:CHECKED_CLASSES]
        weights = np.eye(logits.shape[1], dtype=np.float32)[chosen]
        found = recording.find(made[ACTIVATIONS])
        if found is None:
            continue
        tensor, to_map = found
        asked = {IMAGE_INDEX: np.zeros(len(weights), np.int64), SCORE_WEIGHTS: weights}
        given = {name: made[name] for name in opened.tail_inputs}
        (gradients,) = opened.gradient.run([GRADIENTS], given | asked)
        for row, index in zip(gradients, chosen.tolist(), strict=True):
            (expected,) = torch.autograd.grad(logits[0, index], tensor, retain_graph=True)
            reference = to_map(expected)[0].numpy()
            gap = _gap(row, reference)
            if gap > GRADIENTS_TOLERANCE and has_maxima:
                values = made[ACTIVATIONS][0]
                gap = _gap(over_ties(row, values), over_ties(reference, values))
            gradients_gap = max(gradients_gap, gap)
            compared += 1
    if not logits_gap <= ANSWERS_TOLERANCE:
        raise ModelError(
            "the pair's logits differ from the module's by {gap:.1e} of the largest, allowed {allowed:.0e}",
            gap=logits_gap,
            allowed=ANSWERS_TOLERANCE,
        )
    if not gradients_gap <= GRADIENTS_TOLERANCE:
        raise ModelError(
            "the pair's gradients differ from autograd's by {gap:.1e} of their length, allowed {allowed:.0e}",
            gap=gradients_gap,
            allowed=GRADIENTS_TOLERANCE,
        )
    figures = {"module_logits": logits_gap}
    return figures | ({"module_gradients": gradients_gap} if compared else {})


def _gap(found: NDArray[np.floating], expected: NDArray[np.floating]) -> float:
    """Return the length of the difference, relative to that of what is expected."""
    return float(np.linalg.norm(found - expected)) / (float(np.linalg.norm(expected)) or 1.0)


def over_ties(gradient: NDArray[np.floating], values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return a gradient `[C, h, w]`, averaged over equal values of a channel.

    Of a maximum that several places share, every program may take another one: of a channel that a ReLU left
    at zero (fastai's networks end with a global MaxPool), PyTorch takes the first place, and others share it
    among all. What they have in common is the sum.
    """
    averaged = np.array(gradient, np.float64)
    for row, channel in zip(averaged.reshape(len(values), -1), values.reshape(len(values), -1), strict=True):
        _, group = np.unique(channel, return_inverse=True)
        row[:] = (np.bincount(group, weights=row) / np.bincount(group))[group]
    return averaged


def _answering(network: torch.nn.Module) -> torch.nn.Module:
    """Wrap a module so that it returns logits `[N, K]`, in evaluation mode."""
    import torch

    class Answering(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, images: torch.Tensor) -> Any:
            found = self.network(images)
            if hasattr(found, "logits"):  # transformers
                return found.logits
            if isinstance(found, Mapping):
                return next(iter(found.values()))
            return found[0] if isinstance(found, tuple | list) else found

    return Answering().eval()


class _Recording:
    """Keeps every tensor of four or three dimensions that a module computes."""

    def __init__(self) -> None:
        self._tensors: list[torch.Tensor] = []

    def __enter__(self) -> _Recording:
        import torch
        from torch.overrides import TorchFunctionMode

        tensors = self._tensors

        class Mode(TorchFunctionMode):
            def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                made = func(*args, **(kwargs or {}))
                if isinstance(made, torch.Tensor) and made.requires_grad and made.ndim in (3, 4):
                    tensors.append(made)
                return made

        self._mode = Mode()
        self._mode.__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *exception: object) -> None:
        self._mode.__exit__(*exception)  # type: ignore[no-untyped-call]

    def find(
        self, activations: NDArray[np.float32]
    ) -> tuple[torch.Tensor, Callable[[torch.Tensor], torch.Tensor]] | None:
        """Return the last tensor equal to the activations, and its conversion to a map."""
        _, channels, height, width = activations.shape
        for tensor in reversed(self._tensors):
            for to_map in _LAYOUTS:
                try:
                    as_map = to_map(tensor.detach(), channels, height, width)
                except (RuntimeError, IndexError):
                    continue
                if as_map.shape == activations.shape and _relative(as_map.numpy(), activations) <= SAME:
                    return tensor, lambda value, to_map=to_map: to_map(value, channels, height, width)
        return None


def _channels_first(tensor: Any, _channels: int, _height: int, _width: int) -> Any:
    return tensor


def _channels_last(tensor: Any, _channels: int, _height: int, _width: int) -> Any:
    return tensor.permute(0, 3, 1, 2)


def _tokens(tensor: Any, channels: int, height: int, width: int) -> Any:
    """`[N, n, C]`, where the first tokens may be no places."""
    return tensor[:, tensor.shape[1] - height * width :].permute(0, 2, 1).reshape(-1, channels, height, width)


_LAYOUTS = (_channels_first, _channels_last, _tokens)


def _transform(preprocessing: object) -> Transform | None:
    """Read a transform object; None for names of presets and nothing."""
    return None if preprocessing is None or isinstance(preprocessing, str) else read_transform(preprocessing)


def _size(example: Any, transform: Transform | None, size: tuple[int, int] | None) -> tuple[int, int]:
    """Return the input's height and width."""
    if example is not None:
        if getattr(example, "ndim", 0) != 4 or example.shape[1] != 3:
            raise ModelError(
                "the example is {shape}; expected images [N, 3, h, w]",
                shape=list(getattr(example, "shape", [])),
            )
        return int(example.shape[2]), int(example.shape[3])
    if size is not None:
        return size
    if transform is not None and transform.size is not None:
        return transform.size
    raise ModelError("the module's input size is not known: give an example [N, 3, h, w], or size=(h, w)")


def _labels(network: Any, classes: object, labels: object) -> object:
    """Return the names of the classes: as given, or those of a transformers model."""
    given = classes if classes is not None else labels
    if isinstance(given, Mapping):
        return [str(given[index]) for index in range(len(given))]
    if given is not None:
        return given
    known = getattr(getattr(network, "config", None), "id2label", None)
    return [str(known[index]) for index in range(len(known))] if isinstance(known, Mapping) else None


def _resized(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    import cv2

    height, width = size
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _relative(found: NDArray[Any], expected: NDArray[Any]) -> float:
    return float(np.abs(found - expected).max() / (np.abs(expected).max() or 1.0))


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """Suppress the exporter's progress output and deprecation warnings."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
