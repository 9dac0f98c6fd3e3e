"""Segmenters: adopted without an option, each class explained over its region."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

import whylight
from tests.whylight.helpers.segmenters import CLASSES, ENDINGS, LAYER, SIZE, segmenter, weights
from whylight.adoption.adopt import input_facts
from whylight.cli import main
from whylight.errors import CardError, ImageError, ModelError, QuestionError
from whylight.images.encode import write_image
from whylight.inference.batch_queue import BatchQueue
from whylight.inference.run_pair import InferenceRequest, InferenceResult
from whylight.segmentation.description import SegmenterDescription, background_class
from whylight.segmentation.regions import label_map, place_weights_of
from whylight.tensor_names import PLACE_SCORES
from whylight.view import View

torch = pytest.importorskip("torch")

NAMES = ("background", "road", "car", "tree", "sky")


@pytest.fixture(scope="module")
def explainers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, whylight.Explainer]:
    """A segmenter with each ending, adopted, next to the file that it comes from."""
    folder = tmp_path_factory.mktemp("segmenters")
    found = {}
    for ending in ENDINGS:
        onnx.save(segmenter(ending), folder / f"{ending}.onnx")
        labels = {} if ending == "mask" else {"labels": NAMES}
        out = folder / "pairs" / f"{ending}.onnx"
        whylight.adopt(folder / f"{ending}.onnx", out, preprocessing="unit", layer=LAYER, **labels)
        found[ending] = whylight.Explainer(out)
    return found


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    """Coarse noise of the network's size, so that several classes have regions."""
    cells = np.random.default_rng(3).integers(0, 256, (6, 8, 3), np.uint8)
    return np.kron(cells, np.ones((8, 8, 1), np.uint8))


@pytest.fixture(scope="module")
def explainer(explainers: dict[str, whylight.Explainer]) -> whylight.Explainer:
    """The segmenter that ends with logits."""
    return explainers["logits"]


def _by_torch(image: np.ndarray, ending: str) -> tuple[object, object]:
    """The segmenter in PyTorch, float64: the layer's tensor, and the scores `[K, h, w]` computed from it."""
    known = {name: torch.tensor(value).double() for name, value in weights(ending).items()}

    def conv(values: object, name: str, **options: int) -> object:
        found = torch.nn.functional.conv2d(values, known[f"{name}.w"], known[f"{name}.b"], **options)
        return found if name == "scores" else torch.relu(found)

    images = torch.tensor(image.transpose(2, 0, 1)[None] / 255)
    layer = conv(conv(images, "stem", stride=4), "deep", padding=1).detach().requires_grad_()
    scores = conv(conv(layer, "head", padding=1), "scores")
    if ending != "coarse":
        scores = torch.nn.functional.interpolate(scores, scale_factor=4, mode="bilinear")
    return layer, scores[0] if ending != "mask" else torch.cat([-scores[0], scores[0]])


def _of_file(explainer: whylight.Explainer, image: np.ndarray) -> np.ndarray:
    """What ONNX Runtime answers with the file itself."""
    path = explainer.model_path.parents[1] / explainer.model_path.name
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"images": (image.transpose(2, 0, 1)[None] / 255).astype(np.float32)})
    return found[0]


@pytest.mark.numbers
@pytest.mark.parametrize("ending", ENDINGS)
def test_gradients_over_regions_are_autograds(
    explainers: dict[str, whylight.Explainer], image: np.ndarray, ending: str
) -> None:
    """Each class over its region, whatever the file ends with."""
    result = explainers[ending](image, target=[0, 1], method="gradcam")
    layer, scores = _by_torch(image, ending)
    kept = result.explanation
    assert kept.place_weights is not None
    assert kept.gradients is not None
    for row, index in enumerate((0, 1)):
        places = torch.tensor(kept.place_weights[row]).double()
        (expected,) = torch.autograd.grad(
            (scores[index].reshape(-1) * places).sum(), layer, retain_graph=True
        )
        found = torch.tensor(kept.gradients[row]).double()
        assert float((found - expected[0]).norm() / expected.norm()) < 1e-4


def test_answers_are_shares_of_what_the_file_says(
    explainers: dict[str, whylight.Explainer], image: np.ndarray
) -> None:
    """The answer of a class is the mean over the image of what the file answers at its places."""
    softmax = _of_file(explainers["softmax"], image).mean(axis=(1, 2))
    for ending in ("logits", "softmax", "log_softmax", "channels_last", "winner"):
        assert np.allclose(explainers[ending].predict(image), softmax, atol=1e-5)
    several = explainers["several_labels"]
    assert np.allclose(several.predict(image), _of_file(several, image).mean(axis=(1, 2)), atol=1e-5)
    mask = explainers["mask"]
    thing = float(_of_file(mask, image).mean())
    assert np.allclose(mask.predict(image), [1 - thing, thing], atol=1e-5)


def test_labels_are_those_of_the_file(explainers: dict[str, whylight.Explainer], image: np.ndarray) -> None:
    """Pixels have the class that the file chooses, and shares count them."""
    expected = _of_file(explainers["winner"], image)
    for ending in ("logits", "softmax", "channels_last", "winner"):
        assert (explainers[ending].segment(image) == expected).mean() > 0.999
    found = explainers["winner"](image).segments
    assert [segment.share for segment in found] == sorted((segment.share for segment in found), reverse=True)
    for segment in found:
        assert segment.class_name == NAMES[segment.class_index]
        assert np.isclose(segment.share, (expected == segment.class_index).mean(), atol=1e-3)


def test_a_class_is_asked_about_where_it_is_found(explainer: whylight.Explainer, image: np.ndarray) -> None:
    """The default place weights are the mean over the class's region."""
    labels = explainer.segment(image).reshape(-1)
    result = explainer(image, target="car")
    assert result.explanation.place_weights is not None
    region = labels == NAMES.index("car")
    assert np.allclose(result.explanation.place_weights[0], region / max(region.sum(), 1), atol=1e-6)


@pytest.mark.parametrize("asked", [{}, {"target": "car"}, {"region": (10.0, 8.0)}], ids=str)
def test_one_forward_pass_answers(
    explainer: whylight.Explainer,
    image: np.ndarray,
    asked: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The classes to explain, their regions and the maps are read from the same pass."""
    passes = []
    answer = BatchQueue.answer

    def counted(queue: BatchQueue, request: InferenceRequest) -> InferenceResult:
        passes.append(request)
        return answer(queue, request)

    monkeypatch.setattr(BatchQueue, "answer", counted)
    assert explainer(image, method="gradcam", **asked).explanation.maps.size
    assert len(passes) == 1


def test_the_background_is_not_explained_unasked(explainer: whylight.Explainer, image: np.ndarray) -> None:
    """The largest region but for the background is explained if no class is named."""
    result = explainer(image, top=2)
    found = [segment.class_name for segment in result.segments if segment.class_name != "background"]
    assert [explainer.class_names[index] for index in result.classes] == found[:2]
    assert background_class(("road", "Background")) == 1
    assert background_class(("road", "car")) is None


def test_regions_are_masks_files_and_positions(
    explainer: whylight.Explainer, image: np.ndarray, tmp_path: Path
) -> None:
    """A mask, its file and the mask of one pixel ask the same as they should."""
    mask = np.zeros(SIZE, np.bool_)
    mask[10:20, 30:50] = True
    by_mask = explainer(image, target="tree", region=mask)
    assert by_mask.explanation.place_weights is not None
    assert np.allclose(by_mask.explanation.place_weights[0].reshape(SIZE), mask / mask.sum())
    write_image(tmp_path / "mask.png", np.repeat(mask[:, :, None] * np.uint8(255), 3, axis=2))
    by_file = explainer(image, target="tree", region=tmp_path / "mask.png")
    assert np.array_equal(by_file.maps, by_mask.maps)
    # At a position the class that answers there is explained if none is named.
    at = explainer(image, region=(40.5, 12.2))
    assert at.explanation.place_weights is not None
    assert at.explanation.place_weights[0].reshape(SIZE)[12, 40] == 1
    assert at.classes[0] == explainer.segment(image)[12, 40]


def test_regions_follow_the_view() -> None:
    """Masks and labels are mapped through crops and padding."""
    description = SegmenterDescription(grid=(4, 4))
    # An image of 40 x 80 in a letterbox of 8 x 8: rows 2 to 5 hold it.
    view = View((40, 80), (8, 8), (4, 8), (2, 0))
    mask = np.zeros((40, 80), np.bool_)
    mask[0:20, 60:80] = True
    weights_ = place_weights_of(mask, description, view).reshape(4, 4)
    assert np.argwhere(weights_).tolist() == [[1, 3]]
    scores = np.zeros((2, 16), np.float32)
    scores[1, [5, 6]] = 1
    labels = label_map(scores, "softmax", description, view)
    assert labels.shape == (40, 80)
    assert (labels[:20, 20:60] == 1).all()
    assert labels.sum() == 20 * 40
    # Centre crop: the left and the right of the image were not seen.
    cropped = View((8, 16), (8, 8), (8, 16), (0, -4))
    assert (label_map(scores, "softmax", description, cropped)[:, :4] == -1).all()
    with pytest.raises(QuestionError, match="did not see"):
        place_weights_of((1.0, 1.0), description, cropped)
    left = np.zeros((8, 16), np.bool_)
    left[:, :4] = True
    with pytest.raises(QuestionError, match="saw nothing"):
        place_weights_of(left, description, cropped)


def test_regions_that_cannot_be_asked_about(explainer: whylight.Explainer, image: np.ndarray) -> None:
    """Each error names what is wrong."""
    for region, words in (
        (np.zeros(SIZE, np.bool_), "empty"),
        (np.ones((3, 3), np.bool_), r"shape \[3, 3\]"),
        ((99.0, 1.0), "outside"),
    ):
        with pytest.raises(QuestionError, match=words):
            explainer(image, target="tree", region=region)
    with pytest.raises(ImageError):
        explainer(image, target="tree", region="there-is-none.png")
    with pytest.raises(QuestionError, match="no segmenter"):
        whylight.Explainer()(image, region=(1.0, 1.0))
    with pytest.raises(CardError, match="segmenter"):
        SegmenterDescription.from_json({"grid": [0, 3]})


def test_the_default_layer_gathers_from_its_surroundings(tmp_path: Path) -> None:
    """Not the scores themselves, whose map would be the region that was asked about."""
    onnx.save(segmenter("logits"), tmp_path / "it.onnx")
    pair = whylight.adopt(tmp_path / "it.onnx", preprocessing="unit")
    assert pair.card.target_layer in ("stem.act", "deep.act", "stem", "deep")
    assert pair.card.segmenter == SegmenterDescription(grid=SIZE)
    assert "segmenter of 5 classes at 48 x 64 places" in pair.card.notes


def test_other_layers_and_methods(explainer: whylight.Explainer, image: np.ndarray) -> None:
    """A layer chosen later, a contrast of classes and a method without gradients work as of any model."""
    other = explainer.with_layer("head.act")
    assert np.allclose(other.predict(image), explainer.predict(image))
    contrast = explainer(image, target="car", rather_than="tree")
    assert contrast.questions == ("why car rather than tree?",)
    assert explainer(image, target="car", method="occlusion").maps.shape[0] == 1


def test_a_region_is_explained_by_covering_too(explainer: whylight.Explainer, image: np.ndarray) -> None:
    """What covering a place takes from the class's mean score in the region, not from its share."""
    mask = np.zeros(SIZE, np.bool_)
    mask[:24, :32] = True
    by_region = explainer(image, target="car", region=mask, method="occlusion").maps[0]
    rows, columns = by_region.shape
    inside = np.abs(by_region[: rows // 2, : columns // 2]).mean()
    assert inside > 3 * np.abs(by_region[-rows // 4 :, -columns // 4 :]).mean()
    whole = explainer(image, target="car", method="occlusion").maps[0]
    assert not np.allclose(by_region, whole, atol=1e-3)


def test_without_gradients(tmp_path: Path, image: np.ndarray) -> None:
    """Regions are found, and explained by covering."""
    onnx.save(segmenter("softmax"), tmp_path / "it.onnx")
    whylight.adopt(tmp_path / "it.onnx", tmp_path / "out.onnx", preprocessing="unit", without_gradients=True)
    explainer = whylight.Explainer(tmp_path / "out.onnx")
    assert explainer.is_segmenter
    assert explainer(image).segments


def test_on_the_command_line(explainer: whylight.Explainer, image: np.ndarray, tmp_path: Path) -> None:
    """A report of a segmenter is one of its classes."""
    write_image(tmp_path / "photo.png", image)
    taken = ["explain", "--model", str(explainer.model_path), str(tmp_path / "photo.png")]
    assert main([*taken, "--out", str(tmp_path / "report"), "--top", "2"]) == 0
    assert (tmp_path / "report" / "index.html").exists()


def _images_out(channels: int) -> onnx.ModelProto:
    """A network that turns an image into an image, or into a depth at each pixel."""
    nodes = [helper.make_node("Conv", ["images", "w"], ["made"], pads=[1, 1, 1, 1])]
    kernel = np.random.default_rng(0).standard_normal((channels, 3, 3, 3)).astype(np.float32)
    graph = helper.make_graph(
        nodes,
        "filter",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 32, 32])],
        [helper.make_tensor_value_info("made", TensorProto.FLOAT, [1, channels, 32, 32])],
        [onnx.numpy_helper.from_array(kernel, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


@pytest.mark.parametrize("channels", [1, 3])
def test_images_and_depths_are_no_scores(tmp_path: Path, channels: int) -> None:
    """They are refused, unless the user says that they are scores."""
    onnx.save(_images_out(channels), tmp_path / "it.onnx")
    with pytest.raises(ModelError, match="does not give one score for each class"):
        whylight.adopt(tmp_path / "it.onnx", preprocessing="unit")
    named = whylight.adopt(tmp_path / "it.onnx", preprocessing="unit", scores="made")
    assert named.card.segmenter == SegmenterDescription(grid=(32, 32))
    assert len(named.card.classes) == max(channels, 2)


def test_scores_are_kept_at_places(explainer: whylight.Explainer, image: np.ndarray) -> None:
    """The explanation holds the logits `[1, K, P]`."""
    found = explainer(image).explanation.tensors[PLACE_SCORES]
    assert found.shape == (1, CLASSES, SIZE[0] * SIZE[1])
    assert json.loads(explainer.card.to_json())["segmenter"] == {"grid": list(SIZE)}


def test_padding_is_no_part_of_what_was_found(tmp_path: Path) -> None:
    """Of a letterboxed image: shares, labels and regions by a hand computation over the image's rows."""
    onnx.save(segmenter("logits"), tmp_path / "theirs.onnx")
    whylight.adopt(
        tmp_path / "theirs.onnx",
        tmp_path / "ours.onnx",
        preprocessing="unit",
        geometry="letterbox:0",
        layer=LAYER,
        labels=NAMES,
    )
    explainer = whylight.Explainer(tmp_path / "ours.onnx")
    cells = np.random.default_rng(3).integers(0, 256, (3, 8, 3), np.uint8)
    image = np.kron(cells, np.ones((8, 8, 1), np.uint8))  # 24 rows of 48, in the middle
    scores = explainer.forward_only(image).tensors["place_scores"][0].reshape(len(NAMES), *SIZE)
    best = scores.argmax(axis=0)
    assert set(np.unique(best)) > set(np.unique(best[12:36])), (
        "choose an image whose padding has a class alone"
    )
    shares = [float((best[12:36] == index).mean()) for index in range(len(NAMES))]
    result = explainer(image)
    assert {each.class_index: each.share for each in result.segments} == pytest.approx(
        {index: share for index, share in enumerate(shares) if share}
    )
    largest = int(np.argmax([0, *shares[1:]]))
    assert result.explanation.classes == (largest,)
    mask = best[12:36] == largest
    assert np.allclose(
        result.explanation.maps, explainer(image, target=largest, region=mask).explanation.maps, atol=1e-5
    )
    # A class of the padding alone is asked about at its best place on the image.
    missing = next(index for index in range(len(NAMES)) if not shares[index] and (best == index).any())
    row, column = np.unravel_index(int(scores[missing, 12:36].argmax()), (24, 64))
    there = explainer(image, target=missing, region=(float(column), float(row))).explanation.maps
    assert np.allclose(explainer(image, target=missing).explanation.maps, there, atol=1e-5)
    # Many images, as of a report, are asked the same.
    ((_, found),) = explainer.explain_many([image], [largest, missing], method=result.explanation.method)
    expected = explainer(image, target=[largest, missing]).explanation
    assert np.allclose(found.maps, expected.maps, atol=1e-5)
    assert np.allclose(found.place_weights, expected.place_weights)


def test_paddles_detector_of_text_says_its_size(tmp_path: Path) -> None:
    """One sigmoid a pixel, images of any size: no option is needed."""
    onnx.save(_any_size(onnx.TensorProto.FLOAT), tmp_path / "det.onnx")
    for preprocessing in (None, "paddle"):
        assert input_facts(tmp_path / "det.onnx", preprocessing).chosen["size"] == (736, 736)
    card = whylight.adopt(tmp_path / "det.onnx", tmp_path / "small.onnx", size=(64, 96)).card
    assert card.input_size == (64, 96)
    assert card.segmenter is not None
    assert card.input is not None
    assert (card.input.colours, card.input.geometry) == ("bgr", "letterbox")


def _any_size(kind: int) -> onnx.ModelProto:
    """A small detector of text as Paddle2ONNX writes it: a map of the input's size, its sigmoid."""
    rng = np.random.default_rng(2)
    sides = ["p2o.DynamicDimension.1", "p2o.DynamicDimension.2"]
    shapes = {"first": (4, 3, 4, 4), "second": (4, 4, 3, 3), "third": (4, 1, 4, 4)}
    nodes = [
        onnx.helper.make_node("Conv", ["x", "first"], ["a"], kernel_shape=[4, 4], strides=[4, 4]),
        onnx.helper.make_node("Relu", ["a"], ["b"]),
        onnx.helper.make_node("Conv", ["b", "second"], ["c"], kernel_shape=[3, 3], pads=[1] * 4),
        onnx.helper.make_node("Relu", ["c"], ["d"]),
        onnx.helper.make_node("ConvTranspose", ["d", "third"], ["e"], kernel_shape=[4, 4], strides=[4, 4]),
        onnx.helper.make_node("Sigmoid", ["e"], ["sigmoid_0.tmp_0"]),
    ]
    graph = onnx.helper.make_graph(
        nodes,
        "det",
        [onnx.helper.make_tensor_value_info("x", kind, ["p2o.DynamicDimension.0", 3, *sides])],
        [
            onnx.helper.make_tensor_value_info(
                "sigmoid_0.tmp_0", kind, ["p2o.DynamicDimension.3", 1, "a", "b"]
            )
        ],
        [
            onnx.numpy_helper.from_array(rng.standard_normal(shape).astype(np.float32) / 3, name)
            for name, shape in shapes.items()
        ],
    )
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 12)], ir_version=7)
