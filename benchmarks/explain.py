"""How long does an explanation take, beside a forward pass and beside pytorch-grad-cam?

    python -m benchmarks.explain [--checkpoint RUN] [--rounds 15]

All start from the same decoded picture and use the same weights: those of a training run, or, without
one, ImprovedCNN's at random, which cost the same. pytorch-grad-cam gets the network in evaluation mode
with TorchVision's transforms, as its documentation shows it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.duel import duel, machine, ratio, serve, table
from explain.bundled import sample_images
from explain.explainer import Explainer
from explain.images import read_image

if TYPE_CHECKING:  # the contenders that run on ONNX Runtime must not load PyTorch
    from trainer.checkpoint import Trained

CONTENDERS = ("forward", "one class", "five classes", "all classes", "pytorch-grad-cam")
BASE = "forward"
CLASSES = 102


def main() -> None:
    """Measure and print a table with its conditions."""
    arguments = _parser().parse_args()
    if arguments.serve:
        serve(_contender(arguments.serve, arguments.model, arguments.checkpoint))
        return
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.onnx"
        _export(arguments.checkpoint, model)
        passed = ["--model", str(model)]
        if arguments.checkpoint is not None:
            passed += ["--checkpoint", str(arguments.checkpoint)]
        times = duel("benchmarks.explain", CONTENDERS, passed, rounds=arguments.rounds)
    print(f"{machine()}, {date.today()}, {arguments.rounds} rounds, medians; ratios to {BASE}\n")
    print(table(times, BASE))
    faster = ratio(times, "pytorch-grad-cam", "one class")
    print(f"\nOne class is {faster:.1f} x faster than pytorch-grad-cam.")


def _contender(name: str, model: Path, checkpoint: Path | None) -> Callable[[], object]:
    picture = read_image(sample_images()[0])
    if name == "pytorch-grad-cam":
        return _pytorch_grad_cam(checkpoint)
    explainer = Explainer(model)
    if name == "forward":
        return lambda: explainer.predict(picture)
    top = {"one class": 1, "five classes": 5, "all classes": CLASSES}[name]
    return lambda: explainer.explain(picture, top=top)


def _pytorch_grad_cam(checkpoint: Path | None) -> Callable[[], object]:
    from PIL import Image
    from pytorch_grad_cam import GradCAM

    from export.verification import reference_transform

    trained = _trained(checkpoint)
    transform = reference_transform(trained)
    picture = Image.fromarray(read_image(sample_images()[0]))
    cam = GradCAM(trained.network, [trained.network.get_submodule(trained.target_layer)])
    # No targets: the most probable class, as `one class` explains it.
    return lambda: cam(transform(picture)[None], None)


def _export(checkpoint: Path | None, model: Path) -> None:
    from explain.pair import save_pair
    from export.exporter import make_pair

    save_pair(make_pair(_trained(checkpoint)), model)


def _trained(checkpoint: Path | None) -> Trained:
    import torch

    from trainer.checkpoint import Trained, load_trained
    from trainer.data.split import Split
    from trainer.models import TARGET_LAYERS, build_network

    if checkpoint is not None:
        return load_trained(checkpoint)
    torch.manual_seed(0)
    classes = tuple(f"class {index}" for index in range(CLASSES))
    return Trained(
        network=build_network("ImprovedCNN", CLASSES).eval(),
        network_name="ImprovedCNN",
        classes=classes,
        mean=(0.5, 0.5, 0.5),
        std=(0.25, 0.25, 0.25),
        image_size=224,
        target_layer=TARGET_LAYERS["ImprovedCNN"],
        accuracy={},
        configuration={
            "variant": "random weights",
            "data_set": "none",
            "attribution": "",
            "seed": 0,
            "epochs": 0,
            "size_schedule": "none",
        },
        split=Split(data_set="none", seed=0, classes=classes, train=(), test=()),
        data_root=Path(),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.explain", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, metavar="RUN", help="run folder whose weights are used")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--serve", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--model", type=Path, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    main()
