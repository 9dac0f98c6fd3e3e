"""Faithfulness of maps of letters, regions and likeness, by method.

Measured is deletion and insertion of the score asked. A reader of text lines (`--reader FILE`, adopted) reads
eight lines that are drawn here, and every third letter is explained. The other two models are made of
Whylight's General: as a segmenter its classifier answers at each of the 7 x 7 cells of its last map, enlarged
four times; as an embedder the mean of that map, of length one, is the answer. Explained are the two largest
classes of each image, all of each and one connected part, and the likeness of two images of each folder.

    python -m benchmarks.place_faithfulness PHOTOS --folders CALTECH/101_ObjectCategories --reader reader.onnx

`--embedder FILE` measures the likeness by another adopted model alone, at its layer or `--layer NAME`, and by
what makes images unlike as well: there deletion should *raise* the likeness. `--classifier FILE` measures the
likeliest class of an image of each folder.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

import whylight
from whylight.bundled import bundled_model
from whylight.explanation import Explanation
from whylight.faithfulness.measure import curve_areas
from whylight.images.decode import read_image
from whylight.images.files import find_images
from whylight.pair.files import load_pair
from whylight.pair.input_stage import extract_input_stage
from whylight.perturbation import ScoresAtPlaces
from whylight.protocols import AnsweringClassifier
from whylight.region_questions import read_regions
from whylight.segmentation.regions import patch_at

METHODS = ("layercam", "hirescam", "elementwise-grad-cam", "grad-cam++", "grad-cam", "xgrad-cam")
STEPS = 10
LINES = (
    "Whylight 2026",
    "Exit to platform 4",
    "CAFE ALTONA",
    "Rheinstrasse 12",
    "Do not enter",
    "Room 314",
    "push the button",
    "Mind the gap",
)
Found = dict[tuple[str, str], list[tuple[float, float, float]]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path, nargs="?", help="not needed with --embedder or --classifier")
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--folders", type=Path, help="folders of images of one thing each")
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--reader", type=Path)
    parser.add_argument("--embedder", type=Path)
    parser.add_argument("--classifier", type=Path)
    parser.add_argument("--layer")
    arguments = parser.parse_args()
    found: Found = defaultdict(list)
    if arguments.embedder is not None or arguments.classifier is not None:
        model = whylight.Explainer(arguments.embedder or arguments.classifier, threads=1)
        if arguments.layer is not None:
            model = model.with_layer(arguments.layer)
        measure = of_classes if arguments.embedder is None else of_likeness
        measure(found, model, sorted(arguments.folders.iterdir()), arguments.pairs)
        show(found)
        return
    if arguments.photos is None:
        parser.error("name a folder of photographs, or a model by --embedder or --classifier")
    if arguments.reader is not None:
        of_letters(found, whylight.Explainer(arguments.reader, threads=1))
        show(found)
    with tempfile.TemporaryDirectory() as folder:
        segmenter, embedder = models(Path(folder))
        paths = sorted(find_images([arguments.photos]))
        of_regions(
            found, segmenter, paths[:: max(1, len(paths) // max(1, arguments.images))][: arguments.images]
        )
        show(found)
        if arguments.folders is not None:
            of_likeness(found, embedder, sorted(arguments.folders.iterdir()), arguments.pairs)
            show(found)


def show(found: Found) -> None:
    """Print the mean areas, and forget them."""
    for (question, method), areas in found.items():
        deletion, insertion, empty = np.mean(areas, axis=0)
        asked = f"{question:10s} {method:12s} {len(areas):3d}"
        print(f"{asked}  deletion {deletion:.3f}  insertion {insertion:.3f}  empty {empty:.0%}", flush=True)
    found.clear()


def of_letters(found: Found, reader: whylight.Explainer) -> None:
    """Measure every third letter of the lines."""
    for text in LINES:
        image = line_of(text)
        for letter in reader(image).letters[::3]:
            _measure(found, "letter", reader, image, {"target": letter}, letter.class_index)


def of_regions(found: Found, segmenter: whylight.Explainer, paths: list[Path]) -> None:
    """Measure the two largest classes of each image."""
    for path in paths:
        image = read_image(path)
        answered = segmenter.forward_only(image, top=1)
        regions = read_regions(answered, segmenter.card)
        for segment in regions.segments[:2]:
            index = segment.class_index
            _measure(found, "class", segmenter, image, {"target": index}, index)
            cells = np.argwhere(regions.labels == index)
            row, column = cells[len(cells) // 2]
            part = cv2.resize(
                patch_at(regions.labels, (int(row), int(column))).astype(np.uint8),
                (image.shape[1], image.shape[0]),
                interpolation=cv2.INTER_NEAREST,
            )
            _measure(found, "region", segmenter, image, {"target": index, "region": part > 0}, index)


def of_likeness(found: Found, embedder: whylight.Explainer, folders: list[Path], pairs: int) -> None:
    """Measure the likeness of two images of each folder."""
    for folder in folders[:: max(1, len(folders) // pairs)][:pairs]:
        reference, image = (read_image(path) for path in sorted(find_images([folder]))[2:4])
        compared = embedder.comparing({"reference": reference})
        _measure(found, "likeness", compared, image, {"target": 0}, 0)
        _measure(found, "unlike", compared, image, {"target": 0, "against": True}, 0)


def of_classes(found: Found, classifier: whylight.Explainer, folders: list[Path], images: int) -> None:
    """Measure the likeliest class of an image of each folder."""
    for folder in folders[:: max(1, len(folders) // images)][:images]:
        image = read_image(sorted(find_images([folder]))[2])
        index = int(classifier.forward_only(image, top=1).probabilities.argmax())
        _measure(found, "class", classifier, image, {"target": index}, index)


def _measure(
    found: Found,
    question: str,
    explainer: whylight.Explainer,
    image: NDArray[np.uint8],
    asked: dict[str, object],
    index: int,
) -> None:
    """Add the areas of all methods for one question, and of a random map."""
    explanation: Explanation | None = None
    for method in METHODS:
        explanation = explainer(image, **asked, method=method).explanation  # type: ignore[call-overload]
        map_ = np.asarray(explanation.maps_at_input(explainer.card.input_size)[0])
        found[question, method].append(_areas(explainer, explanation, image, map_, index))
    assert explanation is not None
    cells = explanation.maps.shape[1:]
    random = np.random.default_rng(len(found[question, "random"])).random(cells, dtype=np.float32)
    found[question, "random"].append(_areas(explainer, explanation, image, random, index))


def _areas(
    explainer: whylight.Explainer,
    explanation: Explanation,
    image: NDArray[np.uint8],
    map_: NDArray[np.float32],
    index: int,
) -> tuple[float, float, float]:
    """Return deletion, insertion, and whether the map has no positive value."""
    places = explanation.place_weights
    model: AnsweringClassifier = explainer if places is None else ScoresAtPlaces(explainer, places[0])
    areas = curve_areas(model, image, map_, index, STEPS)
    return areas["deletion"], areas["insertion"], float(map_.max() <= 0)


def line_of(text: str) -> NDArray[np.uint8]:
    """Draw a line of text, RGB uint8 `[48, W, 3]`."""
    (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.1, 2)
    image = np.full((48, width + 20, 3), 250, np.uint8)
    cv2.putText(image, text, (10, 35), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (20, 20, 40), 2, cv2.LINE_AA)
    return image


def models(folder: Path) -> tuple[whylight.Explainer, whylight.Explainer]:
    """Make a segmenter and an embedder of the bundled model General."""
    pair = load_pair(bundled_model("general"))
    network = onnx.ModelProto()
    network.CopyFrom(pair.forward)
    extract_input_stage(network, pair.card.input_size)
    known = {tensor.name: numpy_helper.to_array(tensor) for tensor in network.graph.initializer}
    *_, mean, gemm = network.graph.node
    features, weights, bias = mean.input[0], known[gemm.input[1]], known[gemm.input[2]]
    kernel = np.ascontiguousarray(weights.reshape(*weights.shape, 1, 1))
    heads = {
        "segmenter": (
            [
                helper.make_node("Conv", [features, "kernel", "bias"], ["small"]),
                helper.make_node("Resize", ["small", "", "scales"], ["scores"], mode="linear"),
                helper.make_node("Softmax", ["scores"], ["answers"], axis=1),
            ],
            {"kernel": kernel, "bias": bias, "scales": np.array([1, 1, 4, 4], np.float32)},
            list(pair.card.classes),
        ),
        "embedder": (
            [
                helper.make_node("ReduceMean", [features, "axes"], ["pooled"], keepdims=0),
                helper.make_node("LpNormalization", ["pooled"], ["answers"], axis=1, p=2),
            ],
            {"axes": np.array([2, 3], np.int64)},
            None,
        ),
    }
    made = []
    for name, (nodes, constants, labels) in heads.items():
        model = onnx.ModelProto()
        model.CopyFrom(network)
        kept = [node for node in model.graph.node if not {*node.output} & {*mean.output, *gemm.output}]
        del model.graph.node[:]
        model.graph.node.extend([*kept, *nodes])
        used = {name for node in kept for name in node.input}
        tensors = [tensor for tensor in model.graph.initializer if tensor.name in used]
        del model.graph.initializer[:]
        model.graph.initializer.extend(tensors)
        model.graph.initializer.extend(
            numpy_helper.from_array(value, key) for key, value in constants.items()
        )
        del model.graph.output[:], model.graph.value_info[:], model.metadata_props[:]
        model.graph.output.append(helper.make_tensor_value_info("answers", TensorProto.FLOAT, None))
        onnx.save(model, folder / f"{name}.theirs.onnx")
        whylight.adopt(
            folder / f"{name}.theirs.onnx",
            folder / f"{name}.onnx",
            mean=pair.card.mean,
            std=pair.card.std,
            labels=labels,
            answers="similarity" if name == "embedder" else None,
        )
        made.append(whylight.Explainer(folder / f"{name}.onnx", threads=1))
    return made[0], made[1]


if __name__ == "__main__":
    main()
