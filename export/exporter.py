"""Network to verified pair: build, verify, and only then replace."""

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
    """What was found out about a pair before it was written."""

    verification: Verification
    """Of the pair in single precision against the checkpoint."""
    comparison: Comparison | None
    """Of the pair written with that one; None where it is that one."""

    def figures(self) -> dict[str, float]:
        """What goes into the card."""
        further = {} if self.comparison is None else self.comparison.figures()
        return {**self.verification.figures(), **further}


def export(
    classifier: TorchClassifier, out: Path, *, images: int, on_image: OnImage, precision: str = "fp32"
) -> Exported:
    """Write the verified pair of a trained network to `out` and its gradient graph beside it.

    Args:
        classifier: the network and its facts.
        out: path of the forward graph, `NAME.onnx`.
        images: on how many held-out images the pair is verified; 0 for all of them. A pair of lower
            precision is compared with the exact one on all of them in any case.
        on_image: told of the progress of the verification.
        precision: one of `export.PRECISIONS`.

    Raises:
        ExportError: there is no writing to `out`, the network cannot be exported, the pair is not the
            network, or one of lower precision is too far from it; nothing is replaced.
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
            del exact, rounded  # Windows keeps a file that is open
        _refuse(f"the {precision} pair is too far from the exact one", comparison.failures())
    exported = Exported(verification, comparison)
    card = replace(pair.card, verification=exported.figures())
    save_pair(bind(pair.forward, pair.gradient, card), out)
    return exported


def make_pair(classifier: TorchClassifier) -> Pair:
    """The pair of a trained network in single precision, not yet verified."""
    return _exact_pair(classifier, _to_onnx(classifier))


def make_rounded_pair(
    classifier: TorchClassifier, network: onnx.ModelProto, precision: str, exact: Explainer
) -> Pair:
    """The pair of a trained network in lower precision, not yet compared.

    Args:
        classifier: the network and its facts.
        network: the same, as `export.torch_to_onnx.to_onnx` gives it; changed in place.
        precision: one of `export.PRECISIONS`.
        exact: the pair in single precision, which resizes images.
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
    """Refuse a place where no pair can be written, before the minutes that it takes to make one.

    Raises:
        ExportError: the name is no forward graph's, or the folder cannot be written; nothing is made there.
    """
    if out.suffix != ".onnx" or out.stem.endswith(".gradient"):
        raise ExportError("cannot write a pair as '{out}': expected a name that ends in .onnx", out=out)
    if out.is_dir():
        raise ExportError("cannot write a pair as '{out}': that is a folder", out=out)
    # Missing folders are made at the end; what will hold them has to be a folder that can be written.
    folder = next(parent for parent in out.absolute().parents if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ExportError(
            "cannot write a pair into '{folder}': {reason}", folder=folder, reason=error.strerror
        ) from error


def held_out(classifier: TorchClassifier, images: int) -> list[tuple[Path, int]]:
    """A fixed random choice of the held-out images with their labels; all of them for 0.

    Raises:
        ExportError: the images are not where they were at training, or too few are asked for.
    """
    if images != 0 and images < LEAST_IMAGES:
        raise ExportError(
            "verification needs at least {least} images, or 0 for all; got {images}",
            least=LEAST_IMAGES,
            images=images,
        )
    return _present(classifier.held_out, images, classifier.seed, "held-out")


def _training_images(classifier: TorchClassifier, exact: Explainer) -> Iterator[NDArray[np.uint8]]:
    """Some of the images that the network was trained on, of its input size."""
    labelled = [(path, 0) for path in classifier.training]
    for path, _ in _present(labelled, CALIBRATION_IMAGES, classifier.seed, "training"):
        yield resize_to_input(exact, read_image(path))


def _present(samples: Sequence[tuple[Path, int]], count: int, seed: int, what: str) -> list[tuple[Path, int]]:
    """A fixed random choice of labelled images, all of them for 0; none of them may be missing."""
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
