"""Time of an explanation relative to a forward pass and to PyTorch libraries.

    python -m benchmarks.explanation_speed [--checkpoint RUN | --pretrained NAME] [--pair FILE] [--rounds 15]

All contenders start from the same decoded image and use the same weights: those of a training run, the
published ones of `--pretrained` (`efficientnet-lite0` is the bundled model General) or, without either, a
randomly initialised ImprovedCNN, which costs the same. pytorch-grad-cam, torchcam and captum
(the extra `bench`; missing ones are named and skipped) get the network in evaluation mode with TorchVision's
transforms, as in their documentation. `--pair` uses an existing pair, for example of another precision. The
folder contenders are timed per image: `a folder` writes a complete report of copies of the sample images,
`a folder, forward` only runs the forward graph on the same decoded images, one at a time.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from datetime import date
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.report_memory import link_samples
from benchmarks.timing import machine, ratio, run_contender, table, time_alternating
from whylight.bundled import sample_images
from whylight.explainer import Explainer
from whylight.images.decode import read_image
from whylight.report import threads_per_run, write_report

if TYPE_CHECKING:  # ONNX Runtime contenders must not load PyTorch
    from torch import Tensor

    from export.network import TorchClassifier

Weights = Callable[[], "TorchClassifier"]
"""Loads the network of all contenders."""

OURS = ("forward", "one class", "five classes", "all classes")
LIBRARIES = {"pytorch-grad-cam": "pytorch_grad_cam", "torchcam": "torchcam", "captum": "captum"}
"""Import names of the libraries."""
FOLDER = ("a folder, forward", "a folder")
CONTENDERS = (*OURS, *LIBRARIES, *FOLDER)
BASE = "forward"
FOLDER_IMAGES = 90
"""Number of images in the timed report."""
CLASSES = 102


def main() -> None:
    """Measure and print a table with its conditions."""
    arguments = _parser().parse_args()
    if arguments.serve:
        run_contender(_contender(arguments.serve, arguments.model, _weights(arguments)))
        return
    with tempfile.TemporaryDirectory() as folder:
        model = arguments.pair or Path(folder) / "model.onnx"
        if arguments.pair is None:
            _export(_weights(arguments), model)
        passed = ["--model", str(model)]
        for option in ("checkpoint", "pretrained"):
            if (value := getattr(arguments, option)) is not None:
                passed += [f"--{option}", str(value)]
        absent = [name for name, module in LIBRARIES.items() if find_spec(module) is None]
        contenders = [name for name in CONTENDERS if name not in absent]
        times = time_alternating("benchmarks.explanation_speed", contenders, passed, rounds=arguments.rounds)
    print(f"{machine()}, {date.today()}, {arguments.rounds} rounds, medians; ratios to {BASE}\n")
    print(table(times, BASE))
    print()
    for name in LIBRARIES:
        if name in absent:
            print(f"{name} is not installed and was left out.")
        else:
            print(f"One class is {ratio(times, name, 'one class'):.1f} x faster than {name}.")
    rate = ratio(times, "a folder, forward", "a folder")
    print(f"A folder, decoded, explained, drawn and written, runs at {rate:.2f} of the forward graph's rate.")


def _contender(name: str, model: Path, weights: Weights) -> Callable[[], object]:
    image = read_image(sample_images()[0])
    if name in LIBRARIES:
        started = {"pytorch-grad-cam": _pytorch_grad_cam, "torchcam": _torchcam, "captum": _captum}[name]
        return started(weights)
    explainer = Explainer(model)
    if name == "a folder":
        return _folder(model)
    if name == "a folder, forward":
        return _folder_forward(explainer)
    if name == "forward":
        return lambda: explainer.predict(image)
    top = {"one class": 1, "five classes": 5, "all classes": CLASSES}[name]
    return lambda: explainer.explain(image, top=top)


def _folder(model: Path) -> Callable[[], object]:
    folder = tempfile.TemporaryDirectory()  # removed when the process ends
    images = Path(folder.name, "pictures")
    link_samples(images, FOLDER_IMAGES)
    explainer = Explainer(model, threads=threads_per_run([images]))  # the settings of the command line

    def work() -> float:
        started = perf_counter()
        # Anew: a report of the same images and questions would be gone on with, which takes no time.
        write_report(explainer, [images], Path(folder.name, "report"), top=1, resume=False)
        return (perf_counter() - started) / FOLDER_IMAGES

    return work


def _folder_forward(explainer: Explainer) -> Callable[[], object]:
    images = [read_image(path) for path in sample_images()]

    def work() -> float:
        started = perf_counter()
        for image in images:
            explainer.predict(image)
        return (perf_counter() - started) / len(images)

    return work


def _prepared(weights: Weights) -> tuple[TorchClassifier, Callable[[], Tensor]]:
    """Return the network and a function that returns its preprocessed input."""
    from PIL import Image

    from export.verify import reference_transform

    trained = weights()
    transform = reference_transform(trained.card)
    image = Image.fromarray(read_image(sample_images()[0]))
    return trained, lambda: transform(image)[None]


def _torchcam(weights: Weights) -> Callable[[], object]:
    from torchcam.methods import GradCAM

    trained, prepare = _prepared(weights)
    cam = GradCAM(trained.network, target_layer=trained.card.target_layer)

    def work() -> object:
        scores = trained.network(prepare())
        return cam(int(scores.argmax()), scores)

    return work


def _captum(weights: Weights) -> Callable[[], object]:
    from captum.attr import LayerGradCam

    trained, prepare = _prepared(weights)
    cam = LayerGradCam(trained.network, trained.network.get_submodule(trained.card.target_layer))

    def work() -> object:
        # Captum needs the class, which takes an additional forward pass.
        image = prepare()
        return cam.attribute(image, target=int(trained.network(image).argmax()))

    return work


def _pytorch_grad_cam(weights: Weights) -> Callable[[], object]:
    from pytorch_grad_cam import GradCAM

    trained, prepare = _prepared(weights)
    cam = GradCAM(trained.network, [trained.network.get_submodule(trained.card.target_layer)])
    # No targets: the most probable class, as in `one class`.
    return lambda: cam(prepare(), None)


def _export(weights: Weights, model: Path) -> None:
    from export.exporter import make_pair
    from whylight.pair.files import save_pair

    save_pair(make_pair(weights()), model)


def _weights(arguments: argparse.Namespace) -> Weights:
    """Return the function that loads the network which the options name."""
    if arguments.checkpoint is not None:
        from export.training_run import load_run

        return partial(load_run, arguments.checkpoint)
    if arguments.pretrained is not None:
        return partial(_published, arguments.pretrained)
    return _random


def _published(name: str) -> TorchClassifier:
    from export.pretrained import load_pretrained

    with tempfile.TemporaryDirectory() as work:
        return load_pretrained(name, None, Path(work))


def _random() -> TorchClassifier:
    import torch

    from export.network import TorchClassifier
    from trainer.models.report_cnns import TARGET_LAYERS, build_network
    from whylight.pair.card import Card

    torch.manual_seed(0)
    card = Card(
        name="ImprovedCNN, not trained",
        classes=tuple(f"class {index}" for index in range(CLASSES)),
        target_layer=TARGET_LAYERS["ImprovedCNN"],
        input_size=(224, 224),
        mean=(0.5, 0.5, 0.5),
        std=(0.25, 0.25, 0.25),
    )
    return TorchClassifier(network=build_network("ImprovedCNN", CLASSES).eval(), card=card)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.explanation_speed", description=__doc__)
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument("--checkpoint", type=Path, metavar="RUN", help="run folder whose weights are used")
    weights.add_argument("--pretrained", metavar="NAME", help="network whose published weights are used")
    parser.add_argument("--pair", type=Path, metavar="FILE", help="a pair of these weights, made before")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--serve", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--model", type=Path, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    main()
