"""Time of an explanation relative to a forward pass and to PyTorch libraries.

    python -m benchmarks.explanation_speed [--checkpoint RUN | --pair NAME.onnx] [--rounds 15]

All contenders start from the same decoded image and use the same weights: those of a training run or,
without one, a randomly initialised ImprovedCNN, which costs the same. pytorch-grad-cam, torchcam and captum
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
        run_contender(_contender(arguments.serve, arguments.model, arguments.checkpoint))
        return
    with tempfile.TemporaryDirectory() as folder:
        model = arguments.pair or Path(folder) / "model.onnx"
        if arguments.pair is None:
            _export(arguments.checkpoint, model)
        passed = ["--model", str(model)]
        if arguments.checkpoint is not None:
            passed += ["--checkpoint", str(arguments.checkpoint)]
        absent = [name for name, module in LIBRARIES.items() if find_spec(module) is None]
        contenders = [name for name in CONTENDERS if name not in absent]
        times = time_alternating(
            "benchmarks.explanation_speed", contenders, passed, rounds=arguments.is_quantized
        )
    print(f"{machine()}, {date.today()}, {arguments.is_quantized} rounds, medians; ratios to {BASE}\n")
    print(table(times, BASE))
    print()
    for name in LIBRARIES:
        if name in absent:
            print(f"{name} is not installed and was left out.")
        else:
            print(f"One class is {ratio(times, name, 'one class'):.1f} x faster than {name}.")
    rate = ratio(times, "a folder, forward", "a folder")
    print(f"A folder, decoded, explained, drawn and written, runs at {rate:.2f} of the forward graph's rate.")


def _contender(name: str, model: Path, checkpoint: Path | None) -> Callable[[], object]:
    image = read_image(sample_images()[0])
    if name in LIBRARIES:
        return {"pytorch-grad-cam": _pytorch_grad_cam, "torchcam": _torchcam, "captum": _captum}[name](
            checkpoint
        )
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
        write_report(explainer, [images], Path(folder.name, "report"), top=1)
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


def _prepared(checkpoint: Path | None) -> tuple[TorchClassifier, Callable[[], Tensor]]:
    """Return the network and a function that returns its preprocessed input."""
    from PIL import Image

    from export.verify import reference_transform

    trained = _trained(checkpoint)
    transform = reference_transform(trained.card)
    image = Image.fromarray(read_image(sample_images()[0]))
    return trained, lambda: transform(image)[None]


def _torchcam(checkpoint: Path | None) -> Callable[[], object]:
    from torchcam.methods import GradCAM

    trained, prepare = _prepared(checkpoint)
    cam = GradCAM(trained.network, target_layer=trained.card.target_layer)

    def work() -> object:
        scores = trained.network(prepare())
        return cam(int(scores.argmax()), scores)

    return work


def _captum(checkpoint: Path | None) -> Callable[[], object]:
    from captum.attr import LayerGradCam

    trained, prepare = _prepared(checkpoint)
    cam = LayerGradCam(trained.network, trained.network.get_submodule(trained.card.target_layer))

    def work() -> object:
        # Captum needs the class, which takes an additional forward pass.
        image = prepare()
        return cam.attribute(image, target=int(trained.network(image).argmax()))

    return work


def _pytorch_grad_cam(checkpoint: Path | None) -> Callable[[], object]:
    from pytorch_grad_cam import GradCAM

    trained, prepare = _prepared(checkpoint)
    cam = GradCAM(trained.network, [trained.network.get_submodule(trained.card.target_layer)])
    # No targets: the most probable class, as in `one class`.
    return lambda: cam(prepare(), None)


def _export(checkpoint: Path | None, model: Path) -> None:
    from export.exporter import make_pair
    from whylight.pair.files import save_pair

    save_pair(make_pair(_trained(checkpoint)), model)


def _trained(checkpoint: Path | None) -> TorchClassifier:
    import torch

    from export.network import TorchClassifier
    from export.training_run import load_run
    from trainer.models.report_cnns import TARGET_LAYERS, build_network
    from whylight.pair.card import Card

    if checkpoint is not None:
        return load_run(checkpoint)
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
    parser.add_argument("--checkpoint", type=Path, metavar="RUN", help="run folder whose weights are used")
    parser.add_argument("--pair", type=Path, metavar="FILE", help="a pair of these weights, made before")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--serve", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--model", type=Path, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    main()
