"""Is the pair the network? Checked twice on held-out pictures before anything is replaced.

*The networks*: the same normalised tensor through the checkpoint with the hooks of
`trainer.run_report.gradcam`, and through the pair behind its preprocessing. *The whole path*: the raw picture
through Pillow, TorchVision's transforms and the checkpoint, and through the pair as its users run it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from PIL import Image
from torchvision.transforms import v2 as transforms

from trainer.loop.checkpoint import Trained
from trainer.run_report.gradcam import GradCam
from whylight.errors import ExportError
from whylight.explainer import Explainer
from whylight.explanation import softmax
from whylight.methods import METHODS
from whylight.pair.build import Pair
from whylight.pair.files import save_pair
from whylight.pair.metadata import gradient_path
from whylight.runtime.session import open_session

from .torch_to_onnx import ACTIVATIONS, LOGITS, PICTURES

LOGITS_TOLERANCE = 1e-4
"""Largest difference of logits, relative to the largest logit."""
MAPS_TOLERANCE = 1e-3
"""Largest difference of raw maps, relative to the map's largest value."""
AGREEMENT = 0.995
"""Least part of the pictures on which both whole paths name the same class."""
TIE = 0.01
"""Two classes of which one is less likely by this part at most are a tie, which rounding may decide
either way. A network that has learnt little gives many such."""
LEAST_PICTURES = 200

OnPicture = Callable[[int, int], None]
"""Called with pictures done and pictures in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How far the pair is from the network that it came from."""

    pictures: int
    logits_relative: float
    """Largest difference of logits over the largest logit, the networks alone."""
    maps_relative: float
    """Largest difference of Grad-CAM maps over the map's largest value, the networks alone."""
    agreement: float
    """Part of the pictures on which both whole paths name the same class."""
    disagreements: tuple[str, ...]
    """The others, by name."""
    probability_difference: float
    """Largest difference of a probability between the whole paths."""
    top_1: float
    """Accuracy of the pair on these pictures."""

    def failures(self) -> list[str]:
        """What is out of tolerance, in words."""
        found = []
        if not self.logits_relative <= LOGITS_TOLERANCE:
            found.append(
                f"logits differ by {self.logits_relative:.2e} relative, allowed {LOGITS_TOLERANCE:.0e}"
            )
        if not self.maps_relative <= MAPS_TOLERANCE:
            found.append(f"maps differ by {self.maps_relative:.2e} relative, allowed {MAPS_TOLERANCE:.0e}")
        if not self.agreement >= AGREEMENT:
            names = ", ".join(self.disagreements[:10])
            found.append(
                f"the same class on {self.agreement:.2%} of {self.pictures} pictures, "
                f"expected {AGREEMENT:.1%}; others are {names}"
            )
        return found

    def figures(self) -> Mapping[str, float]:
        """What goes into the card."""
        return {
            "pictures": self.pictures,
            "logits_relative": self.logits_relative,
            "maps_relative": self.maps_relative,
            "top_1_agreement": self.agreement,
            "probability_difference": self.probability_difference,
            "top_1": self.top_1,
        }


def verify(
    trained: Trained, pair: Pair, samples: Sequence[tuple[Path, int]], on_picture: OnPicture
) -> Verification:
    """Compare a pair with the network it was made from.

    Args:
        trained: the network.
        pair: what was made of it.
        samples: held-out pictures and their labels.
        on_picture: told of the progress.

    Raises:
        ExportError: a picture cannot be read.
    """
    logits_errors, map_errors, gaps, disagreements, hits = [], [], [], [], 0
    transform = reference_transform(trained)
    with tempfile.TemporaryDirectory(prefix="whylight-") as folder:
        path = Path(folder) / "verify.onnx"
        save_pair(pair, path)
        explainer = Explainer(path, providers=["CPUExecutionProvider"])
        networks = _BarePair(pair, path)
        with GradCam(trained.network, trained.target_layer) as grad_cam:
            for done, (picture, label) in enumerate(samples, start=1):
                tensor = transform(_open(picture))[None]
                ours = grad_cam(tensor)
                expected = ours.logits[0].numpy()
                logits, maps = networks.run(tensor.numpy(), int(ours.classes[0]))
                logits_errors.append(_relative(logits, expected))
                map_errors.append(_relative(maps, ours.maps[0].numpy()))
                probabilities, reference = explainer.predict(picture), softmax(expected)
                gaps.append(float(np.abs(probabilities - reference).max()))
                hits += int(probabilities.argmax() == label)
                if not names_the_same(probabilities, reference):
                    disagreements.append(f"{picture.parent.name}/{picture.name}")
                on_picture(done, len(samples))
    return Verification(
        pictures=len(samples),
        logits_relative=max(logits_errors),
        maps_relative=max(map_errors),
        agreement=1 - len(disagreements) / len(samples),
        disagreements=tuple(disagreements),
        probability_difference=max(gaps),
        top_1=hits / len(samples),
    )


def names_the_same(found: NDArray[np.float32], reference: NDArray[np.float32]) -> bool:
    """Whether probabilities `[K]` name the class that the reference names, or tie it with that (`TIE`)."""
    return bool(found[reference.argmax()] >= (1 - TIE) * found.max())


def reference_transform(trained: Trained) -> transforms.Compose:
    """TorchVision's own way from a Pillow picture to the network's input `[3, h, w]`."""
    size = [trained.image_size, trained.image_size]
    return transforms.Compose(
        [
            transforms.Resize(size, antialias=True),
            transforms.ToImage(),
            transforms.ToDtype(torch.float32, scale=True),
            transforms.Normalize(list(trained.mean), list(trained.std)),
        ]
    )


class _BarePair:
    """A pair behind its preprocessing: normalised tensor in, logits and Grad-CAM out."""

    def __init__(self, pair: Pair, path: Path) -> None:
        network = path.with_name("network.onnx")
        forward = onnx.ModelProto()
        forward.CopyFrom(pair.forward)
        size = list(pair.card.input_size)
        forward.graph.value_info.append(
            onnx.helper.make_tensor_value_info(PICTURES, onnx.TensorProto.FLOAT, ["N", 3, *size])
        )
        self._outputs = [output.name for output in forward.graph.output]
        bare = onnx.utils.Extractor(forward).extract_model([PICTURES], self._outputs)
        onnx.save(bare, network)
        providers = ["CPUExecutionProvider"]
        self._network = onnxruntime.InferenceSession(network, providers=providers)
        self._gradient = open_session(gradient_path(path), providers)

    def run(
        self, tensor: NDArray[np.float32], class_index: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Logits `[K]` and the raw map `[h, w]` of one class for `[1, 3, h, w]`."""
        made = dict(zip(self._outputs, self._network.run(self._outputs, {PICTURES: tensor}), strict=True))
        logits, activations = made.pop(LOGITS), made[ACTIVATIONS]
        weights = np.zeros((1, logits.shape[1]), np.float32)
        weights[0, class_index] = 1
        question = {"image_index": np.zeros(1, np.int64), "score_weights": weights}
        (gradients,) = self._gradient.run(["gradients"], made | question)
        return logits[0], METHODS["grad-cam"](activations[0], gradients)[0]


def _open(picture: Path) -> Image.Image:
    try:
        with Image.open(picture) as file:
            return file.convert("RGB")
    except OSError as error:
        raise ExportError(f"the held-out picture '{picture}' cannot be read: {error}") from error


def _relative(found: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    return float(np.abs(found - expected).max() / np.abs(expected).max())
