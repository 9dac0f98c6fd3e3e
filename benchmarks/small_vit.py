"""Train a small vision transformer, of which methods and layers can be compared.

Trained transformers are too large to be shipped with anything, and random ones say nothing of what a map is
worth. This one (2 million weights, a class token, 7 x 7 patches of 16 pixels) is trained in half an hour in
one thread on folders of images, from the names of the folders and from the answers of Whylight's General
(Hinton et al., Distilling the knowledge in a neural network, arXiv:1503.02531).

Written are a classifier, and an embedder that ends with the class token. One image in five is kept apart.

    python -m benchmarks.small_vit CALTECH/101_ObjectCategories out --epochs 12
    whylight adopt out/classifier.onnx out/adopted.onnx --preprocessing imagenet
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import cross_entropy, kl_div, log_softmax, softmax
from torchvision.models import VisionTransformer

import whylight
from whylight.errors import ImageError
from whylight.images.decode import read_image
from whylight.images.files import find_images

SIZE = 112
_KEPT = 128
_MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
_STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
_TEMPERATURE = 2.0


def main() -> None:
    """Train and export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    names = sorted(folder.name for folder in arguments.folders.iterdir() if folder.is_dir())
    images, labels, taught = load(arguments.folders, names, arguments.threads)
    network = train(images, labels, taught, len(names), arguments.epochs)
    export(network, names, arguments.out)


def load(
    folders: Path, names: list[str], threads: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.float32]]:
    """Return images, their classes, and General's scores.

    Images are uint8 `[N, 128, 128, 3]`, scores float32 `[N, 1000]`.
    """
    general = whylight.Explainer(threads=threads)
    images, labels, taught = [], [], []
    for index, name in enumerate(names):
        for path in sorted(find_images([folders / name])):
            try:
                image = read_image(path)
            except ImageError:
                continue
            images.append(cv2.resize(image, (_KEPT, _KEPT), interpolation=cv2.INTER_AREA))
            labels.append(index)
            taught.append(general.forward_only(image, top=1).logits)
        print(f"{index + 1} of {len(names)} folders read", end="\r", flush=True)
    return np.stack(images), np.array(labels), np.stack(taught).astype(np.float32)


def train(
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    taught: NDArray[np.float32],
    classes: int,
    epochs: int,
) -> nn.Module:
    """Train on four images of five; print what the others say after each epoch."""
    network = VisionTransformer(
        image_size=SIZE,
        patch_size=16,
        num_layers=4,
        num_heads=3,
        hidden_dim=192,
        mlp_dim=768,
        num_classes=classes,
    )
    of_teacher = nn.Linear(192, taught.shape[1])
    features: list[torch.Tensor] = []
    network.encoder.register_forward_hook(lambda _, __, out: features.append(out[:, 0]))
    weights = [*network.parameters(), *of_teacher.parameters()]
    optimiser = torch.optim.AdamW(weights, lr=1e-3, weight_decay=0.05)
    apart = np.arange(len(images)) % 5 == 0
    part = np.flatnonzero(~apart)
    random = np.random.default_rng(0)
    batch = 64
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 1e-3, total_steps=epochs * (len(part) // batch), pct_start=0.15
    )
    for epoch in range(epochs):
        network.train()
        order = random.permutation(part)
        losses = []
        for start in range(0, len(order) - batch + 1, batch):
            chosen = order[start : start + batch]
            features.clear()
            scores = network(_augmented(images[chosen], random))
            target = softmax(torch.from_numpy(taught[chosen]) / _TEMPERATURE, 1)
            told = log_softmax(of_teacher(features[0]) / _TEMPERATURE, 1)
            loss = cross_entropy(scores, torch.from_numpy(labels[chosen]), label_smoothing=0.1)
            loss = loss + _TEMPERATURE**2 * kl_div(told, target, reduction="batchmean")
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            schedule.step()
            losses.append(float(loss))
        network.eval()
        with torch.inference_mode():
            found = [
                network(_standard(images[chosen][:, 8:-8, 8:-8])).argmax(1).numpy()
                for chosen in np.array_split(np.flatnonzero(apart), 30)
            ]
        right = (np.concatenate(found) == labels[apart]).mean()
        print(
            f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, {right:.1%} of the others are right", flush=True
        )
    return network


def _augmented(images: NDArray[np.uint8], random: np.random.Generator) -> torch.Tensor:
    """Cut out, mirror and enlarge, each image in its own way."""
    made = np.empty((len(images), SIZE, SIZE, 3), np.uint8)
    for row, image in enumerate(images):
        height, width = random.integers(_KEPT * 5 // 8, _KEPT + 1, 2)
        top, left = random.integers(0, _KEPT - height + 1), random.integers(0, _KEPT - width + 1)
        cut = cv2.resize(image[top : top + height, left : left + width], (SIZE, SIZE))
        made[row] = cut[:, ::-1] if random.random() < 0.5 else cut
    return _standard(made)


def _standard(images: NDArray[np.uint8]) -> torch.Tensor:
    planes = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 255
    return (planes - _MEAN) / _STD


def export(network: nn.Module, names: list[str], out: Path) -> None:
    """Write `classifier.onnx` with a file of its names beside, and `embedder.onnx`."""
    out.mkdir(parents=True, exist_ok=True)
    network.eval()
    example = (torch.zeros(1, 3, SIZE, SIZE),)
    axes = {"images": {0: "batch"}}
    torch.onnx.export(
        network, example, out / "classifier.onnx", input_names=["images"], output_names=["scores"],
        dynamic_axes=axes, dynamo=False,
    )  # fmt: skip
    (out / "classifier.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
    network.heads = nn.Identity()
    torch.onnx.export(
        network, example, out / "embedder.onnx", input_names=["images"], output_names=["image_embeds"],
        dynamic_axes=axes, dynamo=False,
    )  # fmt: skip


if __name__ == "__main__":
    main()
