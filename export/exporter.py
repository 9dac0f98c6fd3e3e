"""Export a classifier to an ONNX pair: build, verify, then write."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.errors import ExportError
from whylight.explainer import Explainer
from whylight.images.decode import read_image
from whylight.pair.build import Pair, bind, build_pair
from whylight.pair.files import save_pair
from whylight.perturbation.input_resize import resize_to_input
from whylight.runtime.session import CPU
from whylight.tensor_names import ACTIVATIONS, LOGITS

from .compare_precision import Comparison, compare
from .fp16 import convert_to_fp16
from .int8 import CALIBRATION_IMAGES, quantise
from .network import TorchClassifier
from .torch_to_onnx import to_onnx
from .verify import LEAST_IMAGES, OnImage, Verification, verify


@dataclass(frozen=True, slots=True)
class Exported:
    """Results of the verification of an exported pair."""

    verification: Verification
    """The fp32 pair compared with the checkpoint."""
    comparison: Comparison | None
    """The written pair compared with the fp32 pair; None if it is the fp32 pair."""

    def figures(self) -> dict[str, float]:
        """Return the figures for the model card."""
        further = {} if self.comparison is None else self.comparison.figures()
        return {**self.verification.figures(), **further}


def export(
    classifier: TorchClassifier, out: Path, *, images: int, on_image: OnImage, precision: str = "fp32"
) -> Exported:
    """Export a trained network as a pair: `out` and its gradient graph.

    Args:
        classifier: the network and its facts.
        out: path of the forward graph, `NAME.onnx`.
        images: number of held-out images for the verification; 0 for all. A pair of lower precision is always
            compared with the fp32 pair on all of them.
        on_image: called after each image of the verification.
        precision: one of `export.PRECISIONS`.

    Raises:
        ExportError: `out` cannot be written, the network cannot be exported, the pair differs from the
            network, or the lower precision is not accurate enough. Existing files are not changed.
    """
    check_output_path(out)
    samples = held_out(classifier, images)
    network = _to_onnx(classifier)
    pair = _exact_pair(classifier, network)
    verification = verify(classifier, pair, samples, on_image)
    _refuse("the pair differs from the network", verification.failures())
    comparison = None
    if precision != "fp32":
        with tempfile.TemporaryDirectory(prefix="whylight-") as folder:
            exact = _opened(pair, Path(folder) / "exact.onnx")
            pair = make_rounded_pair(classifier, network, precision, exact)
            rounded = _opened(pair, Path(folder) / "rounded.onnx")
            comparison = compare(exact, rounded, held_out(classifier, 0), on_image)
            del exact, rounded  # Windows cannot delete open files
        _refuse(f"the {precision} pair is too far from the exact one", comparison.failures())
    exported = Exported(verification, comparison)
    card = replace(pair.card, verification=exported.figures())
    save_pair(bind(pair.forward, pair.gradient, card), out)
    return exported


def make_pair(classifier: TorchClassifier) -> Pair:
    """Build the fp32 pair of a trained network, without verifying it."""
    return _exact_pair(classifier, _to_onnx(classifier))


def make_rounded_pair(
    classifier: TorchClassifier, network: onnx.ModelProto, precision: str, exact: Explainer
) -> Pair:
    """Build a lower-precision pair of a trained network, without comparing it.

    Args:
        classifier: the network and its facts.
        network: the result of `export.torch_to_onnx.to_onnx`; changed in place.
        precision: one of `export.PRECISIONS`.
        exact: the fp32 pair, used to resize images.
    """
    card = classifier.card
    note = {
        "int8": "Up to the target layer it computes in 8 bits, behind it in single precision.",
        "fp16": "Up to the target layer it computes in half precision, behind it in single precision.",
    }[precision]
    card = replace(card, notes=f"{card.notes} {note}")
    if precision == "fp16":
        return build_pair(convert_to_fp16(network), card, target=ACTIVATIONS, logits=LOGITS)
    quantised = quantise(network, card, _training_images(classifier, exact))
    return build_pair(quantised.network, card, target=ACTIVATIONS, logits=LOGITS, prologue=quantised.prologue)


def check_output_path(out: Path) -> None:
    """Check that a pair can be written to `out`, before the time-consuming export.

    Raises:
        ExportError: the name is not that of a forward graph, or the folder is not writable.
    """
    if out.suffix != ".onnx" or out.stem.endswith(".gradient"):
        raise ExportError("cannot write a pair as '{out}': expected a name that ends in .onnx", out=out)
    if out.is_dir():
        raise ExportError("cannot write a pair as '{out}': that is a folder", out=out)
    # Missing folders are created later; check the nearest existing parent.
    folder = next(parent for parent in out.absolute().parents if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ExportError(
            "cannot write a pair into '{folder}': {reason}", folder=folder, reason=error.strerror
        ) from error


def held_out(classifier: TorchClassifier, images: int) -> list[tuple[Path, int]]:
    """Return a fixed random sample of held-out images with labels; all of them for 0.

    Raises:
        ExportError: images are missing, or `images` is too small.
    """
    if images != 0 and images < LEAST_IMAGES:
        raise ExportError(
            "verification needs at least {least} images, or 0 for all; got {images}",
            least=LEAST_IMAGES,
            images=images,
        )
    return _present(classifier.held_out, images, classifier.seed, "held-out")


def _training_images(classifier: TorchClassifier, exact: Explainer) -> Iterator[NDArray[np.uint8]]:
    """Yield some training images, resized to the network's input size."""
    labelled = [(path, 0) for path in classifier.training]
    for path, _ in _present(labelled, CALIBRATION_IMAGES, classifier.seed, "training"):
        yield resize_to_input(exact, read_image(path))


def _present(samples: Sequence[tuple[Path, int]], count: int, seed: int, what: str) -> list[tuple[Path, int]]:
    """Return a fixed random sample of labelled images, all for 0; none may be missing."""
    chosen = list(samples)
    if 0 < count < len(chosen):
        chosen = random.Random(seed).sample(chosen, count)
    missing = [path for path, _ in chosen if not path.is_file()]
    if missing:
        raise ExportError(
            "{missing} of the {count} {what} images are missing, the first is '{first}'; name the "
            "folder of the images with --data",
            missing=len(missing),
            count=len(chosen),
            what=what,
            first=missing[0],
        )
    if not chosen:
        raise ExportError("there are no {what} images", what=what)
    return chosen


def _to_onnx(classifier: TorchClassifier) -> onnx.ModelProto:
    return to_onnx(classifier.network, classifier.card.target_layer, classifier.card.input_size)


def _exact_pair(classifier: TorchClassifier, network: onnx.ModelProto) -> Pair:
    return build_pair(network, classifier.card, target=ACTIVATIONS, logits=LOGITS)


def _opened(pair: Pair, path: Path) -> Explainer:
    save_pair(pair, path)
    return Explainer(path, [CPU])


def _refuse(what: str, failures: Sequence[str]) -> None:
    if failures:
        raise ExportError("{what}, nothing was replaced: {reason}", what=what, reason="; ".join(failures))
