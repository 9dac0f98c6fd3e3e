"""Verify a pair against its network on held-out images, in two ways.

*Networks*: the same normalised tensor through PyTorch and through the pair without its input stage gives the
same logits and activations, and from these activations the gradient graph gives autograd's float64
gradients, for several classes at once. *End to end*: the raw image through Pillow, TorchVision's transforms
and the network, compared with the pair as users run it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from PIL import Image
from torchvision.transforms import v2 as transforms

from whylight.answers import softmax
from whylight.autodiff.kinks import GRADIENT_TOLERANCE, agree
from whylight.errors import ExportError
from whylight.explainer import Explainer
from whylight.images.geometry import CROP
from whylight.methods import METHODS
from whylight.pair.build import Pair
from whylight.pair.card import Card
from whylight.pair.files import save_pair
from whylight.pair.metadata import gradient_path
from whylight.runtime.session import open_session
from whylight.tensor_names import ACTIVATIONS, GRADIENTS, IMAGE_INDEX, LOGITS, SCORE_WEIGHTS

from .network import TorchClassifier
from .tail_reference import TailReference
from .torch_to_onnx import IMAGES, WithActivations

LOGITS_TOLERANCE = 1e-4
"""Largest allowed difference of logits, relative to the largest logit."""
CLASSES_A_IMAGE = 3
"""Classes whose gradients are compared on each image: the likeliest, and others in turn, so that all have
their turn."""
AGREEMENT = 0.995
"""Minimum fraction of images with the same class end to end."""
TIE = 0.01
"""Relative difference of probabilities up to which two classes are tied, so that rounding may decide. Poorly
trained networks have many ties."""
LEAST_IMAGES = 200

OnImage = Callable[[int, int], None]
"""Called with the number of completed images and the total."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Differences between a pair and the network it was made from."""

    images: int
    logits_relative: float
    """Largest difference of logits over the largest logit, without the input stage."""
    activations_relative: float
    """Largest difference of activations over the largest one, without the input stage."""
    gradients_relative: float
    """Largest difference of a gradient from autograd's in float64 over the largest of its score, with the
    units of `at_kinks` on the side where the pair has them."""
    at_kinks: int
    """Units within rounding of a kink that explain differences beyond the tolerance."""
    maps_relative: float
    """Largest difference of the top class's Grad-CAM map over the map's largest value."""
    agreement: float
    """Fraction of images with the same class end to end."""
    disagreements: tuple[str, ...]
    """Names of the images with different classes."""
    probability_difference: float
    """Largest difference of a probability end to end."""
    top_1: float | None
    """Accuracy of the pair on these images; None if their classes are not known."""

    def failures(self) -> list[str]:
        """Describe the criteria that are not met."""
        found = []
        if not self.logits_relative <= LOGITS_TOLERANCE:
            found.append(
                f"logits differ by {self.logits_relative:.2e} relative, allowed {LOGITS_TOLERANCE:.0e}"
            )
        if not self.activations_relative <= LOGITS_TOLERANCE:
            found.append(
                f"activations differ by {self.activations_relative:.2e} relative, "
                f"allowed {LOGITS_TOLERANCE:.0e}"
            )
        if not self.gradients_relative <= GRADIENT_TOLERANCE:
            found.append(
                f"gradients differ by {self.gradients_relative:.2e} relative, "
                f"allowed {GRADIENT_TOLERANCE:.0e}, which no unit at a kink explains"
            )
        if not self.agreement >= AGREEMENT:
            names = ", ".join(self.disagreements[:10])
            found.append(
                f"the same class on {self.agreement:.2%} of {self.images} images, "
                f"expected {AGREEMENT:.1%}; others are {names}"
            )
        return found

    def figures(self) -> Mapping[str, float]:
        """Return the figures for the model card."""
        known = {} if self.top_1 is None else {"top_1": self.top_1}
        return {
            "pictures": self.images,
            "logits_relative": self.logits_relative,
            "activations_relative": self.activations_relative,
            "gradients_relative": self.gradients_relative,
            "units_at_kinks": self.at_kinks,
            "maps_relative": self.maps_relative,
            "top_1_agreement": self.agreement,
            "probability_difference": self.probability_difference,
            **known,
        }


def verify(
    classifier: TorchClassifier, pair: Pair, samples: Sequence[tuple[Path, int]], on_image: OnImage
) -> Verification:
    """Compare a pair with the network it was made from.

    Args:
        classifier: the network and its facts.
        pair: the pair made from it.
        samples: held-out images and their labels, below 0 where these are not known.
        on_image: called after each image.

    Raises:
        ExportError: an image cannot be read.
    """
    errors: dict[str, list[float]] = {"logits": [], "activations": [], "gradients": [], "maps": []}
    gaps, disagreements, hits, at_kinks = [], [], 0, 0
    transform = reference_transform(classifier.card)
    tail = TailReference(classifier.network, classifier.card.target_layer)
    with tempfile.TemporaryDirectory(prefix="whylight-") as folder:
        path = Path(folder) / "verify.onnx"
        save_pair(pair, path)
        explainer = Explainer(path, providers=["CPUExecutionProvider"])
        networks = _BarePair(pair, path)
        reference = WithActivations(classifier.network, classifier.card.target_layer).eval()
        for done, (image, label) in enumerate(samples, start=1):
            tensor = transform(_open(image))[None]
            with torch.no_grad():
                logits, activations = reference(tensor)
            expected = logits[0].numpy()
            made = networks.forward(tensor.numpy())
            errors["logits"].append(_relative(made[LOGITS], expected))
            errors["activations"].append(_relative(made[ACTIVATIONS], activations.numpy()))

            # Gradients at the pair's own activations, so that kinks before the layer do not matter.
            weights = _score_weights(int(expected.argmax()), done, len(expected))
            gradients = networks.gradients(made, weights)
            agreement = agree(gradients, tail.at(tensor, made[ACTIVATIONS], weights))
            errors["gradients"].append(agreement.difference)
            at_kinks += len(agreement.flipped)
            maps = [
                METHODS["grad-cam"](made[ACTIVATIONS][0], rows[:1].astype(np.float32))[0]
                for rows in (gradients, agreement.reference)
            ]
            errors["maps"].append(_relative(*maps))

            probabilities, likely = explainer.predict(image), softmax(expected)
            gaps.append(float(np.abs(probabilities - likely).max()))
            hits += int(probabilities.argmax() == label)
            if not predictions_agree(probabilities, likely):
                disagreements.append(f"{image.parent.name}/{image.name}")
            on_image(done, len(samples))
    return Verification(
        images=len(samples),
        logits_relative=max(errors["logits"]),
        activations_relative=max(errors["activations"]),
        gradients_relative=max(errors["gradients"]),
        at_kinks=at_kinks,
        maps_relative=max(errors["maps"]),
        agreement=1 - len(disagreements) / len(samples),
        disagreements=tuple(disagreements),
        probability_difference=max(gaps),
        top_1=hits / len(samples) if all(label >= 0 for _, label in samples) else None,
    )


def _score_weights(likeliest: int, image: int, classes: int) -> NDArray[np.float32]:
    """Weights `[M, K]` that select the most likely class and some that vary by image."""
    further = range((image - 1) * (CLASSES_A_IMAGE - 1), image * (CLASSES_A_IMAGE - 1))
    asked = dict.fromkeys([likeliest, *(number % classes for number in further)])
    return np.eye(classes, dtype=np.float32)[list(asked)]


def predictions_agree(found: NDArray[np.float32], reference: NDArray[np.float32]) -> bool:
    """Return whether probabilities `[K]` rank the reference's class first (or tied).

    Classes within `TIE` of the largest probability are tied.
    """
    return bool(found[reference.argmax()] >= (1 - TIE) * found.max())


def reference_transform(card: Card) -> transforms.Compose:
    """TorchVision's transform from a Pillow image to the network's input `[3, h, w]`."""
    steps: list[Any] = [transforms.Resize(list(card.input_size), antialias=True)]
    if card.input is not None:
        if card.input.geometry != CROP or card.input.resize is None:
            raise ExportError("only stretching and centre crops can be verified with TorchVision")
        mode = transforms.InterpolationMode(card.input.interpolation)
        shorter = transforms.Resize(card.input.resize, interpolation=mode, antialias=card.input.antialias)
        steps = [shorter, transforms.CenterCrop(list(card.input_size))]
    return transforms.Compose(
        [
            *steps,
            transforms.ToImage(),
            transforms.ToDtype(torch.float32, scale=True),
            transforms.Normalize(list(card.mean), list(card.std)),
        ]
    )


class _BarePair:
    """A pair without its input stage, for normalised tensors."""

    def __init__(self, pair: Pair, path: Path) -> None:
        network = path.with_name("network.onnx")
        forward = onnx.ModelProto()
        forward.CopyFrom(pair.forward)
        size = list(pair.card.input_size)
        forward.graph.value_info.append(
            onnx.helper.make_tensor_value_info(IMAGES, onnx.TensorProto.FLOAT, ["N", 3, *size])
        )
        self._outputs = [output.name for output in forward.graph.output]
        bare = onnx.utils.Extractor(forward).extract_model([IMAGES], self._outputs)
        onnx.save(bare, network)
        providers = ["CPUExecutionProvider"]
        self._network = open_session(network, providers)
        self._gradient = open_session(gradient_path(path), providers)

    def forward(self, tensor: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Return the forward graph's outputs for `[1, 3, h, w]`, by name."""
        return dict(zip(self._outputs, self._network.run(self._outputs, {IMAGES: tensor}), strict=True))

    def gradients(
        self, made: Mapping[str, NDArray[np.float32]], score_weights: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return gradients `[M, C, h, w]` of M scores, given the outputs of `forward`."""
        given = {name: value for name, value in made.items() if name != LOGITS}
        question = {
            IMAGE_INDEX: np.zeros(len(score_weights), np.int64),
            SCORE_WEIGHTS: score_weights,
        }
        (gradients,) = self._gradient.run([GRADIENTS], given | question)
        found: NDArray[np.float32] = gradients
        return found


def _open(image: Path) -> Image.Image:
    try:
        with Image.open(image) as file:
            return file.convert("RGB")
    except OSError as error:
        raise ExportError(
            "the held-out image '{image}' cannot be read: {reason}", image=image, reason=error
        ) from error


def _relative(found: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    return float(np.abs(found - expected).max() / np.abs(expected).max())
